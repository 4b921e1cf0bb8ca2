// The API's description for people and programs: /openapi.json, /docs (Swagger UI), /redoc. No outside request.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { assetPath } from './assets.ts';

const ownOnly = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

const redocPolicy = Object.entries({ ...ownOnly, 'worker-src': ["'self'", 'blob:'] })
  .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
  .join('; ');

const redocPage = `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Parlance: API reference</title>
    <link rel="icon" href="data:," />
    <style>body { margin: 0; }</style>
  </head>
  <body>
    <div id="redoc"></div>
    <script src="/redoc/redoc.standalone.js"></script>
    <script src="/redoc/start.js"></script>
  </body>
</html>
`;

const redocStart = `Redoc.init('/openapi.json', { hideDownloadButtons: false }, document.getElementById('redoc'));\n`;

const operationWords: Record<string, string> = {
  GET: 'get',
  POST: 'post',
  PUT: 'put',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Registers the description and its pages. Before any route that is to be described. */
export async function describeApi(app: FastifyInstance, about: { version: string; tags: string[] }): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Parlance',
        version: about.version,
        description: 'One messaging server, spoken to through the APIs of four products.',
      },
      tags: about.tags.map((name) => ({ name })),
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
    // HEAD is GET without a body: said once.
    transformObject: (document) => {
      if (!('openapiObject' in document)) return document.swaggerObject;
      for (const path of Object.values(document.openapiObject.paths ?? {})) delete path?.head;
      return document.openapiObject;
    },
    refResolver: {
      buildLocalReference: ({ $id }, _base, _fragment, at) => (typeof $id === 'string' ? $id : `schema-${at}`),
    },
  });

  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());

  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: ownOnly,
    uiConfig: { layout: 'BaseLayout', validatorUrl: null, docExpansion: 'none' },
    theme: { title: 'Parlance: API explorer' },
  });

  const hidden = { schema: { hide: true } };
  app.get('/redoc', hidden, async (_request, reply) =>
    reply.header('content-security-policy', redocPolicy).type('text/html; charset=utf-8').send(redocPage),
  );
  app.get('/redoc/start.js', hidden, async (_request, reply) => script(reply).send(redocStart));
  app.get('/redoc/redoc.standalone.js', hidden, async (_request, reply) => {
    const path = assetPath('redoc.standalone.js');
    const { size } = await stat(path);
    return script(reply).header('content-length', size).send(createReadStream(path));
  });
}

/** Gives every described route of `app`, and of all inside it, its dialect's tag and an operation id if it has none. */
export function describeRoutes(app: FastifyInstance, tag: string): void {
  app.addHook('onRoute', (route) => {
    if (route.schema?.hide === true) return;
    const method = String(Array.isArray(route.method) ? route.method[0] : route.method);
    const operationId = operationName(tag, operationWords[method] ?? method.toLowerCase(), route.url);
    route.schema = { tags: [tag], operationId, ...route.schema };
  });
}

/** `urge`, `get`, `/api/users/:id` → `urge_get_api_users_id`. */
function operationName(tag: string, verb: string, url: string): string {
  return [tag, verb, ...url.split('/')]
    .map((part) => part.replaceAll(/\W+/g, '_').replaceAll(/^_+|_+$/g, ''))
    .filter((part) => part !== '')
    .join('_');
}

function script(reply: FastifyReply): FastifyReply {
  return reply.type('text/javascript; charset=utf-8').header('cache-control', 'public, max-age=86400');
}
