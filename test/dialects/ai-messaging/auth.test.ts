// Signing up, in and out, one's own account, and what each kind of token is good for afterwards.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { makeSuperuser, register, signIn, type Person } from './people.ts';

let server: TestServer;
let alice: Person;
let bob: Person;
beforeAll(async () => {
  server = await startTestServer();
  alice = await register(server, 'alice');
  bob = await register(server, 'bob');
});
afterAll(() => server.close());

const post = (path: string, body: unknown, token?: string) =>
  call(server, 'POST', path, { body, ...(token !== undefined && { token }) });

describe('registering', () => {
  it('answers the user and the tokens, at once signed in', async () => {
    const { status, body } = await post('/auth/register', {
      username: 'Carol',
      email: 'Carol@EXAMPLE.com',
      password: 'x',
      full_name: 'Carol C',
      phone_number: '',
      is_superuser: true,
      nonsense: 1,
    });
    expect(status).toBe(201);
    const { access_token, refresh_token, token_type, user, ...bare } = body;
    expect(user).toEqual(bare);
    expect(Object.keys(bare)).toEqual([
      'id',
      'username',
      'email',
      'full_name',
      'bio',
      'phone_number',
      'is_active',
      'is_superuser',
      'created_at',
      'updated_at',
    ]);
    expect(bare).toMatchObject({
      username: 'Carol',
      email: 'Carol@example.com',
      full_name: 'Carol C',
      bio: null,
      phone_number: null,
      is_active: true,
      is_superuser: false,
    });
    expect(bare.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?$/);
    expect(token_type).toBe('bearer');
    expect(refresh_token).not.toBe(access_token);
    expect((await call(server, 'GET', '/auth/me', { token: access_token })).body).toEqual(user);
  });

  it('gives tokens with the claims that the product knows', () => {
    const claims = JSON.parse(Buffer.from(alice.token.split('.')[1]!, 'base64url').toString());
    expect(claims).toMatchObject({ sub: String(alice.id), username: alice.username, type: 'access' });
    expect(claims.exp - claims.iat).toBe(1800);
    const refresh = JSON.parse(Buffer.from(alice.refreshToken.split('.')[1]!, 'base64url').toString());
    expect(refresh).toMatchObject({ sub: String(alice.id), type: 'refresh' });
    expect(refresh.exp - refresh.iat).toBe(604_800);
    expect(refresh.jti).not.toBe(claims.jti);
  });

  it.each([
    [400, 'username', { email: 'new@example.com' }],
    [400, 'email', { username: 'somebody-new' }],
    [422, undefined, { email: 'a@b' }],
    [422, undefined, { email: 'a@b..c' }],
    [422, undefined, { email: '@example.com' }],
    [422, undefined, { email: 'a b@example.com' }],
    [422, undefined, { email: 'a@b@example.com' }],
    [422, undefined, { username: 7 }],
    [422, undefined, { username: 'x'.repeat(101) }],
    [422, undefined, { phone_number: '1'.repeat(21) }],
    [400, 'reserved', { username: 'user_aaaaaaaaaaaa', email: 'reserved@example.com' }],
  ])('is refused with %i (%s) for %j', async (status, word, change) => {
    const taken = { username: alice.username, email: `${alice.username}@example.com`, password: 'x' };
    const answer = await post('/auth/register', { ...taken, ...change });
    expect(answer.status).toBe(status);
    if (word) expect(answer.body.detail.toLowerCase()).toContain(word);
    else expect(Array.isArray(answer.body.detail)).toBe(true);
  });

  it('is refused for a phone that somebody has', async () => {
    const phone_number = '+15550001111';
    await alice.call('PUT', '/auth/me/phone', { phone_number });
    const answer = await post('/auth/register', {
      username: 'p1',
      email: 'p1@example.com',
      password: 'x',
      phone_number,
    });
    expect(answer.status).toBe(400);
    await alice.call('PUT', '/auth/me/phone', { phone_number: '' });
  });

  it('says which fields are missing', async () => {
    const { body } = await post('/auth/register', {});
    const missing = body.detail.map((issue: { type: string; loc: string[] }) => `${issue.type} ${issue.loc.join('.')}`);
    expect(missing).toEqual(['missing body.username', 'missing body.email', 'missing body.password']);
  });
});

