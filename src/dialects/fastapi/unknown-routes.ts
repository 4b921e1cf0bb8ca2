// 404 for a path that no route has, 405 with `Allow` for a known path with another method.

import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Answers for all of `app`; `shape` makes the body. Before any route that is to be known. */
export function answerUnknownRoutes(
  app: FastifyInstance,
  shape: (status: 404 | 405, request: FastifyRequest) => unknown,
): void {
  const known = new Map<string, { pattern: RegExp; methods: Set<string> }>();

  app.addHook('onRoute', ({ url, method }) => {
    const methods = [method]
      .flat()
      .map(String)
      .filter((name) => name !== 'OPTIONS');
    if (methods.length === 0) return;
    const route = known.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const name of methods) route.methods.add(name);
    known.set(url, route);
  });

  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split(/[?#]/, 1)[0] ?? '';
    const allowed = new Set(
      [...known.values()].flatMap(({ pattern, methods }) => (pattern.test(path) ? [...methods] : [])),
    );
    if (allowed.size === 0 || allowed.has(request.method)) return reply.code(404).send(shape(404, request));
    return reply
      .code(405)
      .header('allow', [...allowed].toSorted().join(', '))
      .send(shape(405, request));
  });
}

/** `/a/:id/*` as a pattern over paths: a parameter is anything but a slash, the end's slash is optional. */
function patternOf(url: string): RegExp {
  const pattern = url
    .replace(/\/$/, '')
    .split(/(:\w+(?:\([^)]*\))?\??|\*)/)
    .map((part, at) => {
      if (at % 2 === 0) return part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
      return part === '*' ? '.*' : '[^/]+';
    })
    .join('');
  return new RegExp(`^${pattern}/?$`);
}
