// The shared manners: who calls, how no is said, how often, and what leaves.

import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Type } from 'typebox';
import { maskUrl, Nullable } from '../../src/dialects/fastapi.ts';
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

describe('callers', () => {
  test.each([
    ['Bearer good', 200],
    ['bearer good', 200],
    ['BEARER  good', 200],
    ['Bearer bad', 401],
    ['Bearer', 401],
    ['Bearer ', 401],
    ['Bearer good good', 401],
    ['Basic good', 401],
    ['good', 401],
    [undefined, 401],
  ])('%s: %d', async (authorization, expected) => {
    const { status, headers, body } = await ask({ url: '/api/me', headers: authorization ? { authorization } : {} });
    expect(status).toBe(expected);
    if (expected === 401) {
      expect(headers['www-authenticate']).toBe('Bearer');
      expect(body).toMatchObject({ success: false, detail: expect.any(String) });
    }
  });

  test.each([
    ['/api/closed-early', undefined, '{', 401],
    ['/api/closed-early', 'Bearer good', '{', 422],
    ['/api/closed-late', undefined, '{', 422],
    ['/api/closed-late', undefined, '{"name":1}', 401],
    ['/api/closed-late', undefined, '{"name":"\\u0000"}', 401],
    ['/api/closed-late', 'Bearer good', '{"name":1}', 422],
  ])('the order at %s, %s, %s: %d', async (url, authorization, payload, expected) => {
    const headers = { ...json, ...(authorization ? { authorization } : {}) };
    expect((await ask({ method: 'POST', url, headers, payload })).status).toBe(expected);
  });
});

const once = (key: string | string[] | undefined) =>
  ask({
    method: 'POST',
    url: '/api/once',
    headers: { ...json, ...(key === undefined ? {} : { 'idempotency-key': key }) },
    payload: '{"a":1}',
  });

describe('Idempotency-Key', () => {
  test('makes a write repeatable', async () => {
    expect((await once(undefined)).body).toEqual({ key: null });
    expect((await once('abc-1')).body).toEqual({
      key: 'abc-1',
      route: 'POST /api/once',
      body: { params: {}, query: {}, body: { a: 1 } },
    });
    expect((await once('x'.repeat(255))).status).toBe(200);
  });

  test.each(['', 'x'.repeat(256), 'a b', 'ä', 'a\tb'])('%j is refused', async (key) => {
    const { status, body } = await once(key);
    expect(status).toBe(422);
    expect(body.detail).toMatchObject([{ loc: ['header', 'Idempotency-Key'] }]);
  });

  test('two of them are refused', async () => expect((await once(['a', 'b'])).status).toBe(422));
});

describe('saying no', () => {
  test.each([
    ['unauthenticated', 401],
    ['forbidden', 403],
    ['not_found', 404],
    ['invalid', 400],
    ['invalid?reason=key_reused', 422],
    ['conflict', 409],
    ['too_many', 429],
    ['unavailable', 503],
  ])('%s: %d', async (code, expected) => {
    const { status, body, headers } = await ask({ url: `/api/refuse/${code}` });
    expect(status).toBe(expected);
    const text = `Refused: ${code.split('?')[0]}`;
    expect(body).toEqual({ success: false, message: text, detail: text });
    expect(headers['retry-after']).toBe(expected === 429 ? '2' : undefined);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
  });

  test.each(['/api/fault', '/api/strange-fault'])('%s is 500 and tells nothing', async (url) => {
    const { status, body } = await ask({ url });
    expect(status).toBe(500);
    expect(body).toEqual({ success: false, message: 'Internal Server Error', detail: null });
  });
});

const signInAs = (phone: string): InjectOptions => ({ method: 'POST', url: '/api/sign-in', payload: { phone } });

describe('limits', () => {
  test('by a route’s own setting, and by what the body says', async () => {
    const limited = await toyApp();
    const statuses = async (...requests: InjectOptions[]) => {
      const answers = [];
      for (const request of requests) answers.push(await limited.inject(request));
      return answers;
    };
    const plain = await statuses(...Array.from({ length: 3 }, () => ({ url: '/api/limited' })));
    expect(plain.map((answer) => answer.statusCode)).toEqual([200, 200, 429]);
    expect(plain[2]!.json()).toMatchObject({ success: false, detail: expect.any(String) });
    expect(plain[2]!.headers['retry-after']).toBe('60');

    const tries = await statuses(...['1', '1', '1', '2', '3', '4', '5'].map(signInAs));
    expect(tries.map((answer) => answer.statusCode)).toEqual([200, 200, 429, 200, 200, 429, 429]);
    await limited.close();
  });

  test('can be switched off', async () => {
    const free = await toyApp({
      settings: { environment: 'test', corsOrigins: [], trustedProxies: false, rateLimits: false },
    });
    for (let n = 0; n < 10; n++) {
      expect((await free.inject({ url: '/api/limited' })).statusCode).toBe(200);
      const signIn = await free.inject({ method: 'POST', url: '/api/sign-in', payload: { phone: '1' } });
      expect(signIn.statusCode).toBe(200);
    }
    await free.close();
  });
});

describe('Nullable', () => {
  test('is written as null, not as nothing', async () => {
    const nothing = (await ask({ url: '/api/nullable/empty' })).body;
    expect(Object.values(nothing)).toEqual(Array(8).fill(null));
    expect((await ask({ url: '/api/nullable/full' })).body).toEqual({
      text: '',
      whole: 0,
      yes: false,
      at: '2025-01-02T03:04:05Z',
      word: 'a',
      fixed: 'x',
      thing: { id: 1 },
      list: ['a', null],
    });
  });

  test('keeps what the schema says besides', () => {
    expect(Nullable(Type.String({ maxLength: 3 }))).toEqual({ type: ['string', 'null'], maxLength: 3 });
    expect(Nullable(Type.Ref('Thing'))).toEqual({ anyOf: [{ $ref: 'Thing' }, { type: 'null' }] });
  });
});

test('secrets of a query are masked', () => {
  expect(maskUrl('/ws?token=abc&lang=id&access_token=x&%74oken=y')).toBe(
    '/ws?token=***&lang=id&access_token=***&%74oken=***',
  );
  expect(maskUrl('/a')).toBe('/a');
});
