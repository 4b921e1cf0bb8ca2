// GET /sync in all four dialects: what it tells, to whom, and what it does with cursors that are none.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cursorOf, headOf } from '../src/core/catch-up.ts';
import { settled } from './support/client.ts';
import { call, signUp, type Answer, type Person } from './support/people.ts';
import { startTestServer, type TestServer } from './support/server.ts';
import * as ai from './dialects/ai-messaging/people.ts';
import * as neru from './dialects/nerutalk/people.ts';
import * as pythia from './dialects/pythia/people.ts';

let server: TestServer;
let alice: Person;
let bob: pythia.Pythian;
let nora: neru.Neru;
let ann: ai.Person;
let mallory: Person;

beforeAll(async () => {
  server = await startTestServer();
  mallory = await signUp(server, 'Mallory');
  alice = await signUp(server, 'Alice');
  bob = await pythia.register(server, 'bob');
  nora = await neru.register(server, 'nora');
  ann = await ai.register(server, 'ann');
});
afterAll(() => server.close());

interface Token {
  token: string;
}
const tokenOf = (person: Person | Token) => ('token' in person ? person.token : person.accessToken);

function ask(person: Person | Token, query = '', headers: Record<string, string> = {}): Promise<Answer> {
  return call(server, 'GET', `/sync${query}`, { token: tokenOf(person), headers });
}

async function latest(person: Person | Token): Promise<string> {
  await settled(server);
  const { status, body } = await ask(person);
  expect([status, body.events, body.more]).toEqual([200, [], false]);
  return body.cursor;
}

/** All that happened to somebody since a cursor, page by page. */
async function since(person: Person | Token, cursor: string, limit = 200): Promise<unknown[]> {
  await settled(server);
  const events: unknown[] = [];
  for (let from = cursor; ;) {
    const { status, body } = await ask(person, `?cursor=${from}&limit=${limit}`);
    expect(status, JSON.stringify(body)).toBe(200);
    events.push(...body.events);
    from = body.cursor;
    if (!body.more) return events;
  }
}

