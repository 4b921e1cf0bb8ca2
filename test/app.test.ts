// The app around the dialects: its own routes, headers, documents and logs, and requests that nobody should send.

import { existsSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { pino } from 'pino';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toyApp } from './dialects/toy.ts';

const chromiumPath = '/usr/bin/chromium';
const origin = 'http://localhost:3000';

let app: FastifyInstance;
let address: string;
const logged: string[] = [];

beforeAll(async () => {
  const lines = new Writable({ write: (line, _encoding, done) => (logged.push(String(line)), done()) });
  app = await toyApp({
    log: pino({ level: 'info' }, lines),
    openToAnyOrigin: (path) => path.startsWith('/api/search/'),
  });
  address = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => app.close());

describe('its own routes', () => {
  test('GET / says hello', async () => {
    const response = await app.inject('/');
    expect(response.json()).toEqual({ message: 'Hello World', version: '1.2.3', docs: '/docs' });
  });

  test('GET /health: healthy', async () => {
    const response = await app.inject('/health');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ status: 'healthy', service: 'Parlance', version: '1.2.3' });
  });

  test.each([
    ['fails', () => Promise.reject(new Error('password of the database'))],
    [
      'throws',
      () => {
        throw new Error('password of the database');
      },
    ],
    ['does not end', () => new Promise<void>(() => {})],
  ])('GET /health: 503 when the check %s', async (_name, health) => {
    const ill = await toyApp({ health });
    const started = performance.now();
    const response = await ill.inject('/health');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ status: 'unhealthy', detail: expect.any(String) });
    expect(response.body).not.toContain('password');
    expect(performance.now() - started).toBeLessThan(2_500);
    await ill.close();
  });
});

describe('unknown routes', () => {
  const notFound = { detail: 'Not Found', message: 'Not Found' };
  test.each([
    '/nowhere',
    '/api',
    '/api/things/1/2',
    '/api//things',
    '//api/things',
    '/api/things/%',
    '/%',
    '/%zz',
    '/%c3%28',
    '/nowhere/%00',
    '/..%2f..%2fetc/passwd',
    '/' + 'x'.repeat(15_000),
  ])('%.40s', async (url) => {
    const response = await app.inject({ url, headers: { origin } });
    // "%" is no integer; all else is unknown.
    const expected = url === '/api/things/%' ? 422 : 404;
    expect(response.statusCode).toBe(expected);
    if (expected === 404) expect(response.json()).toEqual(notFound);
    expect(response.headers['access-control-allow-origin']).toBe(origin);
  });

  test.each<[string, InjectOptions]>([
    ['broken JSON', { method: 'POST', headers: { 'content-type': 'application/json' }, payload: '{' }],
    ['a strange content type', { method: 'POST', headers: { 'content-type': 'image/png' }, payload: 'x' }],
    ['no content type', { method: 'PUT', payload: Buffer.from('x') }],
  ])('with %s', async (_name, request) => {
    const response = await app.inject({ url: '/nowhere', ...request });
    expect(response.statusCode).toBe(404);
    expect(response.json()).toEqual(notFound);
  });

  test.each([
    ['DELETE', '/api/things', 'GET, HEAD, POST'],
    ['DELETE', '/api/things/', 'GET, HEAD, POST'],
    ['POST', '/api/things/5', 'GET, HEAD'],
    ['GET', '/api/things/5/parts/a/b', 'PUT'],
    ['PUT', '/api/things/latest', 'DELETE, GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['POST', '/health', 'GET, HEAD'],
    ['PATCH', '/api/things?x=/api', 'GET, HEAD, POST'],
  ] as const)('405 for %s %s', async (method, url, allow) => {
    const response = await app.inject({ method, url });
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe(allow);
    expect(response.json()).toEqual({ detail: 'Method Not Allowed', message: 'Method Not Allowed' });
  });

  test('a slash at the end reaches the same handler', async () => {
    expect((await app.inject('/api/things/')).json()).toEqual({ limit: 50 });
    expect((await app.inject('/api/things/5/')).json()).toEqual({ id: 5 });
    expect((await app.inject('/health/')).statusCode).toBe(200);
  });

  test('HEAD is GET without a body', async () => {
    const response = await app.inject({ method: 'HEAD', url: '/api/things' });
    expect(response.statusCode).toBe(200);
    expect(response.body).toBe('');
  });

  test('a long parameter is no fault', async () => {
    const q = 'ä'.repeat(2_000);
    expect((await app.inject(`/api/search/${encodeURIComponent(q)}`)).json()).toEqual({ q });
  });
});

const preflight = (url: string, from: string) =>
  app.inject({
    method: 'OPTIONS',
    url,
    headers: {
      origin: from,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization',
    },
  });

describe('other origins', () => {
  test.each(['/api/things', '/api/me', '/nowhere'])('preflight of %s needs no token', async (url) => {
    const { statusCode, headers, body } = await preflight(url, origin);
    expect(statusCode).toBe(200);
    expect(body).toBe('');
    expect(headers['access-control-allow-origin']).toBe(origin);
    expect(headers['access-control-allow-credentials']).toBe('true');
    expect(headers['access-control-allow-methods']).toContain('PUT');
    for (const name of ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-Language', 'Accept-Language']) {
      expect(headers['access-control-allow-headers']).toContain(name);
    }
  });

  test('strangers are not named, but where any origin may call', async () => {
    const stranger = 'https://evil.example';
    expect((await preflight('/api/things', stranger)).headers['access-control-allow-origin']).toBeUndefined();
    expect((await preflight('/api/search/a', stranger)).headers['access-control-allow-origin']).toBe(stranger);
  });

  test.each([
    ['/api/things', 200],
    ['/api/me', 401],
    ['/nowhere', 404],
    ['/api/things?limit=x', 422],
    ['/api/fault', 500],
  ])('%s, %d, may be read', async (url, status) => {
    const { statusCode, headers } = await app.inject({ url, headers: { origin } });
    expect(statusCode).toBe(status);
    expect(headers['access-control-allow-origin']).toBe(origin);
    expect(headers['access-control-expose-headers']).toContain('X-Content-Language, Retry-After, ETag');
    expect(headers.vary).toContain('Origin');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a plain OPTIONS is answered too', async () => {
    expect((await app.inject({ method: 'OPTIONS', url: '/api/things' })).statusCode).toBe(200);
  });
});

const from = async (trustedProxies: false | number | string[], forwarded: string) => {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, new Writable({ write: (line, _e, done) => (lines.push(String(line)), done()) }));
  const settings = { environment: 'test', corsOrigins: 'any' as const, trustedProxies, rateLimits: false };
  const proxied = await toyApp({ log, settings });
  await proxied.inject({ url: '/', headers: { 'x-forwarded-for': forwarded } });
  await proxied.close();
  return (JSON.parse(lines.at(-1)!) as { address: string }).address;
};

