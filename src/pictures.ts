// The stickers and GIFs that come with the server, at /static: clients that show them send no token.

import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, extname, join, sep } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { DomainError } from './core/errors.ts';
import { sendFile } from './dialects/fastapi.ts';

/** From src/ and from dist/ alike. */
const folder = join(import.meta.dirname, '..', 'assets');
const day = 86_400;

const types: Readonly<Record<string, string>> = { '.png': 'image/png', '.gif': 'image/gif' };

/** Serves what is in the folder now, and nothing by any other path. */
export function servePictures(app: FastifyInstance): void {
  const pictures = new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && extname(entry.name) in types)
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(folder.length + 1).replaceAll(sep, '/'), { path, ...about(path) }] as const;
      }),
  );

  app.route<{ Params: { '*': string } }>({
    method: ['GET', 'HEAD'],
    url: '/static/*',
    schema: { operationId: 'picture', summary: 'A sticker or a GIF that comes with the server' },
    handler: async (request, reply) => {
      const picture = pictures.get(request.params['*']);
      if (!picture) throw new DomainError('not_found', 'no_such_picture', 'Not Found');
      return sendFile(request, reply, {
        ...picture,
        download: false,
        maxAge: day,
        open: async (part) => createReadStream(picture.path, part),
      });
    },
  });
}

function about(path: string) {
  const { size, mtimeMs } = statSync(path);
  return {
    size,
    modifiedAt: mtimeMs,
    tag: `${size.toString(36)}-${Math.round(mtimeMs).toString(36)}`,
    type: types[extname(path)]!,
    fileName: basename(path),
  };
}
