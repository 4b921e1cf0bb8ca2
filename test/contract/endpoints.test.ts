// What the documents promise is served, and what is served is promised, or named here with a reason. The first list
// below must shrink; the second must not grow without one.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { promised, type Endpoint } from './promised.ts';

/** Promised, and still to come (issue E). */
const notYet: readonly Endpoint[] = [
  'POST /api/v1/upload-avatar',
  'POST /api/v1/files/upload',
  'GET /api/v1/files/{file_id}',
  'DELETE /api/v1/files/{file_id}',
  'GET /api/v1/media/stickers',
  'GET /api/v1/media/gifs/search',
  'GET /api/v1/media/gifs/trending',
  'POST /api/v1/push-notifications/device-tokens',
  'GET /api/v1/push-notifications/device-tokens',
  'PUT /api/v1/push-notifications/device-tokens/{token_id}',
  'DELETE /api/v1/push-notifications/device-tokens/{token_id}',
  'POST /api/v1/push-notifications/send',
  'POST /api/v1/push-notifications/broadcast',
  'GET /api/v1/push-notifications/stats',
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** Names of parameters do not matter, nor does a slash at the end. */
const shape = (method: string, path: string) =>
  `${method} ${path.replace(/\{[^}]*\}|:\w+/g, '{}').replace(/(.)\/$/, '$1')}`;

const shapeOf = (endpoint: string) => shape(...(endpoint.split(' ') as [string, string]));

function served(): Set<string> {
  const { paths = {} } = server.app.swagger() as { paths?: Record<string, Record<string, unknown>> };
  return new Set(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => shape(method.toUpperCase(), path)),
    ),
  );
}

it.each(Object.entries(promised))('%s: everything its document promises is served', (_product, endpoints) => {
  const there = served();
  const missing = endpoints.filter((endpoint) => !there.has(shapeOf(endpoint)));
  expect(missing.filter((endpoint) => !notYet.map(shapeOf).includes(shapeOf(endpoint)))).toEqual([]);
});

it('what is said to be missing is missing', () => {
  const there = served();
  expect(notYet.filter((endpoint) => there.has(shapeOf(endpoint)))).toEqual([]);
});

it('every route has an operation id of its own', () => {
  const { paths = {} } = server.app.swagger() as { paths?: Record<string, Record<string, { operationId?: string }>> };
  const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map((one) => one.operationId));
  expect(ids.filter((id) => id === undefined)).toEqual([]);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});