describe('who is calling', () => {
  test.each([
    [false as const, '127.0.0.1'],
    [['loopback'], '203.0.113.9'],
    [1, '203.0.113.9'],
    [2, '198.51.100.1'],
    [['10.0.0.0/8'], '127.0.0.1'],
  ])('trusting %j: %s', async (trusted, expected) => {
    expect(await from(trusted, '198.51.100.1, 203.0.113.9')).toBe(expected);
  });
});

describe('the log', () => {
  test('has one line an answer, with the id the caller was told, and no secrets', async () => {
    logged.length = 0;
    const response = await app.inject({
      method: 'POST',
      url: '/api/things?token=tell-nobody&x=1',
      headers: { authorization: 'Bearer tell-nobody' },
      payload: { name: 'abc', password: 'tell-nobody' },
    });
    await app.inject('/api/fault?access_token=tell-nobody');
    const lines = logged.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).toMatchObject({
      method: 'POST',
      path: '/api/things',
      status: 200,
      reqId: response.headers['x-request-id'],
    });
    expect(lines[1]).toMatchObject({ level: 50, msg: 'fault', err: { message: 'secret of the house' } });
    expect(lines[2]).toMatchObject({ status: 500 });
    expect(logged.join()).not.toMatch(/tell-nobody|row with a message/);
  });

  test('masks what others log of a request', () => {
    logged.length = 0;
    app.log.info({ req: { method: 'GET', url: '/ws?token=tell-nobody', headers: { authorization: 'x' } } });
    expect(JSON.parse(logged[0]!)).toMatchObject({ req: { method: 'GET', url: '/ws?token=***' } });
    expect(logged[0]).not.toContain('authorization');
  });
});

