// In which order a request is judged, for every route; and that nothing hostile is ever a fault.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { makeSuperuser, register, say, type Person } from './people.ts';

let server: TestServer;
let root: Person;
let alice: Person;
let barred: Person;
beforeAll(async () => {
  server = await startTestServer();
  root = await makeSuperuser(server);
  alice = await register(server, 'alice');
  barred = await register(server, 'barred');
  await root.call('PUT', `/auth/users/${barred.id}/disable`);
});
afterAll(() => server.close());

type Route = readonly [method: string, good: string, bad: string | null, body?: unknown];

/** Every protected route with something that validation refuses; null: there is nothing to refuse. */
const routes: readonly Route[] = [
  ['POST', '/auth/logout', '/auth/logout', {}],
  ['POST', '/auth/logout-all', null],
  ['GET', '/auth/me', null],
  ['PUT', '/auth/me', '/auth/me', { full_name: 1 }],
  ['PUT', '/auth/me/phone', '/auth/me/phone', {}],
  ['PUT', '/auth/me/password', '/auth/me/password', {}],
  ['GET', '/auth/sessions', null],
  ['DELETE', '/auth/sessions/1', '/auth/sessions/x'],
  ['GET', '/auth/conversations', null],
  ['GET', '/auth/conversations/x/messages', '/auth/conversations/x/messages?skip=x'],
  ['POST', '/auth/conversations/x/messages', '/auth/conversations/x/messages', {}],
  ['PUT', '/auth/conversations/x/read', null],
  ['GET', '/messages', '/messages?limit=x'],
  ['GET', '/messages/sent', '/messages/sent?limit=x'],
  ['GET', '/messages/received', '/messages/received?unread_only=x'],
  ['GET', '/messages/1', '/messages/x'],
  ['POST', '/messages', '/messages', {}],
  ['PUT', '/messages/1', '/messages/x', {}],
  ['PUT', '/messages/1/read', '/messages/x/read'],
  ['DELETE', '/messages/1', '/messages/x'],
  ['GET', '/messages/unread/count', null],
  ['PUT', '/messages/read-all', null],
  ['POST', '/reports', '/reports', {}],
  ['GET', '/reports', null],
  ['GET', '/reports/1', '/reports/x'],
  ['PUT', '/reports/1', '/reports/x', {}],
];
const superuserRoutes: readonly Route[] = [
  ['GET', '/auth/users', '/auth/users?skip=-1'],
  ['GET', '/auth/users/1', '/auth/users/x'],
  ['POST', '/auth/users', '/auth/users', {}],
  ['DELETE', '/auth/users/1', '/auth/users/x'],
  ['PUT', '/auth/users/1/disable', '/auth/users/x/disable'],
  ['PUT', '/auth/users/1/enable', '/auth/users/x/enable'],
  ['PUT', '/auth/users/1/superuser', '/auth/users/x/superuser'],
  ['PUT', '/auth/users/1/roles', '/auth/users/1/roles', {}],
  ['GET', '/auth/users/1/roles', '/auth/users/x/roles'],
  ['GET', '/auth/roles', null],
  ['POST', '/auth/roles', '/auth/roles', {}],
  ['DELETE', '/auth/roles/1', '/auth/roles/x'],
  ['GET', '/reports/admin/all', null],
  ['POST', '/reports/1/comment', '/reports/1/comment', {}],
  ['PUT', '/reports/1/resolve', '/reports/x/resolve', {}],
];

const every = [...routes, ...superuserRoutes].map((route) => ({ name: `${route[0]} ${route[1]}`, route }));

const json = { 'content-type': 'application/json' };

async function raw(method: string, path: string, payload: string, headers: Record<string, string> = json) {
  const answer = await server.app.inject({ method: method as 'POST', url: path, payload, headers });
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
}

describe('every route', () => {
  it.each(every)('$name', async ({ route: [method, good, bad, body] }) => {
    const path = bad ?? good;
    const options = { ...(body !== undefined && { body }) };
    const isSuperusers = superuserRoutes.some(([each, url]) => each === method && url === good);

    if (method === 'POST' || method === 'PUT') {
      const broken = await raw(method, path, '{"a":');
      expect([broken.status, broken.body.detail[0].type]).toEqual([422, 'json_invalid']);
    }
    for (const authorization of ['', 'Bearer undefined', 'Basic abc', `Bearer ${alice.refreshToken}`]) {
      const answer = await call(server, method, path, { ...options, headers: { authorization } });
      expect(answer.status, authorization).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expect(typeof answer.body.detail).toBe('string');
    }
    expect((await barred.call(method, path, body)).status).toBe(403);
    if (isSuperusers) expect((await alice.call(method, path, body)).status).toBe(403);
    if (bad === null) return;
    const invalid = await (isSuperusers ? root : alice).call(method, path, body);
    expect(invalid.status).toBe(422);
    expect(invalid.body.detail[0]).toMatchObject({
      type: expect.any(String),
      loc: expect.any(Array),
      msg: expect.any(String),
    });
  });

  it('that exists is in a list here or public, and described', () => {
    const { paths } = server.app.swagger() as unknown as {
      paths: Record<string, Record<string, { operationId: string; tags: string[] }>>;
    };
    const mine = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, operation]) => operation.tags.includes('ai-messaging'))
        .map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, id: operation.operationId })),
    );
    expect(mine.every(({ id }) => id.startsWith('ai'))).toBe(true);
    const open = [
      'POST /auth/register',
      'POST /auth/login',
      'POST /auth/refresh',
      'POST /twilio_webhook',
      'GET /db-test',
    ];
    expect(mine).toHaveLength(routes.length + superuserRoutes.length + open.length);
    // With `/` and `/health`, which are the server's: the 46 of the document, PUT /auth/me/phone and the webhook.
    expect(mine).toHaveLength(46 - 2 + 2);
  });
});

