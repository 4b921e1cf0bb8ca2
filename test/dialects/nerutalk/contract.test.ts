// NeruTalk's contract, table-driven: languages, accounts, chats and messages as its clients write and read them.

import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { call } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { api, listen, makeGroup, neru, no, ok, openPrivate, register, send, type Neru } from './people.ts';

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

describe('the language', () => {
  test.each([
    [{}, 'en'],
    [{ 'x-language': 'ID' }, 'id'],
    [{ 'x-language': 'ja', 'accept-language': 'ko' }, 'ko'],
    [{ 'x-language': 'cn', 'accept-language': 'ko' }, 'cn'],
    [{ 'accept-language': 'fr;q=1,id;q=0.2,ja-JP;q=0.9' }, 'jp'],
    [{ 'accept-language': 'zh-TW' }, 'cn'],
    [{ 'accept-language': '*' }, 'en'],
  ])('of %o is %s', async (headers, code) => {
    const { body, headers: answered } = await ask('GET', '/language/current', undefined, headers);
    expect([body.language, answered['x-content-language']]).toEqual([code, code]);
  });

  it('is that of errors too', async () => {
    const { body, headers } = await ask('GET', '/profile', undefined, { 'x-language': 'jp' });
    expect(body).toMatchObject({ language: 'jp' });
    expect(body.message).not.toBe('Please sign in');
    expect(headers).toMatchObject({ 'x-content-language': 'jp', 'www-authenticate': 'Bearer' });
  });

  it('names all five, in its own words', async () => {
    const { body } = await ask('GET', '/languages', undefined, { 'x-language': 'cn' });
    expect(body.supported_languages.map((one: { code: string }) => one.code)).toEqual(['en', 'id', 'jp', 'ko', 'cn']);
    expect(body.supported_languages[2]).toEqual({ code: 'jp', name: '日语', native_name: '日本語' });
    expect(body).toMatchObject({ current_language: 'cn', default_language: 'en' });
    expect(Object.keys((await ask('GET', '/language/test')).body.translations)).toHaveLength(7);
  });
});

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

describe('chats and messages', () => {
  test.each([
    ['nobody', { participant_ids: [] }, 422],
    ['no list', {}, 422],
    ['no UUID', { participant_ids: ['bob'] }, 422],
    ['an unknown one', { participant_ids: ['00000000-0000-4000-8000-000000000000'] }, 400],
    ['a group without a name', { chat_type: 'group', participant_ids: ['$carol'] }, 422],
    ['two in private', { participant_ids: ['$carol', '$mallory'] }, 400],
    ['oneself', { participant_ids: ['$bob'] }, 400],
    ['another type', { chat_type: 'channel', participant_ids: ['$carol'] }, 422],
  ])('are not made with %s', async (_what, body, status) => {
    const filled = JSON.stringify(body)
      .replace('$bob', bob.id)
      .replace('$carol', carol.id)
      .replace('$mallory', mallory.id);
    expect((await no(bob.call('POST', '/chats', JSON.parse(filled))))[0]).toBe(status);
  });

  it('are listed latest first, with their totals', async () => {
    const first = await makeGroup(bob, 'First', carol);
    const second = await makeGroup(bob, 'Second', carol);
    await send(carol, first.id, 'hello');
    const page = await ok(bob.call('GET', '/chats?limit=1'));
    expect(page).toMatchObject({ total_count: 2, chats: [{ id: first.id, unread_count: 1 }] });
    expect(page.chats[0].last_message).toMatchObject({ content: 'hello', sender_id: carol.id });
    expect((await ok(bob.call('GET', '/chats?offset=1'))).chats[0].id).toBe(second.id);
    for (const query of ['limit=0', 'limit=101', 'offset=-1', 'limit=x']) {
      expect((await bob.call('GET', `/chats?${query}`)).status).toBe(422);
    }
  });

  it('messages come by pages, and quote each other', async () => {
    const { id: chat } = await openPrivate(bob, carol);
    const first = await send(bob, chat, 'one');
    const reply = await send(carol, chat, 'two', { reply_to_id: String(first.id), metadata: '{"a":1}' });
    expect(reply).toMatchObject({
      reply_to_id: first.id,
      reply_to_content: 'one',
      reply_to_sender: 'Bob B.',
      reply_to_message: { id: first.id, content: 'one', created_at: first.created_at },
      metadata: '{"a":1}',
    });
    await send(bob, chat, 'three');
    const path = `/chats/${chat}/messages`;
    const page = await ok(bob.call('GET', `${path}?limit=2`));
    expect(page).toMatchObject({ total_count: 3, page: 1, page_size: 2, has_next: true, has_prev: false });
    expect(page.messages.map((one: { content: string }) => one.content)).toEqual(['three', 'two']);
    const next = await ok(bob.call('GET', `${path}?limit=2&offset=2`));
    expect(next).toMatchObject({ page: 2, has_next: false, has_prev: true, messages: [{ content: 'one' }] });
    const older = await ok(bob.call('GET', `${path}?before_message_id=${reply.id}`));
    expect(older.messages).toMatchObject([{ content: 'one' }]);

    const file = {
      message_type: 'document',
      file_url: 'https://example.org/a.pdf',
      file_name: 'a.pdf',
      file_size: '7',
    };
    expect(await ok(bob.call('POST', path, file))).toMatchObject({
      message_type: 'file',
      content: null,
      file_name: 'a.pdf',
      file_size: 7,
    });
    expect((await ok(carol.call('POST', `${path}/mark-read?up_to_message_id=${first.id}`))).message).toBe(
      'Message read',
    );
    expect((await ok(carol.call('GET', `/chats/${chat}`))).unread_count).toBe(2);
    await ok(carol.call('POST', `${path}/mark-read`));
    expect((await ok(carol.call('GET', `/chats/${chat}`))).unread_count).toBe(0);
  });

  test.each([
    [{}, 422],
    [{ content: ' ' }, 422],
    [{ content: 7 }, 422],
    [{ content: 'x', message_type: 'system' }, 422],
    [{ content: 'x', metadata: 'no json' }, 422],
    [{ content: 'x', metadata: [1] }, 422],
    [{ content: 'x', reply_to_id: 'abc' }, 422],
    [{ content: 'x', reply_to_id: 999_999_999 }, 400],
    [{ content: 'a\0b' }, 422],
  ])('%o is not sent: %d', async (body, status) => {
    const { id: chat } = await openPrivate(bob, mallory);
    expect((await no(bob.call('POST', `/chats/${chat}/messages`, body)))[0]).toBe(status);
  });

  it('a retry with a key is the same message', async () => {
    const { id: chat } = await openPrivate(bob, mallory);
    const once = () => bob.call('POST', `/chats/${chat}/messages`, { content: 'once' }, { 'idempotency-key': 'k1' });
    expect((await ok(once())).id).toBe((await ok(once())).id);
  });

  test.each([
    ['GET', '/chats/abc', 422],
    ['GET', '/chats/999999999', 404],
    ['GET', '/chats/99999999999999999999', 422],
    ['GET', '/chats/00000000-0000-4000-8000-000000000000', 404],
    ['PUT', '/messages/abc/read', 422],
    ['PUT', '/messages/999999999/read', 404],
    ['DELETE', '/chats/1/messages/999999999', 404],
    ['GET', '/chats/%00', 422],
    ['GET', "/chats/1'--", 422],
  ])('%s %s is %d', async (method, path, status) => {
    expect((await no(bob.call(method, path)))[0]).toBe(status);
  });

  it('only the sender changes a message, and only there', async () => {
    const { id: chat } = await openPrivate(bob, carol);
    const other = await openPrivate(bob, mallory);
    const { id } = await send(bob, chat, 'mine');
    expect((await no(carol.call('PUT', `/chats/${chat}/messages/${id}`, { content: 'yours' })))[0]).toBe(404);
    expect((await no(bob.call('PUT', `/chats/${other.id}/messages/${id}`, { content: 'elsewhere' })))[0]).toBe(404);
    expect((await no(mallory.call('DELETE', `/chats/${chat}/messages/${id}`)))[0]).toBe(403);
  });
});

