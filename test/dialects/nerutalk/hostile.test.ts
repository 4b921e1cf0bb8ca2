// What no client sends, to every route of NeruTalk: each is a no that a client can read, never a fault.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { register, type Neru } from './people.ts';

let server: TestServer;
let mallory: Neru;

beforeAll(async () => {
  server = await startTestServer();
  mallory = await register(server, 'mallory');
});
afterAll(() => server.close());

/** After these she would be nobody. */
const farewells = ['neruLogout', 'neruDeactivate', 'neruDeactivateToo', 'neruDeleteProfile', 'neruDeleteAccount'];

const ids = ['0', '-1', '1e3', '9'.repeat(40), '00000000-0000-4000-8000-000000000000', '%00', "'--", '{}'];
const values = [
  null,
  [],
  {},
  0,
  -1,
  1e308,
  true,
  '',
  '\u0000',
  '\ud800',
  'x'.repeat(70_000),
  [[[]]],
  { $gt: '' },
  'NaN',
];

interface Operation {
  operationId: string;
  tags?: string[];
  requestBody?: { content: Record<string, { schema: { properties?: object } }> };
}

function operations(): { method: string; path: string; fields: string[] }[] {
  const { paths } = server.app.swagger() as unknown as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { operationId, tags, requestBody }]) => {
      if (!tags?.includes('nerutalk') || farewells.includes(operationId)) return [];
      const schema = requestBody?.content['application/json']?.schema;
      return [{ method: method.toUpperCase(), path, fields: Object.keys(schema?.properties ?? {}) }];
    }),
  );
}

it('no id, and no value in any field, is too much', { timeout: 60_000 }, async () => {
  const all = operations();
  expect(all.length).toBeGreaterThan(40);
  for (const { method, path, fields } of all) {
    const bodies: unknown[] = [undefined, null, [], 'x', {}];
    for (const value of values) bodies.push(Object.fromEntries(fields.map((field) => [field, value])));
    for (const [turn, body] of (method === 'GET' ? ids : bodies).entries()) {
      const id = ids[turn % ids.length]!;
      const { status, body: answer } = await mallory.call(
        method,
        path.replace('/api/v1', '').replaceAll(/\{\w+\}/g, id),
        method === 'GET' ? undefined : body,
      );
      expect(status, `${method} ${path} ${JSON.stringify(body)?.slice(0, 200)}`).toBeLessThan(500);
      if (status >= 400) expect(typeof answer.message).toBe('string');
    }
  }
});