describe('signing in', () => {
  it('works with the username as it is spelled, any number of times at once', async () => {
    const several = await Promise.all([1, 2, 3].map(() => signIn(server, bob)));
    expect(new Set(several.map((one) => one.refreshToken)).size).toBe(3);
    for (const one of several) expect((await one.call('GET', '/auth/me')).status).toBe(200);
  });

  it.each([
    ['an unknown name', () => ({ username: 'nobody', password: 'x' })],
    ['a wrong password', () => ({ username: bob.username, password: 'x' })],
    ['an e-mail address', () => ({ username: `${bob.username}@example.com`, password: bob.password })],
    ['other letters', () => ({ username: bob.username.toUpperCase(), password: bob.password })],
  ])('is one and the same 401 for %s', async (_what, credentials) => {
    const { status, body, headers } = await post('/auth/login', credentials());
    expect([status, body]).toEqual([401, { detail: 'Incorrect username or password.' }]);
    expect(headers['www-authenticate']).toBe('Bearer');
  });

  it('takes JSON only, and ignores a bad token', async () => {
    const form = await call(server, 'POST', '/auth/login', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(form.status).toBe(422);
    const good = { username: bob.username, password: bob.password };
    expect((await post('/auth/login', good, 'undefined')).status).toBe(200);
  });

  it('accepts passwords longer than bcrypt reads', async () => {
    const long = 'ß'.repeat(60);
    await post('/auth/register', { username: 'longy', email: 'longy@example.com', password: long });
    expect((await post('/auth/login', { username: 'longy', password: long })).status).toBe(200);
    expect((await post('/auth/login', { username: 'longy', password: `${long}x` })).status).toBe(401);
  });
});

describe('refreshing', () => {
  it('works once, in the same second too; a second use ends the session', async () => {
    const one = await signIn(server, bob);
    const first = await post('/auth/refresh', { refresh_token: one.refreshToken });
    expect(first.status).toBe(200);
    expect(Object.keys(first.body)).toEqual(['access_token', 'refresh_token', 'token_type']);
    expect(first.body.refresh_token).not.toBe(one.refreshToken);
    expect((await call(server, 'GET', '/auth/me', { token: first.body.access_token })).status).toBe(200);
    expect((await one.call('GET', '/auth/me')).status).toBe(200);

    expect((await post('/auth/refresh', { refresh_token: one.refreshToken })).status).toBe(401);
    expect((await post('/auth/refresh', { refresh_token: first.body.refresh_token })).status).toBe(401);
    expect((await call(server, 'GET', '/auth/me', { token: first.body.access_token })).status).toBe(401);
  });

  it('gives one of two who come at once nothing', async () => {
    const one = await signIn(server, bob);
    const both = await Promise.all([1, 2].map(() => post('/auth/refresh', { refresh_token: one.refreshToken })));
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 401]));
  });

  it.each([
    ['an access token', () => bob.token],
    ['no token of ours', () => 'a.b.c'],
    ['an empty one', () => ''],
  ])('is refused for %s', async (_what, refresh_token) => {
    expect((await post('/auth/refresh', { refresh_token: refresh_token() })).status).toBe(401);
  });

  it('is refused for a token of another product', async () => {
    const registered = await post('/api/auth/register', { phone_number: '+15559990000', display_name: 'Ursula' });
    expect((await post('/auth/refresh', { refresh_token: registered.body.refresh_token })).status).toBe(401);
    expect((await call(server, 'GET', '/auth/me', { token: registered.body.token })).body).toMatchObject({
      full_name: 'Ursula',
      email: expect.stringMatching(/^user_[a-z2-7]{12}@users\.invalid$/),
    });
  });

  it('is refused while disabled, and works when enabled again', async () => {
    const root = await makeSuperuser(server);
    const one = await signIn(server, bob);
    await root.call('PUT', `/auth/users/${bob.id}/disable`);
    expect((await post('/auth/refresh', { refresh_token: one.refreshToken })).status).toBe(403);
    await root.call('PUT', `/auth/users/${bob.id}/enable`);
    expect((await post('/auth/refresh', { refresh_token: one.refreshToken })).status).toBe(200);
  });
});

describe('signing out', () => {
  it('ends this session and no other', async () => {
    const [here, there] = [await signIn(server, bob), await signIn(server, bob)];
    expect((await here.call('POST', '/auth/logout')).body).toEqual({ message: expect.any(String) });
    expect((await here.call('GET', '/auth/me')).status).toBe(401);
    expect((await post('/auth/refresh', { refresh_token: here.refreshToken })).status).toBe(401);
    expect((await there.call('GET', '/auth/me')).status).toBe(200);
  });

  it('uses up a refresh token of one’s own that comes along, and no stranger’s', async () => {
    const [here, there, again] = [await signIn(server, bob), await signIn(server, bob), await signIn(server, bob)];
    const mallory = await register(server, 'mallory');
    expect((await mallory.call('POST', '/auth/logout', { refresh_token: there.refreshToken })).status).toBe(200);
    expect((await here.call('POST', '/auth/logout', { refresh_token: there.refreshToken })).status).toBe(200);
    expect((await post('/auth/refresh', { refresh_token: there.refreshToken })).status).toBe(401);
    expect((await again.call('POST', '/auth/logout', {})).status).toBe(422);
    expect((await again.call('POST', '/auth/logout', { refresh_token: 'unknown' })).status).toBe(200);
  });

  it('everywhere ends all sessions of every product, and nobody else’s', async () => {
    const [here, there] = [await signIn(server, bob), await signIn(server, bob)];
    expect((await here.call('POST', '/auth/logout-all')).status).toBe(200);
    for (const one of [here, there]) {
      expect((await one.call('GET', '/auth/sessions')).status).toBe(401);
      expect((await post('/auth/refresh', { refresh_token: one.refreshToken })).status).toBe(401);
    }
    expect((await alice.call('GET', '/auth/me')).status).toBe(200);
    bob = await signIn(server, bob);
    expect((await bob.call('GET', '/auth/sessions')).body).toHaveLength(1);
  });
});

