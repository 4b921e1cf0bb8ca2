// Reading files, deleting them, and asking beforehand whether one would be taken (contract, 6.4 and 10.1).

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Member } from '../../core/context.ts';
import type { MediaId } from '../../core/ids.ts';
import { deleteMedia, fileById, fileByName, mediaById, thumbnailOf, type File } from '../../core/media/files.ts';
import { tooLarge } from '../../core/media/kinds.ts';
import { plainName } from '../../core/media/names.ts';
import { noSuchMedia, notYourFile } from '../../core/media/shape.ts';
import { guestOf, memberOf, sendFile, type SentFile } from '../fastapi.ts';
import { acknowledge } from './auth.ts';
import { fileTypes, kindOfName } from './file-kinds.ts';
import { filesPath } from './file-presenter.ts';
import type { Kit } from './kit.ts';
import { Ack, count, flag, text } from './schemas.ts';

/** A file does not change, but it can be deleted. */
const day = 86_400;
const FilePath = Type.Object({ file_id: Type.String() });
const NamedPath = Type.Object({ file_id: Type.String(), name: Type.String() });

export function fileRoutes(scope: FastifyInstance, { messenger, read, files: rules }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  async function remove(member: Member, id: MediaId): Promise<void> {
    const { accountId } = await messenger.ask(member, mediaById, { id });
    if (accountId !== member.accountId) throw notYourFile();
    await messenger.execute(member, deleteMedia, { id });
  }

  app.route({
    method: ['GET', 'HEAD'],
    url: `${filesPath}/:file_id`,
    schema: {
      operationId: 'neruFile',
      summary: 'The bytes of a file: mine, or of a chat I am in',
      params: FilePath,
    },
    handler: async (request, reply) => {
      const id = read.file(request.params.file_id);
      // Who may read it can change.
      return send(request, reply, { ...(await messenger.ask(memberOf(request), fileById, { id })), maxAge: 0 });
    },
  });

  app.delete(
    `${filesPath}/:file_id`,
    {
      schema: {
        operationId: 'neruDeleteFile',
        summary: 'Delete a file of mine',
        params: FilePath,
        response: { 200: Ack },
      },
    },
    async (request) => {
      await remove(memberOf(request), read.file(request.params.file_id));
      return acknowledge(request, 'file_deleted');
    },
  );

  app.delete(
    `${filesPath}/delete`,
    {
      schema: {
        operationId: 'neruDeleteFileByUrl',
        summary: 'Delete a file of mine, by its address',
        querystring: Type.Object({ file_url: Type.String({ minLength: 1, maxLength: 2_048 }) }),
        response: { 200: Ack },
      },
    },
    async (request) => {
      const [, id = ''] = /\/api\/v1\/files\/([\da-f-]{36})(?:[/?#]|$)/i.exec(request.query.file_url) ?? [];
      await remove(memberOf(request), read.file(id));
      return acknowledge(request, 'file_deleted');
    },
  );

  app.get(
    `${filesPath}/validate`,
    {
      schema: {
        operationId: 'neruValidateFile',
        summary: 'Whether a file of this name and size would be taken',
        querystring: Type.Object({
          filename: Type.String({ minLength: 1, maxLength: 1_024 }),
          file_size: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
        }),
        response: {
          200: Type.Object({
            valid: flag,
            file_type: Type.Enum([...fileTypes]),
            file_extension: text,
            allowed_extensions: Type.Array(text),
            max_file_size: count,
          }),
        },
      },
    },
    async (request) => {
      const { filename, file_size: size = 0 } = request.query;
      const kind = kindOfName(plainName(filename), rules.extensions);
      if (size > rules.most) throw tooLarge();
      return {
        valid: true,
        file_type: kind.type,
        file_extension: kind.extension,
        allowed_extensions: [...rules.extensions],
        max_file_size: rules.most,
      };
    },
  );
}

/** For everyone who knows a file's name, since what shows a picture sends no token (contract, 6.4). */
export function namedFileRoutes(scope: FastifyInstance, { messenger, read }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.route({
    method: ['GET', 'HEAD'],
    url: `${filesPath}/:file_id/:name`,
    schema: {
      operationId: 'neruNamedFile',
      summary: 'The bytes of a file, at the address that was given for it, without a token',
      params: NamedPath,
    },
    handler: async (request, reply) => {
      const { file_id: id, name } = request.params;
      const file = await messenger.ask(guestOf(request, 'nerutalk'), fileByName, { name });
      if (file.media.id !== read.file(id)) throw noSuchMedia();
      return send(request, reply, { ...file, maxAge: day });
    },
  });

  app.route({
    method: ['GET', 'HEAD'],
    url: `${filesPath}/:file_id/:name/thumbnail`,
    schema: { operationId: 'neruThumbnail', summary: 'The same small, as JPEG', params: NamedPath },
    handler: async (request, reply) => {
      const { file_id: id, name } = request.params;
      const { media, bytes, isFinal } = await messenger.ask(guestOf(request, 'nerutalk'), thumbnailOf, { name });
      if (media.id !== read.file(id)) throw noSuchMedia();
      return send(request, reply, {
        media,
        bytes,
        tag: `${name}-${isFinal ? 'small' : 'stand-in'}`,
        type: 'image/jpeg',
        fileName: 'thumbnail.jpg',
        download: false,
        maxAge: isFinal ? day : 0,
      });
    },
  });
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { media, bytes, ...sent }: File & { maxAge: number } & Partial<SentFile>,
): Promise<FastifyReply> {
  return sendFile(request, reply, {
    tag: media.name,
    type: media.type,
    fileName: media.fileName,
    download: media.kind === 'document',
    modifiedAt: media.createdAt,
    ...sent,
    size: bytes.size,
    open: bytes.open,
  });
}