describe('manners', () => {
  it('accepts a scheme in any letters', async () => {
    const headers = { authorization: `bEARER ${alice.token}` };
    expect((await call(server, 'GET', '/auth/me', { headers })).status).toBe(200);
  });

  it('says what is wrong with a method or a path', async () => {
    const wrong = await call(server, 'PATCH', '/messages/1', { headers: {} });
    expect([wrong.status, wrong.body.detail]).toEqual([405, 'Method Not Allowed']);
    expect(wrong.headers['allow']).toContain('DELETE');
    expect((await call(server, 'GET', '/messages/1/2/3')).body.detail).toBe('Not Found');
    expect((await alice.call('GET', '/messages/')).status).toBe(200);
  });

  it('lets pages of any origin call these paths, and no others', async () => {
    const ask = (url: string) =>
      server.app.inject({
        method: 'OPTIONS',
        url,
        headers: {
          origin: 'https://anywhere.example',
          'access-control-request-method': 'PUT',
          'access-control-request-headers': 'authorization',
        },
      });
    for (const url of ['/auth/login', '/messages', '/messages/read-all', '/reports/admin/all', '/db-test']) {
      const { statusCode, headers } = await ask(url);
      expect([statusCode, headers['access-control-allow-origin'], headers['access-control-max-age']]).toEqual([
        200,
        'https://anywhere.example',
        '600',
      ]);
      expect(headers['access-control-allow-credentials']).toBe('true');
    }
    expect((await ask('/api/auth/me')).headers['access-control-allow-origin']).not.toBe('https://anywhere.example');
  });

  it('answers the service paths', async () => {
    expect((await call(server, 'GET', '/db-test')).body).toEqual({ status: 'database connection working' });
    expect((await call(server, 'GET', '/')).body).toMatchObject({ message: 'Hello World', docs: '/docs' });
    expect((await call(server, 'GET', '/health')).body).toMatchObject({ status: 'healthy' });
  });

  it('needs JSON where it needs a body', async () => {
    const sent = JSON.stringify({ recipient_id: alice.id, content: 'x' });
    const answer = await raw('POST', '/messages', sent, {
      'content-type': 'text/plain',
      authorization: `Bearer ${alice.token}`,
    });
    expect(answer.status).toBe(422);
  });
});

describe('hostile input', () => {
  const nasty = [
    '\0',
    '\ud800',
    '%',
    '__proto__',
    "'; drop table messages; --",
    '9'.repeat(400),
    '-1',
    '1e309',
    '9007199254740993',
    '0x10',
    'NaN',
    '١٢٣',
    'x'.repeat(5_000),
  ];
  const values: unknown[] = [
    ...nasty,
    null,
    true,
    [],
    {},
    [[]],
    1e308,
    -1,
    0,
    Number.MAX_SAFE_INTEGER,
    { constructor: { prototype: 1 } },
  ];

  it.each(every)('$name is never a fault', async ({ route: [method, path] }) => {
    const person = superuserRoutes.some(([each, url]) => each === method && url === path) ? root : alice;
    if (path.startsWith('/auth/logout')) return;
    const used = await register(server, 'used');
    const safe = path.replace('/1', `/${used.id}`);
    for (const value of nasty) {
      const odd = encodeURIComponent(Buffer.from(value).toString());
      await person.call(
        method,
        path.replace(/\/(1|x)(?=\/|$)/, `/${odd}`),
        method === 'GET' || method === 'DELETE' ? undefined : {},
      );
      if (method === 'GET')
        await person.call(method, `${path}?skip=${odd}&limit=${odd}&unread_only=${odd}&status_filter=${odd}`);
    }
    if (method !== 'POST' && method !== 'PUT') return;
    const names = [
      'recipient_id',
      'content',
      'conversation_id',
      'parent_id',
      'title',
      'comment',
      'status',
      'message_id',
      'user_id',
      'role_ids',
      'name',
      'description',
      'full_name',
      'bio',
      'phone_number',
      'is_superuser',
      'username',
      'email',
      'password',
      'current_password',
      'new_password',
    ];
    for (const value of values) {
      await person.call(method, safe, Object.fromEntries(names.map((name) => [name, value])));
      await person.call(method, safe, value);
    }
  });

  it('leaves no trace of a password in what is answered or logged', async () => {
    const body = { username: 5, email: 'x', password: 'very-secret-word' };
    expect(JSON.stringify((await call(server, 'POST', '/auth/register', { body })).body)).not.toContain(
      'very-secret-word',
    );
    expect(server.logged.join('')).not.toContain('very-secret-word');
  });

  it('has left everything in order', async () => {
    expect((await say(alice, root, 'still here')).content).toBe('still here');
  });
});
