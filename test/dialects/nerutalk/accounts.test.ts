// NeruTalk's accounts: registering, signing in, the profile, settings, and leaving.

import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { call } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { api, neru, no, ok, openPrivate, register, send, type Neru } from './people.ts';

let server: TestServer;
let bob: Neru;
let carol: Neru;
let mallory: Neru;

beforeAll(async () => {
  server = await startTestServer();
  bob = await register(server, 'bob');
  carol = await register(server, 'carol');
  mallory = await register(server, 'mallory');
});
afterAll(() => server.close());

const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  call(server, method, `${api}${path}`, { ...(body !== undefined && { body }), headers });

describe('an account', () => {
  it('is registered with as little as the client’s form has', async () => {
    const form = { name: 'Dora', email: 'Dora.X@example.org', password: 'Secret123' };
    const { status, body } = await ask('POST', '/register', form);
    expect(status).toBe(201);
    expect(body).toMatchObject({ username: 'dora_x', display_name: 'Dora', full_name: 'Dora', expires_in: 1800 });
    expect(body.user).toMatchObject({ id: body.id, email: form.email, is_active: true, is_verified: false });
    const again = await ask('POST', '/register', { ...form, email: 'dora-x@example.org' });
    expect(again.body.username).toBe('dora_x1');
    expect(await no(ask('POST', '/register', form))).toEqual([400, 'This e-mail address is already in use']);
    expect(await no(ask('POST', '/register', { ...form, email: 'n@example.org', username: 'BOB' }))).toEqual([
      400,
      'This username is already taken',
    ]);
  });

  test.each([
    ['no body', undefined],
    ['no password', { email: 'x@example.org' }],
    ['no address', { email: 'x', password: 'Secret123' }],
    ['a short password', { email: 'x@example.org', password: 'Ab1' }],
    ['a weak password', { email: 'x@example.org', password: 'abcdefgh' }],
    ['two passwords', { email: 'x@example.org', password: 'Secret123', confirm_password: 'Secret124' }],
    ['a spaced username', { email: 'x@example.org', password: 'Secret123', username: 'x y z' }],
    ['a NUL', { email: 'x@example.org', password: 'Secret123', name: 'a\0b' }],
  ])('is not registered with %s', async (_what, body) => {
    const answer = await ask('POST', '/register', body);
    expect(answer.status).toBe(422);
    expect(answer.body.message).toBe('Some fields are not valid');
    expect(answer.body.detail[0]).toMatchObject({ loc: expect.any(Array), msg: expect.any(String) });
    expect(JSON.stringify(answer.body)).not.toContain('Secret12');
  });

  test.each([
    [{ email: 'BOB@example.org' }, 200],
    [{ email: 'Bob' }, 200],
    [{ username: 'bob' }, 200],
    [{ email: 'bob@example.org', password: 'Wrong1234' }, 401],
    [{ email: 'nobody@example.org' }, 401],
    [{}, 422],
  ])('signs in with %o: %d', async (given, status) => {
    const answer = await ask('POST', '/login', { password: 'Secret123', ...given });
    expect(answer.status).toBe(status);
    if (status === 401) expect(answer.body.message).toBe('Wrong e-mail or password');
  });

  it('refreshes, twice at once too, and not after signing out', async () => {
    const erin = await register(server, 'erin');
    const refresh = (refresh_token: string) => ask('POST', '/refresh-token', { refresh_token });
    const pairs = await Promise.all([refresh(erin.refreshToken), refresh(erin.refreshToken)]);
    expect(pairs.map(({ status }) => status)).toEqual([200, 200]);
    expect(pairs[0].body).toMatchObject({ token_type: 'bearer', expires_in: 1800 });
    expect(pairs[0].body.refresh_token).not.toBe(erin.refreshToken);
    expect((await refresh(erin.token)).status).toBe(401);
    expect((await ask('GET', '/profile', undefined, { authorization: `Bearer ${erin.refreshToken}` })).status).toBe(
      401,
    );
    expect((await ok(erin.call('POST', '/logout', { any: 'thing' }))).message).toBe('Signed out');
    expect((await refresh(pairs[1].body.refresh_token)).status).toBe(401);
    expect((await erin.call('GET', '/profile')).status).toBe(401);
  });

  it('is changed field by field, and cleared by an empty text', async () => {
    const change = {
      full_name: 'Bob B.',
      first_name: 'Bob',
      bio: 'hi',
      location: 'Here',
      website: 'https://example.org',
      date_of_birth: '2000-02-29',
      status: 'busy',
      status_message: 'later',
      username: 'other',
      is_active: false,
    };
    const before = await ok(bob.call('GET', '/profile'));
    const { username: _u, is_active: _a, date_of_birth: _d, status: _s, ...shown } = change;
    const after = await ok(bob.call('PUT', '/profile', change));
    expect(after).toMatchObject({ ...shown, display_name: 'Bob B.', username: 'bob', is_active: true });
    expect(after.date_of_birth).toBe('2000-02-29T00:00:00.000Z');
    expect(after.updated_at > before.updated_at).toBe(true);
    expect(await ok(bob.call('PUT', '/profile', {}))).toEqual(after);
    expect(await ok(bob.call('PUT', '/profile', { bio: '' }))).toMatchObject({ bio: null, location: 'Here' });
    expect((await bob.call('PUT', '/profile', { date_of_birth: 'yesterday' })).status).toBe(422);
    expect((await bob.call('PUT', '/profile', { status: 'asleep' })).status).toBe(422);
  });

  it('shows others no more than it should', async () => {
    const seen = await ok(carol.call('GET', `/users/${bob.id}/profile`));
    expect(seen).toMatchObject({ id: bob.id, email: 'bob@users.invalid', location: null, date_of_birth: null });
    expect((await ok(carol.call('GET', '/users/search?q=bob'))).map((one: { id: string }) => one.id)).toEqual([bob.id]);
    expect(await no(carol.call('GET', '/users/00000000-0000-4000-8000-000000000000/profile'))).toEqual([
      404,
      'User not found',
    ]);
    expect((await carol.call('GET', '/users/7/profile')).status).toBe(422);
  });
});

