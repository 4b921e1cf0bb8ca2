// The shared manners: how requests are read, well-formed and hostile.

import type { InjectOptions } from 'fastify';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toyApp } from './toy.ts';

type App = Awaited<ReturnType<typeof toyApp>>;

let app: App;
beforeAll(async () => {
  app = await toyApp();
});
afterAll(() => app.close());

const json = { 'content-type': 'application/json' };

async function ask(request: InjectOptions) {
  const response = await app.inject(request);
  return {
    status: response.statusCode,
    body: response.body === '' ? null : response.json(),
    headers: response.headers,
  };
}

const post = (payload: unknown, url = '/api/things') =>
  ask({ method: 'POST', url, headers: json, payload: JSON.stringify(payload) });

async function issues(payload: unknown) {
  const { status, body } = await post(payload);
  expect(status).toBe(422);
  return body.detail as unknown[];
}

describe('bodies', () => {
  test('unknown fields are ignored, defaults filled in, maps and nulls kept', async () => {
    const sent = { name: 'abc', extra: 1, email: null, links: { a: 'b', c: null }, inner: { flag: true, extra: 1 } };
    const { status, body } = await post(sent);
    expect(status).toBe(200);
    expect(body).toEqual({ name: 'abc', email: null, links: { a: 'b', c: null }, inner: { flag: true }, size: 7 });
  });

  test.each<[string, object, object]>([
    ['missing', { name: undefined }, { type: 'missing', loc: ['body', 'name'], msg: 'Field required' }],
    ['a number for text', { name: 5 }, { type: 'string_type', loc: ['body', 'name'], input: 5 }],
    ['null for text', { name: null }, { type: 'string_type', loc: ['body', 'name'], input: null }],
    ['text for a number', { count: '5' }, { type: 'int_type', loc: ['body', 'count'], input: '5' }],
    ['a fraction', { count: 1.5 }, { type: 'int_type', loc: ['body', 'count'], input: 1.5 }],
    ['text for a fraction', { weight: 'x' }, { type: 'float_type', loc: ['body', 'weight'], input: 'x' }],
    ['text for a boolean', { on: 'true' }, { type: 'bool_type', loc: ['body', 'on'], input: 'true' }],
    ['a number for a boolean', { on: 1 }, { type: 'bool_type', loc: ['body', 'on'], input: 1 }],
    ['too short', { name: 'a' }, { type: 'string_too_short', ctx: { min_length: 2 } }],
    ['too long', { name: 'abcdef' }, { type: 'string_too_long', ctx: { max_length: 5 } }],
    ['too small', { count: -1 }, { type: 'greater_than_equal', ctx: { ge: 0 } }],
    ['too big', { count: 11 }, { type: 'less_than_equal', ctx: { le: 10 } }],
    ['not above', { weight: 0 }, { type: 'greater_than', ctx: { gt: 0 } }],
    ['no such word', { color: 'pink' }, { type: 'enum', msg: "Input should be 'red', 'green' or 'blue'" }],
    ['no list', { tags: 'a' }, { type: 'list_type', loc: ['body', 'tags'] }],
    ['a wrong item', { tags: ['a', 5] }, { type: 'string_type', loc: ['body', 'tags', 1], input: 5 }],
    ['too many items', { tags: ['a', 'b', 'c', 'd'] }, { type: 'too_long', ctx: { max_length: 3 } }],
    ['no object', { inner: 'a' }, { type: 'model_attributes_type', loc: ['body', 'inner'] }],
    ['deeper', { inner: {} }, { type: 'missing', loc: ['body', 'inner', 'flag'] }],
    ['no e-mail address', { email: 'me' }, { type: 'value_error', loc: ['body', 'email'] }],
    ['no integer even loosely', { other: '1.5' }, { type: 'int_parsing', loc: ['body', 'other'], input: '1.5' }],
  ])('%s', async (_name, change, expected) => {
    const found = await issues({ name: 'abc', ...change });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject(expected);
  });

  test('loose integers may be text, and arrive as numbers', async () => {
    const { body } = await post({ name: 'abc', other: '12', others: ['3', 4, '-5'] });
    expect(body).toMatchObject({ other: 12, others: [3, 4, -5] });
  });

  test('all faults are told, one for each field, secrets never echoed', async () => {
    const found = await issues({ name: 'a', code: 'my secret', password: 'hunter2', count: 'x' });
    expect(found).toHaveLength(4);
    expect(JSON.stringify(found)).not.toMatch(/my secret|hunter2/);
  });

  test('at most twenty are told', async () => {
    expect(await issues({ name: 'abc', others: Array(5_000).fill('x') })).toHaveLength(20);
  });

  test('the message is a line for the first', async () => {
    const { body } = await post({ name: 'abc', tags: [1] });
    expect(body).toMatchObject({ success: false, message: 'tags.0: Input should be a valid string' });
  });

  test.each<[string, InjectOptions, string]>([
    ['no body', {}, 'missing'],
    ['an empty one, declared JSON', { headers: json, payload: '' }, 'missing'],
    ['null', { headers: json, payload: 'null' }, 'missing'],
    ['a list', { headers: json, payload: '[]' }, 'model_attributes_type'],
    ['text', { headers: json, payload: '"a"' }, 'model_attributes_type'],
    [
      'JSON declared as text',
      { headers: { 'content-type': 'text/plain' }, payload: '{"name":"abc"}' },
      'model_attributes_type',
    ],
    ['JSON not declared', { payload: Buffer.from('{"name":"abc"}') }, 'model_attributes_type'],
    [
      'a form',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: 'a=b' },
      'model_attributes_type',
    ],
    ['a broken content type', { headers: { 'content-type': ';;' }, payload: 'x' }, 'model_attributes_type'],
  ])('%s where JSON is needed: 422 at the body itself', async (_name, request, type) => {
    const { status, body } = await ask({ method: 'POST', url: '/api/things', ...request });
    expect(status).toBe(422);
    expect(body.detail).toMatchObject([{ type, loc: ['body'] }]);
  });

  test.each(['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/vnd.api+json'])(
    'JSON is declared by %s',
    async (type) => {
      const payload = '\uFEFF{"name":"abc"}';
      const { status } = await ask({ method: 'POST', url: '/api/things', headers: { 'content-type': type }, payload });
      expect(status).toBe(200);
    },
  );

  test.each(['{', '{"a":}', "{'a':1}", '{"a":1}x', 'hello', '[1,]', '\u0000', '{"password":"hunter2"'])(
    'malformed: %j',
    async (payload) => {
      const { status, body } = await ask({ method: 'POST', url: '/api/things', headers: json, payload });
      expect(status).toBe(422);
      expect(body.detail).toMatchObject([{ type: 'json_invalid', loc: ['body', expect.any(Number)] }]);
      expect(JSON.stringify(body)).not.toContain('hunter2');
    },
  );

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'GET'] as const)('%s with an empty JSON body', async (method) => {
    const plain = await ask({ method, url: '/api/anything', headers: json });
    expect(plain).toMatchObject({ status: 200, body: { body: null } });
    const zero = await ask({ method, url: '/api/anything', headers: { ...json, 'content-length': '0' } });
    expect(zero.status).toBe(200);
  });

  test('no body is an empty object where nothing is required', async () => {
    expect(await ask({ method: 'PUT', url: '/api/settings', headers: json })).toMatchObject({
      status: 200,
      body: { size: 7 },
    });
    expect(await ask({ method: 'PUT', url: '/api/settings' })).toMatchObject({ status: 200, body: { size: 7 } });
  });

  test('over the limit: 413 in the dialect’s form', async () => {
    const { status, body } = await post({ name: 'x'.repeat(2 * 1024 * 1024) });
    expect(status).toBe(413);
    expect(body).toEqual({ success: false, message: 'Payload Too Large', detail: 'Payload Too Large' });
  });
});