describe('the description', () => {
  interface Operation {
    operationId?: string;
    tags?: string[];
    responses?: object;
    security?: object[];
    parameters?: { name: string; in: string; required?: boolean }[];
  }
  interface Description {
    openapi: string;
    info: { title: string; version: string };
    paths: Record<string, Record<string, Operation>>;
    components: { securitySchemes: Record<string, object> };
  }

  test('is OpenAPI 3.1 and lists every route, each with an id, a tag and its parameters', async () => {
    const described = (await app.inject('/openapi.json')).json<Description>();
    expect(described.openapi).toBe('3.1.0');
    expect(described.info).toMatchObject({ title: 'Parlance', version: '1.2.3' });
    expect(described.components.securitySchemes.bearer).toMatchObject({ type: 'http', scheme: 'bearer' });

    const operations = Object.entries(described.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    const listed = operations.map(({ path, method }) => `${method} ${path}`);
    expect(listed).toEqual(
      expect.arrayContaining(['get /', 'get /health', 'post /api/things', 'get /api/things/{id}', 'get /api/me']),
    );
    expect(listed).toHaveLength(26);

    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('urge_get_api_things_id');
    for (const { path, operation } of operations) {
      expect(operation.tags).toEqual([path.startsWith('/api') ? 'urge' : 'server']);
      expect(Object.keys(operation.responses ?? {})).not.toHaveLength(0);
      const named = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
      const inPath = operation.parameters?.filter((parameter) => parameter.in === 'path').map(({ name }) => name) ?? [];
      expect(inPath).toEqual(named);
    }
    expect(described.paths['/api/me']!.get!.security).toEqual([{ bearer: [] }]);
    expect(described.paths['/api/things']!.get!.security).toBeUndefined();
    expect(described.paths['/api/things']!.get!.parameters).toContainEqual(expect.objectContaining({ name: 'limit' }));
  });

  test('ReDoc’s bundle is served compact, cacheable and without foreign addresses of its own', async () => {
    const response = await app.inject('/redoc/redoc.standalone.js');
    expect(response.statusCode).toBe(200);
    expect(response.headers['cache-control']).toContain('max-age');
    expect(response.body).not.toContain('cdn.redoc.ly');
  });

  test.skipIf(!existsSync(chromiumPath))(
    '/docs and /redoc show it and ask nobody else',
    { timeout: 90_000 },
    async () => {
      const browser = await chromium.launch({
        executablePath: chromiumPath,
        args: ['--no-sandbox', '--headless', '--disable-gpu', '--disable-background-networking'].concat([
          '--disable-component-update',
          '--disable-sync',
          '--no-first-run',
        ]),
      });
      try {
        for (const [path, sign] of [
          ['/docs', '.opblock-tag'],
          ['/docs/', '.opblock-tag'],
          ['/redoc', '[data-section-id]'],
        ] as const) {
          const page = await browser.newPage();
          const elsewhere: string[] = [];
          const complaints: string[] = [];
          page.on('request', (request) => {
            if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(address))
              elsewhere.push(request.url());
          });
          page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
          page.on('pageerror', (error) => complaints.push(String(error)));
          await page.goto(address + path, { waitUntil: 'networkidle' });
          await page.locator(sign).first().waitFor({ timeout: 20_000 });
          if (process.env.SCREENSHOTS)
            await page.screenshot({ path: `${process.env.SCREENSHOTS}/${path.replaceAll('/', '')}.png` });
          expect(elsewhere).toEqual([]);
          expect(complaints).toEqual([]);
          await page.close();
        }
      } finally {
        await browser.close();
      }
    },
  );
});

describe('over a real connection', () => {
  test.each(['POST', 'PUT', 'DELETE', 'GET'])('%s with an empty JSON body and no length', async (method) => {
    const status = await new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const call = httpRequest(`${address}/api/anything`, { method, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on('error', reject).end();
    });
    expect(status).toBe(200);
  });

  test.each([
    ['GET /%ff%fe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', /^HTTP\/1.1 404/],
    ['GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', /^HTTP\/1.1 404/],
    ['GET http://else.where/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', /^HTTP\/1.1 (200|404)/],
    ['GET /api/things?limit=\xff HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', /^HTTP\/1.1 4/],
    [`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, /^HTTP\/1.1 431/],
    ['BREW /coffee HTTP/1.1\r\nHost: a\r\n\r\n', /^HTTP\/1.1 400/],
    ['nonsense\r\n\r\n', /^HTTP\/1.1 400/],
  ])('%.50j', async (text, expected) => {
    const { port } = app.server.address() as AddressInfo;
    const answer = await new Promise<string>((resolve, reject) => {
      let heard = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
      socket.on('data', (data) => (heard += String(data)));
      socket.on('close', () => resolve(heard)).on('error', reject);
    });
    expect(answer).toMatch(expected);
  });

  test('closing lets an answer end and does not wait for idle connections', async () => {
    const closing = await toyApp();
    const base = await closing.listen({ port: 0, host: '127.0.0.1' });
    await (await fetch(`${base}/health`)).text();
    const started = performance.now();
    await closing.close();
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
