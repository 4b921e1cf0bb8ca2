// The web client at /app: files built from web/, what a browser lets them do, and the way there from /.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';

export interface WebClient {
  /** What `npm run build` made of web/. */
  folder: string;
  /** Origins beside this server's own that files are read from and brought to. */
  fileOrigins: readonly string[];
  /** Where maps come from, with {z}, {x} and {y}; null or absent: the page draws its own. */
  mapTiles?: string | null;
}

/** From src/ and from dist/ alike. */
export const builtWebClient = join(import.meta.dirname, '..', 'dist', 'web');

const year = 31_536_000;

const notBuilt = `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Parlance: the web client is not built</title>
  </head>
  <body>
    <h1>The web client is not built</h1>
    <p>Run <code>npm run build</code>, then start the server again. (<code>npm start</code> does both.)</p>
  </body>
</html>
`;

/** Serves the web client; where it was not built, a page that says so. */
export async function serveWebClient(app: FastifyInstance, web: WebClient): Promise<void> {
  const { folder, fileOrigins, mapTiles = null } = web;
  const hidden = { schema: { hide: true } };
  if (!existsSync(join(folder, 'index.html'))) {
    for (const url of ['/app', '/app/*']) {
      app.get(url, hidden, async (_request, reply) => reply.code(503).type('text/html; charset=utf-8').send(notBuilt));
    }
    return;
  }

  const files = new Set(filesIn(folder));
  const policy = policyFor(mapTiles === null ? fileOrigins : [...fileOrigins, new URL(mapTiles).origin]);
  const page = mapTiles === null ? null : withMeta(readFileSync(join(folder, 'index.html'), 'utf8'), mapTiles);
  await app.register(fastifyStatic, { root: folder, serve: false, preCompressed: true, cacheControl: false });
  for (const url of ['/app', '/app/*']) {
    app.get(url, hidden, async (request, reply) => {
      const { '*': path = '' } = request.params as { '*'?: string };
      // An old page asks for what is no longer there: to answer with a page would only hide that.
      if (path.startsWith('assets/') && !files.has(path)) return reply.callNotFound();
      const name = files.has(path) ? path : 'index.html';
      reply
        .header('content-security-policy', policy)
        .header('cache-control', name.startsWith('assets/') ? `public, max-age=${year}, immutable` : 'no-cache');
      if (name === 'service-worker.js') reply.header('service-worker-allowed', '/app');
      if (name === 'index.html' && page !== null) return reply.type('text/html; charset=utf-8').send(page);
      return reply.sendFile(name);
    });
  }
}

/** How the page learns where maps come from. */
function withMeta(page: string, mapTiles: string): string {
  const text = mapTiles.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  return page.replace('<head>', () => `<head>\n    <meta name="map-tiles" content="${text}" />`);
}

/** Whether whoever asks would rather see a page: a browser does, and says so. */
export function wantsPage(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/html') === true;
}

/** No script but ours, no style sheet but ours; files that people sent are shown and never run. */
function policyFor(fileOrigins: readonly string[]): string {
  const files = ["'self'", ...fileOrigins];
  const directives: Record<string, readonly string[]> = {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    // The one element that React Aria puts in: what is pressed does not pan under a finger.
    'style-src': ["'self'", "'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='"],
    // Attributes alone: a widget's place on the screen is said in them.
    'style-src-attr': ["'unsafe-inline'"],
    'img-src': [...files, 'blob:', 'data:'],
    'media-src': [...files, 'blob:'],
    'font-src': ["'self'"],
    // blob: a recording that is on its way is looked at too.
    'connect-src': [...files, 'blob:'],
    'worker-src': ["'self'", 'blob:'],
    'manifest-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
    'object-src': ["'none'"],
  };
  return Object.entries(directives)
    .map(([directive, sources]) => `${directive} ${[...new Set(sources)].join(' ')}`)
    .join('; ');
}

/** Paths below a folder, with slashes, but for what only stands beside a file compressed. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(br|gz)$|^\.built-from$/.test(entry.name))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll(sep, '/'),
    );
}