describe('sessions', () => {
  it('are listed with device and address, and ended one by one by their owner alone', async () => {
    const carol = await register(server, 'carol');
    const phone = await signIn(server, carol, { 'user-agent': 'x'.repeat(300) });
    const { body } = await carol.call('GET', '/auth/sessions');
    expect(body).toEqual([
      expect.objectContaining({ user_id: carol.id, is_active: true, ip_address: '127.0.0.1' }),
      expect.objectContaining({ device_info: 'x'.repeat(255) }),
    ]);
    expect(Date.parse(body[0].expires_at) - Date.parse(body[0].created_at)).toBe(604_800_000);

    const other = body[1].id;
    const mallory = await register(server, 'mallory');
    const root = await makeSuperuser(server);
    for (const stranger of [mallory, root]) {
      expect((await stranger.call('DELETE', `/auth/sessions/${other}`)).status).toBe(404);
    }
    expect((await carol.call('DELETE', `/auth/sessions/${other}`)).status).toBe(200);
    expect((await carol.call('DELETE', `/auth/sessions/${other}`)).status).toBe(404);
    expect((await phone.call('GET', '/auth/me')).status).toBe(401);
    expect((await post('/auth/refresh', { refresh_token: phone.refreshToken })).status).toBe(401);
    expect((await carol.call('GET', '/auth/sessions')).body).toHaveLength(1);
  });
});

describe('one’s own account', () => {
  it('is changed where something is given, and nowhere else', async () => {
    const carol = await register(server, 'carol');
    const before = (await carol.call('GET', '/auth/me')).body;
    expect((await carol.call('PUT', '/auth/me', {})).body).toEqual(before);
    expect((await carol.call('PUT', '/auth/me')).status).toBe(422);
    const ignored = { username: 'x', email: 'x@example.com', is_superuser: true, full_name: null };
    expect((await carol.call('PUT', '/auth/me', ignored)).body).toEqual(before);

    const changed = (
      await carol.call('PUT', '/auth/me', { full_name: 'C', bio: '<b>ü</b>', phone_number: '+1 (555) 2' })
    ).body;
    expect(changed).toMatchObject({ full_name: 'C', bio: '<b>ü</b>', phone_number: '+1 (555) 2' });
    expect(changed.updated_at > before.updated_at).toBe(true);
    expect((await carol.call('PUT', '/auth/me', { full_name: 'C' })).body).toEqual(changed);
    expect((await carol.call('PUT', '/auth/me', { phone_number: '' })).body).toMatchObject({ phone_number: null });
    expect((await carol.call('PUT', '/auth/me', { full_name: '' })).body).toMatchObject({ full_name: '' });
    expect((await carol.call('PUT', '/auth/me', { full_name: 5 })).status).toBe(422);
  });

  it('has a phone number of its own', async () => {
    const [carol, dave] = [await register(server, 'carol'), await register(server, 'dave')];
    const phone_number = '+15551234567';
    expect((await carol.call('PUT', '/auth/me/phone', { phone_number })).body).toMatchObject({ phone_number });
    for (const path of ['/auth/me', '/auth/me/phone']) {
      expect((await dave.call('PUT', path, { phone_number })).status).toBe(400);
    }
    expect((await dave.call('PUT', '/auth/me/phone', {})).status).toBe(422);
    expect((await carol.call('PUT', '/auth/me/phone', { phone_number: '' })).body.phone_number).toBeNull();
    expect((await dave.call('PUT', '/auth/me/phone', { phone_number })).status).toBe(200);
  });

  it('gets a new password, which ends every session but this', async () => {
    const carol = await register(server, 'carol');
    const elsewhere = await signIn(server, carol);
    const wrong = { current_password: 'x', new_password: 'new' };
    expect((await carol.call('PUT', '/auth/me/password', wrong)).status).toBe(400);
    const right = { current_password: carol.password, new_password: 'new-secret' };
    expect((await carol.call('PUT', '/auth/me/password', right)).status).toBe(200);
    expect((await carol.call('GET', '/auth/me')).status).toBe(200);
    expect((await elsewhere.call('GET', '/auth/me')).status).toBe(401);
    expect((await post('/auth/login', { username: carol.username, password: carol.password })).status).toBe(401);
    await signIn(server, { username: carol.username, password: 'new-secret' });
  });
});
