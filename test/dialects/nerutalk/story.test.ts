// One story, told by NeruTalk's bob and URGE's alice to each other: open, follow, write, type, read, change, leave.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signUp, type Ears as UrgeEars, type Person } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { follow, makeGroup, no, ok, openPrivate, register, send, type Ears, type Neru } from './people.ts';

let server: TestServer;
let alice: Person;
let bob: Neru;
let mallory: Neru;
let aliceHears: UrgeEars;
let ears: { bob: Ears; mallory: Ears };

beforeAll(async () => {
  server = await startTestServer();
  alice = await signUp(server, 'Alice');
  bob = await register(server, 'bob', { display_name: 'Bob' });
  mallory = await register(server, 'mallory');
  aliceHears = await alice.connect();
  ears = { bob: await bob.connect(), mallory: await mallory.connect() };
});
afterAll(async () => {
  aliceHears.close();
  await server.close();
});

/** Nobody has heard anything that was not taken, and mallory never anything of theirs. */
async function quiet(): Promise<void> {
  for (const one of Object.values(ears)) {
    await one.settled();
    const rest = one.heard.splice(0).filter(({ type }) => type !== 'user_status');
    expect(rest).toEqual([]);
  }
}

describe('bob of NeruTalk and alice of URGE', () => {
  let chat: number;
  let chatInUrge: string;

  it('have one private chat, whoever asks for it', async () => {
    const made = await openPrivate(bob, alice);
    chat = made.id;
    expect(made).toMatchObject({
      chat_type: 'private',
      name: null,
      created_by: bob.id,
      participant_count: 2,
      last_message: null,
      unread_count: 0,
      participants: [
        { user_id: bob.id, display_name: 'Bob', role: 'member', chat_id: chat },
        { user_id: alice.id, display_name: 'Alice', role: 'member', chat_id: chat },
      ],
    });
    expect((await openPrivate(bob, alice)).id).toBe(chat);
    chatInUrge = (await ok(alice.call('POST', '/api/conversations', { participant_ids: [bob.id] }))).id;
    expect((await ok(bob.call('GET', `/chats/${chatInUrge}`))).id).toBe(chat);
  });

  it('bob writes, and alice hears it on her socket', async () => {
    const sent = await send(bob, chat, 'Hello, Alice');
    expect(sent).toMatchObject({ chat_id: chat, sender_id: bob.id, content: 'Hello, Alice', status: 'sent' });
    expect(JSON.stringify(await aliceHears.next('message:received'))).toContain('Hello, Alice');
    await quiet();
  });

  it('bob hears only the chats he follows', async () => {
    await ok(alice.call('POST', '/api/messages', { conversation_id: chatInUrge, content: 'unheard' }));
    await quiet();
    await follow(ears.bob, chat);
    await ok(alice.call('POST', '/api/messages', { conversation_id: chatInUrge, content: 'Hello, Bob' }));
    const { data, language, timestamp } = await ears.bob.next('new_message');
    expect(data).toMatchObject({ chat_id: chat, sender_id: alice.id, sender_name: 'Alice', content: 'Hello, Bob' });
    expect([language, Date.parse(timestamp) > 0]).toEqual(['en', true]);
    expect(data).toEqual((await ok(bob.call('GET', `/chats/${chat}/messages?limit=1`))).messages[0]);
    await quiet();
  });

  it('an outsider cannot follow, read, write or be told', async () => {
    for (const type of ['join_chat', 'leave_chat', 'typing_indicator']) {
      ears.mallory.say(type, { chat_id: chat, is_typing: true });
      expect((await ears.mallory.next('error')).data).toEqual({
        message: 'You are not in this chat',
        request_type: type,
      });
    }
    for (const [method, path, body] of [
      ['GET', `/chats/${chat}`, undefined],
      ['GET', `/chats/${chat}/messages`, undefined],
      ['POST', `/chats/${chat}/messages`, { content: 'let me in' }],
      ['POST', `/chats/${chat}/messages/mark-read`, undefined],
      ['POST', `/chats/${chat}/participants`, { user_id: mallory.id }],
      ['PUT', `/chats/${chat}`, { name: 'mine' }],
    ] as const) {
      expect(await no(mallory.call(method, path, body))).toEqual([403, 'You are not in this chat']);
    }
    await quiet();
  });

  it('typing is heard by the other', async () => {
    ears.bob.say('typing_indicator', { chat_id: String(chat), is_typing: true });
    expect(await aliceHears.next('typing:start')).toBeTruthy();
    await quiet();
  });

  it('bob reads, once, and alice is told', async () => {
    const { messages } = await ok(bob.call('GET', `/chats/${chat}/messages`));
    expect((await ok(bob.call('GET', `/chats/${chat}`))).unread_count).toBe(2);
    const [last] = messages;
    const first = await ok(bob.call('PUT', `/messages/${last.id}/read`));
    expect(first).toMatchObject({ message_id: last.id, chat_id: chat, user_id: bob.id, status: 'read' });
    expect(await ok(bob.call('PUT', `/messages/${last.id}/read`))).toEqual(first);
    expect((await ok(bob.call('GET', `/chats/${chat}`))).unread_count).toBe(1);
    await aliceHears.next('message:read');
    await aliceHears.silence('message:read');
  });

  it('alice reads what bob wrote, and bob is told', async () => {
    await ok(alice.call('PUT', `/api/conversations/${chatInUrge}/read`, {}));
    expect((await ears.bob.next('message_read')).data).toMatchObject({ chat_id: chat, user_id: alice.id });
    await quiet();
  });

  it('an edit and a deletion are heard by both', async () => {
    const sent = await send(bob, chat, 'a tpyo');
    const edited = await ok(bob.call('PUT', `/chats/${chat}/messages/${sent.id}`, { content: 'a typo' }));
    expect(edited).toMatchObject({ id: sent.id, content: 'a typo', is_edited: true });
    expect((await ears.bob.next('message_updated')).data).toMatchObject({ id: sent.id, content: 'a typo' });
    expect((await ok(bob.call('DELETE', `/chats/${chat}/messages/${sent.id}`))).message).toBe('Deleted');
    expect((await ears.bob.next('message_deleted')).data).toEqual({ message_id: sent.id, chat_id: chat });
    await quiet();
  });
});

describe('a group', () => {
  it('has admins, takes people in, and is handed over by its last admin', async () => {
    const carol = await register(server, 'carol');
    const group = await makeGroup(bob, 'Choir', alice, carol);
    const path = `/chats/${group.id}`;
    expect(group.participants.map((one: { role: string }) => one.role)).toEqual(['admin', 'member', 'member']);
    expect(await no(carol.call('POST', `${path}/participants`, { user_id: mallory.id }))).toEqual([
      403,
      'Only admins can do this',
    ]);
    const added = await ok(bob.call('POST', `${path}/participants`, { user_ids: [mallory.id, carol.id] }));
    expect(added.participants).toHaveLength(4);
    await follow(ears.mallory, group.id);
    await ok(bob.call('DELETE', `${path}/participants/${mallory.id}`));
    expect(await no(bob.call('DELETE', `${path}/participants/${mallory.id}`))).toEqual([
      400,
      'This person is not in the chat',
    ]);
    await send(bob, group.id, 'without mallory');
    await quiet();

    await ok(bob.call('DELETE', `${path}/participants/${bob.id}`));
    expect(await no(bob.call('GET', path))).toEqual([403, 'You are not in this chat']);
    expect((await ok(carol.call('GET', path))).participants).toMatchObject([
      { user_id: alice.id, role: 'admin' },
      { user_id: carol.id, role: 'member' },
    ]);
  });
});