describe('settings', () => {
  const screens = [
    ['/settings/app', { theme: 'dark', font_size: 'large' }, { theme: 'neon' }],
    ['/settings/privacy', { who_can_call_me: 'nobody', read_receipts: false }, { read_receipts: 'no' }],
    ['/settings/security', { lock_timeout: 5, screen_lock: true }, { lock_timeout: -1 }],
    ['/settings/account', { allow_analytics: true }, { allow_analytics: 1 }],
  ] as const;

  test.each(screens)('%s keeps what it is given', async (path, change, wrong) => {
    const before = await ok(carol.call('GET', path));
    expect(before.user_id).toBe(carol.id);
    const after = await ok(carol.call('PUT', path, { ...change, user_id: bob.id, unknown: 1 }));
    expect(after).toEqual({ ...before, ...change });
    expect(await ok(carol.call('GET', path))).toEqual(after);
    expect((await no(carol.call('PUT', path, wrong)))[0]).toBe(422);
    expect(await ok(bob.call('GET', path))).not.toMatchObject(change);
  });

  it('a profile’s privacy says what others see', async () => {
    const grace = await register(server, 'grace', { phone_number: '+15550001111' });
    expect((await ok(bob.call('GET', `/users/${grace.id}/profile`))).email).toBe('grace@users.invalid');
    expect(await ok(grace.call('PUT', '/profile/privacy', { show_email: true }))).toMatchObject({ show_email: true });
    expect((await ok(bob.call('GET', `/users/${grace.id}/profile`))).email).toBe('grace@example.org');
  });

  it('a block is kept, holds, and is taken back', async () => {
    const { id: chat } = await openPrivate(bob, mallory);
    for (let time = 0; time < 2; time += 1) {
      await ok(bob.call('POST', '/settings/privacy/block', { user_id: mallory.id }));
    }
    expect((await ok(bob.call('GET', '/settings/privacy'))).blocked_users).toEqual([mallory.id]);
    const letter = { content: 'please' };
    expect(await no(mallory.call('POST', `/chats/${chat}/messages`, letter))).toEqual([
      403,
      'You cannot write to this person',
    ]);
    expect(await ok(mallory.call('GET', '/users/search?q=bob'))).toEqual([]);
    await ok(bob.call('POST', '/settings/privacy/unblock', { user_id: mallory.id }));
    await ok(mallory.call('POST', `/chats/${chat}/messages`, letter));
  });

  it('a password is changed by who knows it', async () => {
    const heidi = await register(server, 'heidi');
    const change = (current_password: string) =>
      heidi.call('POST', '/settings/security/change-password', { current_password, new_password: 'Other1234' });
    expect(await no(change('Wrong1234'))).toEqual([400, 'The current password is wrong']);
    await ok(change('Secret123'));
    expect((await ask('POST', '/login', { email: 'heidi', password: 'Secret123' })).status).toBe(401);
    expect((await ask('POST', '/login', { email: 'heidi', password: 'Other1234' })).status).toBe(200);
  });

  it('an account is left for a while, or for good', async () => {
    const ivan = await register(server, 'ivan');
    await send(ivan, (await openPrivate(ivan, carol)).id, 'I was here');
    expect(await ok(ivan.call('GET', '/profile/export'))).toMatchObject({
      profile: { id: ivan.id, email: 'ivan@example.org' },
      chats: [{ last_message: { content: 'I was here' } }],
    });
    expect((await ok(ivan.call('GET', '/settings/security/logs'))).logs).toMatchObject([{ action: 'login' }]);
    await ok(ivan.call('PUT', '/profile/deactivate', {}));
    expect((await ivan.call('GET', '/profile')).status).toBe(401);
    expect((await no(bob.call('POST', '/chats', { participant_ids: [ivan.id] })))[0]).toBe(400);
    const back = neru(server, await ok(ask('POST', '/login', { email: 'ivan', password: 'Secret123' })));
    await openPrivate(bob, ivan);
    await ok(back.call('DELETE', '/profile'));
    expect((await ask('POST', '/login', { email: 'ivan', password: 'Secret123' })).status).toBe(401);
    expect((await bob.call('GET', `/users/${ivan.id}/profile`)).status).toBe(404);
  });
});

it('a token of another product is good here', async () => {
  const { body } = await call(server, 'POST', '/api/v1/auth/login', {
    body: { username: 'bob', password: 'Secret123' },
  });
  const asPythian = neru(server, { ...body, user: { username: 'bob', id: bob.id } });
  expect((await ok(asPythian.call('GET', '/profile'))).id).toBe(bob.id);
});