describe('what one missed', () => {
  it('is told in the words of each product, in order, and to nobody else', async () => {
    const group = await alice.call('POST', '/api/groups', {
      name: 'Choir',
      member_ids: [bob.id, nora.id],
    });
    expect(group.status, JSON.stringify(group.body)).toBe(200);
    const { id } = group.body;
    const chat = (await neru.ok(nora.call('GET', '/chats'))).chats.find(
      (one: { name: string }) => one.name === 'Choir',
    ).id;
    const people = { alice, bob, nora, mallory };
    const cursors = new Map(
      await Promise.all(Object.entries(people).map(async ([name, one]) => [name, await latest(one)] as const)),
    );
    const from = (name: keyof typeof people, limit?: number) => since(people[name], cursors.get(name)!, limit);

    const sent = await pythia.say(bob, id, 'Hello');
    await pythia.ok(bob.call('PUT', `/api/v1/messages/${sent.id}`, { content: 'Hello, all' }));
    await pythia.ok(alice.call('POST', `/api/v1/messages/reactions`, { message_id: sent.id, emoji: '🎉' }));
    await pythia.ok(alice.call('PUT', `/api/conversations/${id}/read`, {}));
    const second = await neru.send(nora, chat, 'Bye');
    await neru.ok(nora.call('DELETE', `/chats/${chat}/messages/${second.id}`));

    const names = (frames: unknown[]) => frames.map((frame) => (frame as [string])[0]);
    const urge = await from('alice');
    expect(names(urge)).toEqual(expect.arrayContaining(['message:received', 'sync:changed', 'message:read']));
    expect(urge[0]).toEqual(['message:received', expect.objectContaining({ id: sent.id, content: 'Hello, all' })]);
    expect(urge).toContainEqual(['sync:changed', { kind: 'message.edited', conversationId: id, messageId: sent.id }]);

    const types = (frames: unknown[]) => frames.map((frame) => (frame as { type: string }).type);
    const told = await from('bob');
    expect(types(told)).toEqual(['new_message', 'message_edited', 'message_reaction', 'message_deleted']);
    expect(told[1]).toMatchObject({ data: { id: sent.id, content: 'Hello, all' }, timestamp: expect.any(String) });

    const heard = await from('nora');
    expect(types(heard)).toEqual(['new_message', 'message_updated', 'sync_changed', 'message_read', 'message_deleted']);
    expect(heard[2]).toMatchObject({ data: { kind: 'reaction.added', chat_id: chat, message_id: expect.any(Number) } });
    expect(await from('nora', 1)).toHaveLength(heard.length);
    expect(await from('mallory')).toEqual([]);
    // A cursor is a place in the log and no key: with alice's, mallory learns nothing of alice.
    expect(await since(mallory, cursors.get('alice')!)).toEqual([]);
  });

  it('is in AI Messaging what two people say, as it is now', async () => {
    const ben = await ai.register(server, 'ben');
    const start = await latest(ann);
    const bens = await latest(ben);
    const message = await ai.say(ben, ann, 'Hello');
    const gone = await ai.say(ben, ann, 'Oops');
    expect((await ben.call('DELETE', `/messages/${gone.id}`)).status).toBe(200);
    expect((await ann.call('PUT', `/messages/${message.id}/read`, {})).status).toBe(200);
    const now = (await ann.call('GET', `/messages/${message.id}`)).body;
    const frames = await since(ann, start);
    expect(frames).toEqual([
      expect.objectContaining({ type: 'sync_changed', kind: 'conversation.created' }),
      { type: 'message', message: now },
      { type: 'message_deleted', message_id: gone.id },
      { type: 'message', message: now },
    ]);
    expect(now).toMatchObject({ content: 'Hello', is_read: true, recipient_id: ann.id });
    expect((await since(ben, bens)).length).toBeGreaterThan(2);
    // A group is not shown here, so nothing of it is said.
    const before = await latest(ann);
    const annsName = (await pythia.ok(bob.call('GET', `/api/v1/users/search/${ann.username}`)))[0];
    const group = await alice.call('POST', '/api/groups', { name: 'Others', member_ids: [annsName.id] });
    await alice.call('POST', '/api/messages', { conversation_id: group.body.id, content: 'psst' });
    expect(await since(ann, before)).toEqual([]);
  });

  it('tells somebody removed that they are, and nothing after', async () => {
    const group = (await alice.call('POST', '/api/groups', { name: 'Brief', member_ids: [bob.id] })).body;
    const start = await latest(bob);
    expect((await alice.call('DELETE', `/api/groups/${group.id}/members/${bob.id}`)).status).toBe(200);
    await alice.call('POST', '/api/messages', { conversation_id: group.id, content: 'secret' });
    const told = await since(bob, start);
    expect(told).toContainEqual(expect.objectContaining({ type: 'user_left', user_id: bob.id }));
    expect(JSON.stringify(told)).not.toContain('secret');
  });

  it('tells the blocker alone of a block, and the account alone of its settings', async () => {
    const [mine, theirs] = [await latest(alice), await latest(nora)];
    expect((await alice.call('POST', `/api/settings/privacy/block/${nora.id}`, {})).status).toBe(200);
    expect((await alice.call('PUT', '/api/auth/profile', { bio: 'Soprano' })).status).toBe(200);
    expect(await since(alice, mine)).toEqual([
      ['sync:changed', { kind: 'block.changed', userIds: [nora.id] }],
      ['sync:changed', { kind: 'account.changed', part: 'profile' }],
    ]);
    expect(await since(nora, theirs)).toEqual([]);
  });
});

describe('the language', () => {
  it('of what is told is that of the request', async () => {
    const ned = await neru.register(server, 'ned');
    const start = await latest(ned);
    await neru.openPrivate(nora, ned);
    await settled(server);
    const { body } = await ask(ned, `?cursor=${start}`, { 'x-language': 'id' });
    expect(body.events).toContainEqual(expect.objectContaining({ type: 'sync_changed', language: 'id' }));
  });
});

describe('a cursor', () => {
  it('that is none is refused, in both fields', async () => {
    const good = await latest(alice);
    const bad = ['x', '%00', `${good}x`, `${good}.e30`, `${good}.W1tdXQ.W10`, `${good}.!!`, 'a'.repeat(9_000), 'null'];
    for (const cursor of bad) {
      const { status, body } = await ask(alice, `?cursor=${cursor}`);
      expect([cursor.slice(0, 20), status]).toEqual([cursor.slice(0, 20), 422]);
      expect(body).toMatchObject({ detail: expect.anything(), message: expect.any(String) });
    }
    for (const limit of ['0', '1001', 'x', '-1', '1.5']) {
      expect((await ask(alice, `?cursor=latest&limit=${limit}`)).status, limit).toBe(422);
    }
  });

  it('past the end of the log is from another log', async () => {
    const head = await headOf(server.database.db);
    const { status, body } = await ask(alice, `?cursor=${cursorOf({ ...head, xid: head.xid + 1_000_000 })}`);
    expect(status).toBe(410);
    expect(body).toEqual({ detail: body.message, message: expect.any(String), cursor: expect.any(String) });
    expect(await since(alice, body.cursor)).toEqual([]);
  });

  it('opens nothing without a token', async () => {
    const { status, body } = await call(server, 'GET', '/sync');
    expect([status, body]).toEqual([401, { detail: 'Not authenticated.', message: 'Not authenticated.' }]);
    expect((await call(server, 'GET', '/sync', { token: 'x' })).status).toBe(401);
  });
});