describe('the socket', () => {
  it('refuses a bad token with 4001', async () => {
    expect((await listen(server, 'nonsense').closed).code).toBe(4001);
    expect((await listen(server, bob.refreshToken).closed).code).toBe(4001);
  });

  it('answers every bad frame with an error, in the wanted language, and stays open', async () => {
    const ears = await bob.connect('&lang=ko');
    for (const text of [
      '',
      '{',
      '7',
      'null',
      '[]',
      '{}',
      '{"type":7}',
      '{"type":"constructor"}',
      '{"type":"no_such"}',
    ]) {
      ears.raw(text);
      expect(await ears.next('error')).toMatchObject({ language: 'ko', data: { message: expect.any(String) } });
    }
    for (const data of [
      {},
      { chat_id: 'x' },
      { chat_id: {} },
      { chat_id: 1e300 },
      { chat_id: 999_999_999 },
      { chat_id: '\0' },
    ]) {
      for (const type of ['join_chat', 'leave_chat', 'typing_indicator', 'message_read']) {
        ears.say(type, data, 'en');
        expect(await ears.next('error')).toMatchObject({ language: 'en', data: { request_type: type } });
      }
    }
    await ears.settled();
    await ears.close();
  });

  it('tells the room who comes and goes, and whoever shares a chat who is here', async () => {
    const frank = await register(server, 'frank');
    const { id: chat } = await makeGroup(frank, 'Room', carol);
    const hers = await carol.connect();
    hers.say('join_chat', { chat_id: chat });
    await hers.next('chat_joined');
    const his = await frank.connect();
    expect((await hers.next('user_status')).data).toMatchObject({
      user_id: frank.id,
      is_online: true,
      status: 'online',
    });
    his.say('join_chat', { chat_id: chat });
    expect((await hers.next('user_joined_chat')).data).toEqual({ chat_id: chat, user_id: frank.id });
    const sent = await send(carol, chat, 'read me');
    expect((await his.next('new_message')).data.id).toBe(sent.id);
    his.say('message_read', { chat_id: chat, message_id: sent.id });
    expect((await hers.next('message_read')).data).toMatchObject({ message_id: sent.id, user_id: frank.id });
    his.say('leave_chat', { chat_id: chat });
    await his.next('chat_left');
    expect((await hers.next('user_left_chat')).data).toEqual({ chat_id: chat, user_id: frank.id });
    await send(carol, chat, 'unheard');
    await his.settled();
    expect(his.heard.filter(({ type }) => type === 'new_message')).toEqual([]);
    expect(hers.heard.filter(({ type }) => type === 'new_message')).toEqual([]);
    await his.close();
    expect((await hers.next('user_status')).data).toMatchObject({ user_id: frank.id, is_online: false });
    await hers.close();
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
