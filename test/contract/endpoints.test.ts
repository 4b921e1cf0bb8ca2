// What the documents promise is served, all of it, and every route has a name of its own.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { promised } from './promised.ts';

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
  expect(missing).toEqual([]);
});

it('every route has an operation id of its own', () => {
  const { paths = {} } = server.app.swagger() as { paths?: Record<string, Record<string, { operationId?: string }>> };
  const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map((one) => one.operationId));
  expect(ids.filter((id) => id === undefined)).toEqual([]);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});