describe('text that cannot be stored', () => {
  test.each<[string, InjectOptions, unknown[]]>([
    ['in a field', { headers: json, payload: '{"name":"a\\u0000b"}' }, ['body', 'name']],
    ['in a list', { headers: json, payload: '{"name":"abc","tags":["a","\\u0000"]}' }, ['body', 'tags', 1]],
    ['in an unknown field', { headers: json, payload: '{"x":{"y":"\\u0000"}}' }, ['body', 'x', 'y']],
    ['in a name', { headers: json, payload: '{"name":"abc","links":{"\\u0000":"a"}}' }, ['body', 'links']],
    ['__proto__', { headers: json, payload: '{"name":"abc","__proto__":{"on":true}}' }, ['body']],
    ['constructor', { headers: json, payload: '{"constructor":{"prototype":{"on":true}}}' }, ['body']],
    ['in the query', { url: '/api/things?q=a%00b', method: 'GET' }, ['query', 'q']],
    ['in the path', { url: '/api/search/a%00b', method: 'GET' }, ['path', 'q']],
  ])('%s', async (_name, request, loc) => {
    const { status, body } = await ask({ method: 'POST', url: '/api/things', ...request });
    expect(status).toBe(422);
    expect(body.detail).toMatchObject([{ type: 'value_error', loc }]);
  });

  test('half a surrogate pair becomes a replacement character, whole pairs stay', async () => {
    const { body } = await ask({
      method: 'POST',
      url: '/api/things',
      headers: json,
      payload: '{"name":"a\\ud83d","tags":["\\ud83d\\ude00"]}',
    });
    expect(body).toMatchObject({ name: 'a\uFFFD', tags: ['😀'] });
  });

  test.each([
    ['lists', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['objects', '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)],
    ['many values', `{"name":"abc","tags":[${'1,'.repeat(30_000)}1]}`],
  ])('%s beyond reason', async (_name, payload) => {
    const started = performance.now();
    const { status } = await ask({ method: 'POST', url: '/api/things', headers: json, payload });
    expect(status).toBe(422);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('queries and paths', () => {
  test.each([
    ['', { limit: 50 }],
    ['?limit=5', { limit: 5 }],
    ['?limit=1&limit=2', { limit: 2 }],
    ['?flag=true', { limit: 50, flag: true }],
    ['?flag=False', { limit: 50, flag: false }],
    ['?ratio=1.5', { limit: 50, ratio: 1.5 }],
    ['?maybe=3', { limit: 50, maybe: 3 }],
    ['?ids=1', { limit: 50, ids: [1] }],
    ['?ids=1&ids=2', { limit: 50, ids: [1, 2] }],
    ['?q=5&unknown=1', { limit: 50, q: '5' }],
    ['?q=%zz', { limit: 50, q: '%zz' }],
    ['?q=%F0%9F', { limit: 50, q: expect.any(String) }],
  ])('%s', async (query, expected) => {
    expect(await ask({ url: `/api/things${query}` })).toMatchObject({ status: 200, body: expected });
  });

  test.each([
    ['?limit=abc', { type: 'int_parsing', loc: ['query', 'limit'], input: 'abc' }],
    ['?limit=', { type: 'int_parsing' }],
    ['?limit=1.5', { type: 'int_parsing' }],
    ['?limit=0x10', { type: 'int_parsing' }],
    ['?limit=1e3', { type: 'int_parsing' }],
    ['?limit=99999999999999999999', { type: 'int_parsing' }],
    ['?limit=-1', { type: 'greater_than_equal', ctx: { ge: 0 } }],
    ['?flag=maybe', { type: 'bool_parsing', loc: ['query', 'flag'] }],
    ['?flag=toString', { type: 'bool_parsing' }],
    ['?ratio=x', { type: 'float_parsing' }],
    ['?ratio=Infinity', { type: 'float_parsing' }],
    ['?ids=1&ids=x', { type: 'int_parsing', loc: ['query', 'ids', 1] }],
  ])('%s is refused', async (query, expected) => {
    const { status, body } = await ask({ url: `/api/things${query}` });
    expect(status).toBe(422);
    expect(body.detail).toMatchObject([expected]);
  });

  test('the message names the part of the request', async () => {
    const { body } = await ask({ url: '/api/things?limit=abc' });
    expect(body.message).toMatch(/^query\.limit: Input should be a valid integer/);
  });

  test('path parameters', async () => {
    expect(await ask({ url: '/api/things/12' })).toMatchObject({ status: 200, body: { id: 12 } });
    const { status, body } = await ask({ url: '/api/things/abc' });
    expect(status).toBe(422);
    expect(body.detail).toMatchObject([{ type: 'int_parsing', loc: ['path', 'id'], input: 'abc' }]);
  });
});

test('nothing that can be sent is a fault', async () => {
  const requests = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'),
    url: fc.oneof(
      fc.constantFrom('/api/things', '/api/things/1', '/api/settings', '/api/once', '/api/me', '/'),
      fc.webPath().map((path) => `/api${path}`),
      fc.webQueryParameters().map((query) => `/api/things?${query}`),
    ),
    headers: fc.record({
      'content-type': fc.constantFrom('application/json', 'text/plain', 'application/json;;', 'multipart/form-data'),
      authorization: fc.constantFrom('Bearer x', 'Bearer good', ''),
    }),
    payload: fc.oneof(fc.json(), fc.string(), fc.string({ unit: 'binary' })),
  });
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      const { statusCode } = await app.inject(request as InjectOptions);
      expect(statusCode).toBeLessThan(500);
    }),
    { numRuns: 400 },
  );
});
