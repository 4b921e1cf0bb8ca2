// NeruTalk's contract, table-driven: languages, chats, messages and the socket as its clients write and read them.

import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { Socket } from '../../../src/dialects/dialect.ts';
import { createTyping } from '../../../src/dialects/nerutalk/typing.ts';
import { call } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { api, follow, listen, makeGroup, no, ok, openPrivate, register, send, type Ears, type Neru } from './people.ts';

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
      reply_to_sender: 'bob',
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

  test.each(['text', 'image', 'video', 'file', 'sticker', 'audio', 'gif', 'location', 'contact'])(
    'a %s is sent as one',
    async (message_type) => {
      const { id: chat } = await openPrivate(bob, mallory);
      const letter = { content: 'x', message_type, metadata: { deep: { list: [1, null] } } };
      const sent = await ok(bob.call('POST', `/chats/${chat}/messages`, letter));
      expect(sent).toMatchObject({ message_type, metadata: JSON.stringify(letter.metadata) });
    },
  );

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

/** What is next said of this person: others may have left a moment ago. */
async function statusOf(ears: Ears, person: Neru): Promise<object> {
  const { data } = await ears.next('user_status');
  return data.user_id === person.id ? data : statusOf(ears, person);
}

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

  it('ends typing that nobody ends', async () => {
    const { id: chat } = await openPrivate(bob, carol);
    const hers = await carol.connect();
    await follow(hers, chat);
    const member = await server.messenger.authenticate(bob.token);
    const typing = createTyping(server.messenger, 20);
    await typing.set({ member } as Socket, chat, true);
    for (const is_typing of [true, false]) {
      expect((await hers.next('typing_indicator')).data).toEqual({ chat_id: chat, user_id: bob.id, is_typing });
    }
    await hers.close();
  });

  it('tells the room who comes and goes, and whoever shares a chat who is here', async () => {
    const frank = await register(server, 'frank');
    const { id: chat } = await makeGroup(frank, 'Room', carol);
    const hers = await carol.connect();
    hers.say('join_chat', { chat_id: chat });
    await hers.next('chat_joined');
    const his = await frank.connect();
    expect(await statusOf(hers, frank)).toMatchObject({ is_online: true, status: 'online' });
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
    expect(await statusOf(hers, frank)).toMatchObject({ is_online: false, status: 'offline' });
    await hers.close();
  });
});
