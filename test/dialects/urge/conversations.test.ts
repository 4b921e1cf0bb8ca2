// Conversations, each as its members see it (contract: section 7 and the archived list of 15).

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Ears, Person } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import {
  allHear,
  cast,
  emit,
  expectBothSpellings,
  listed,
  messageIn,
  ok,
  openDirect,
  openGroup,
  quiet,
  say,
  textsOf,
  turn,
  unread,
  type Body,
} from './stage.ts';

let server: TestServer;
let alice: Person;
let bob: Person;
let carol: Person;
let mallory: Person;
let malloryEars: Ears;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

beforeEach(async () => {
  ({ alice, bob, carol, mallory } = await cast(server, 'alice', 'bob', 'carol', 'mallory'));
  malloryEars = await mallory.connect();
  return async () => {
    await quiet(malloryEars);
    malloryEars.close();
  };
});

const put = (who: Person, conversation: string, verb: string) =>
  who.call('PUT', `/api/conversations/${conversation}/${verb}`, {});

describe('opening', () => {
  it('a direct one: named after the other, in every spelling, the same one however often and from either side', async () => {
    const first = await ok(alice.call('POST', '/api/conversations', { participant_ids: [bob.id] }));
    expect(first).toMatchObject({
      type: 'DIRECT',
      name: 'Bob',
      participantCount: 2,
      unreadCount: 0,
      lastMessage: null,
      isFavourite: false,
      isMuted: false,
      isArchived: false,
      isTyping: false,
      typingUsers: [],
      createdBy: alice.id,
    });
    expectBothSpellings(first);
    expect(first.isFavourite).toBe(first.is_favorite);
    expect(first.participants.map((one: Body) => [one.id, one.user_id, one.display_name, one.role])).toEqual([
      [alice.id, alice.id, 'Alice', 'MEMBER'],
      [bob.id, bob.id, 'Bob', 'MEMBER'],
    ]);
    const again = await Promise.all([
      alice.call('POST', '/api/conversations', { type: 'DIRECT', participant_ids: [bob.id, alice.id] }),
      bob.call('POST', '/api/conversations', { participant_ids: [alice.id] }),
      ...Array.from({ length: 4 }, () => bob.call('POST', '/api/conversations', { participant_ids: [alice.id] })),
    ]);
    for (const answer of again) expect(answer).toMatchObject({ status: 200, body: { id: first.id } });
    expect(again[1].body.name).toBe('Alice');
    expect(await ok(alice.call('GET', `/api/conversations/${first.id}`))).toEqual(first);
    expect(await listed(alice, first.id)).toEqual(first);
  });

  it('many at once by strangers makes one', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4].flatMap(() => [
        alice.call('POST', '/api/conversations', { participant_ids: [carol.id] }),
        carol.call('POST', '/api/conversations', { participant_ids: [alice.id] }),
      ]),
    );
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
  });

  it('a group: its maker is the founder, everybody hears what is said in it at once', async () => {
    const ears = await Promise.all([alice.connect(), bob.connect(), carol.connect()]);
    const group = await ok(
      alice.call('POST', '/api/conversations', {
        type: 'GROUP',
        name: 'Choir',
        avatar_url: 'https://a/choir.png',
        participant_ids: [bob.id, carol.id, bob.id, alice.id],
      }),
    );
    expect(group).toMatchObject({ type: 'GROUP', name: 'Choir', avatar: 'https://a/choir.png', participantCount: 3 });
    expectBothSpellings(group);
    expect(Object.fromEntries(group.participants.map((one: Body) => [one.id, one.role]))).toEqual({
      [alice.id]: 'FOUNDER',
      [bob.id]: 'MEMBER',
      [carol.id]: 'MEMBER',
    });
    const sent = await say(bob, group.id, 'Do re mi');
    expect(await allHear('message:received', ...ears)).toEqual(sent);
    const another = await openGroup(alice, bob, carol);
    expect(another).not.toBe(group.id);
    ears.forEach((one) => one.close());
  });

  it.each<[string, number, () => object]>([
    ['nobody', 400, () => ({ participant_ids: [] })],
    ['oneself', 400, () => ({ participant_ids: [alice.id] })],
    ['two others', 400, () => ({ participant_ids: [bob.id, carol.id] })],
    ['a stranger', 404, () => ({ participant_ids: [crypto.randomUUID()] })],
    ['an id of another kind', 404, () => ({ participant_ids: [server.ids.toUuid('conversation', 1)] })],
    ['nonsense', 404, () => ({ participant_ids: ['nonsense'] })],
    ['an account not yet made', 404, () => ({ participant_ids: [server.ids.toUuid('account', 99_999_999)] })],
    [
      'a group with a stranger',
      404,
      () => ({ type: 'GROUP', name: 'x', participant_ids: [bob.id, crypto.randomUUID()] }),
    ],
    ['another type', 422, () => ({ type: 'CHANNEL', participant_ids: [bob.id] })],
    ['no ids', 422, () => ({})],
    ['one id as text', 422, () => ({ participant_ids: bob.id })],
    ['a long name', 422, () => ({ type: 'GROUP', name: 'x'.repeat(101), participant_ids: [] })],
  ])('with %s is %i and makes nothing', async (_what, status, body) => {
    const before = (await ok(alice.call('GET', '/api/conversations'))).total;
    expect((await alice.call('POST', '/api/conversations', body())).status).toBe(status);
    expect((await ok(alice.call('GET', '/api/conversations'))).total).toBe(before);
  });
});

describe('the list', () => {
  it('has the newest activity first: the last message, else the making', async () => {
    const first = await openDirect(alice, bob);
    const second = await openDirect(alice, carol);
    const third = await openGroup(alice, bob);
    const order = async () =>
      (await ok(alice.call('GET', '/api/conversations'))).conversations.map((one: Body) => one.id);
    expect(await order()).toEqual([third, second, first]);
    await say(bob, first, 'me first');
    expect(await order()).toEqual([first, third, second]);
    const sent = await say(alice, second, 'no, me');
    expect(await order()).toEqual([second, first, third]);
    expect(await listed(alice, second)).toMatchObject({
      lastMessage: sent,
      lastMessageAt: sent.createdAt,
      unreadCount: 0,
    });
    expect(await listed(carol, second)).toMatchObject({ lastMessage: sent, unreadCount: 1 });
    expect((await ok(mallory.call('GET', '/api/conversations'))).conversations).toEqual([]);
  });

  it('comes in pages, clamped, with a total', async () => {
    const all = [await openDirect(alice, bob), await openDirect(alice, carol), await openGroup(alice)].toReversed();
    const page = async (query: string) => ok(alice.call('GET', `/api/conversations?${query}`));
    const ids = (body: Body) => body.conversations.map((one: Body) => one.id);
    expect(await page('limit=100000')).toMatchObject({ limit: 500, offset: 0, total: 3 });
    expect(ids(await page('limit=2'))).toEqual(all.slice(0, 2));
    expect(ids(await page('limit=2&offset=2'))).toEqual(all.slice(2));
    expect(await page('limit=2&offset=9007199254740991')).toMatchObject({ conversations: [], total: 3 });
    expect(await page('limit=0')).toMatchObject({ conversations: [], total: 3, limit: 0 });
    for (const query of ['limit=-1', 'offset=-1', 'limit=abc', 'offset=1e3']) {
      expect((await alice.call('GET', `/api/conversations?${query}`)).status, query).toBe(422);
      expect((await alice.call('GET', `/api/conversations/archived?${query}`)).status, query).toBe(422);
    }
  });

  it('shows the last message that the caller can see', async () => {
    const conversation = await openDirect(alice, bob);
    const first = await say(alice, conversation, 'first');
    const second = await say(alice, conversation, 'second');
    await say(alice, conversation, 'third');
    const third = (await listed(bob, conversation)).lastMessage;
    await ok(bob.call('DELETE', `/api/messages/${third.id}`));
    expect((await listed(bob, conversation)).lastMessage.id).toBe(second.id);
    expect((await listed(alice, conversation)).lastMessage.id).toBe(third.id);
    await ok(alice.call('DELETE', `/api/messages/${third.id}`));
    await ok(alice.call('DELETE', `/api/messages/${second.id}`));
    for (const who of [alice, bob]) expect((await listed(who, conversation)).lastMessage.id).toBe(first.id);
    await ok(bob.call('DELETE', `/api/conversations/${conversation}/clear`));
    expect(await listed(bob, conversation)).toMatchObject({ lastMessage: null, unreadCount: 0 });
    expect((await listed(alice, conversation)).lastMessage.id).toBe(first.id);
  });
});

describe('unread counts', () => {
  it('follow every path', async () => {
    const conversation = await openGroup(alice, bob, carol);
    const counts = async () => [
      await unread(alice, conversation),
      await unread(bob, conversation),
      await unread(carol, conversation),
    ];
    const sent = [];
    for (let index = 1; index <= 6; index += 1) sent.push(await say(alice, conversation, `message ${index}`));
    expect(await counts()).toEqual([0, 6, 6]);

    const bobEars = await bob.connect();
    const aliceEars = await alice.connect();
    await emit(bobEars, 'message:read', { messageId: sent[2].id, conversationId: conversation });
    expect(await counts()).toEqual([0, 5, 6]);
    expect(await aliceEars.next('message:read')).toEqual({
      messageId: sent[2].id,
      conversationId: conversation,
      userId: bob.id,
    });
    await emit(bobEars, 'message:read', { messageId: sent[2].id, conversationId: conversation });
    expect(await counts()).toEqual([0, 5, 6]);
    await quiet(aliceEars, bobEars);

    await ok(bob.call('DELETE', `/api/messages/${sent[3].id}`));
    expect(await counts()).toEqual([0, 4, 6]);
    await ok(alice.call('DELETE', `/api/messages/${sent[4].id}`));
    expect(await counts()).toEqual([0, 3, 5]);
    await ok(put(carol, conversation, 'read'));
    expect(await counts()).toEqual([0, 3, 0]);
    await say(carol, conversation, 'seven');
    expect(await counts()).toEqual([1, 4, 0]);
    await say(bob, conversation, 'my own moves my mark');
    expect(await counts()).toEqual([2, 0, 1]);
    await ok(alice.call('DELETE', `/api/conversations/${conversation}/clear`));
    expect(await counts()).toEqual([0, 0, 1]);
    await say(carol, conversation, 'nine');
    expect(await counts()).toEqual([1, 1, 0]);
    await ok(carol.call('DELETE', `/api/conversations/${conversation}`));
    expect((await alice.call('GET', `/api/conversations/${conversation}`)).body).toMatchObject({
      // Nine, and that Carol has left.
      unreadCount: 2,
      participantCount: 2,
    });
    aliceEars.close();
    bobEars.close();
  });

  it('are the same in list and detail, and zero after a direct one was taken off the list', async () => {
    const conversation = await openDirect(alice, bob);
    await say(alice, conversation, 'one');
    await say(alice, conversation, 'two');
    expect((await listed(bob, conversation)).unreadCount).toBe(await unread(bob, conversation));
    await ok(bob.call('DELETE', `/api/conversations/${conversation}`));
    expect(await unread(bob, conversation)).toBe(0);
    await say(alice, conversation, 'three');
    expect((await listed(bob, conversation)).unreadCount).toBe(1);
  });
});

describe('PUT read', () => {
  it('says each newly read message once, to everyone but the reader’s own connection, and nothing again', async () => {
    const conversation = await openGroup(alice, bob, carol);
    const first = await say(alice, conversation, 'one');
    const second = await say(carol, conversation, 'two');
    await say(bob, conversation, 'mine');
    const ears = await Promise.all([alice.connect(), bob.connect(), carol.connect()]);
    expect(await put(bob, conversation, 'read')).toMatchObject({ status: 200, body: { success: true } });
    for (const message of [first, second]) {
      expect(await allHear('message:read', ...ears)).toEqual({
        messageId: message.id,
        conversationId: conversation,
        userId: bob.id,
      });
      const seen = await messageIn(alice, conversation, message.id);
      expect(seen).toMatchObject({ status: 'READ', readAt: expect.any(String) });
    }
    await ok(put(bob, conversation, 'read'));
    await quiet(...ears);
    await ok(put(carol, conversation, 'read'));
    expect([(await ears[0].next('message:read')).userId, (await ears[0].next('message:read')).userId]).toEqual([
      carol.id,
      carol.id,
    ]);
    ears.forEach((one) => one.close());
  });

  it('with receipts off lowers the count and tells nobody', async () => {
    const conversation = await openDirect(alice, bob);
    const sent = await say(alice, conversation, 'did you see?');
    await turn(server, bob, 'show_read_receipts', false);
    const ears = await Promise.all([alice.connect(), bob.connect()]);
    await ok(put(bob, conversation, 'read'));
    expect(await unread(bob, conversation)).toBe(0);
    await quiet(...ears);
    expect(await messageIn(alice, conversation, sent.id)).toMatchObject({ status: 'SENT', readAt: null });
    ears.forEach((one) => one.close());
  });
});

describe('for me alone', () => {
  it('archive moves it to the archived list and back, also when new messages come', async () => {
    const conversation = await openDirect(alice, bob);
    const ears = await bob.connect();
    for (let time = 0; time < 2; time += 1) {
      expect(await put(alice, conversation, 'archive')).toMatchObject({ status: 200, body: { success: true } });
      expect(await listed(alice, conversation)).toBeUndefined();
      const archived = await listed(alice, conversation, '/api/conversations/archived');
      expect(archived).toMatchObject({ id: conversation, name: 'Bob', isArchived: true, participantCount: 2 });
    }
    await say(bob, conversation, 'knock knock');
    expect(await listed(alice, conversation)).toBeUndefined();
    expect(await listed(alice, conversation, '/api/conversations/archived')).toMatchObject({ unreadCount: 1 });
    expect(await ok(alice.call('GET', '/api/conversations'))).toMatchObject({ total: 0 });
    expect(await ok(alice.call('GET', '/api/conversations/archived'))).toMatchObject({
      total: 1,
      limit: 50,
      offset: 0,
    });
    expect(await listed(bob, conversation)).toMatchObject({ isArchived: false });
    for (let time = 0; time < 2; time += 1) {
      await ok(put(alice, conversation, 'unarchive'));
      expect(await listed(alice, conversation)).toMatchObject({ isArchived: false });
    }
    await ears.next('message:received');
    await quiet(ears);
    ears.close();
  });

  it('mute changes a flag and still lets events through', async () => {
    const conversation = await openDirect(alice, bob);
    const ears = await alice.connect();
    for (const [verb, isMuted] of [
      ['mute', true],
      ['mute', true],
      ['unmute', false],
      ['unmute', false],
      ['mute', true],
    ] as const) {
      await ok(put(alice, conversation, verb));
      expect(await ok(alice.call('GET', `/api/conversations/${conversation}`))).toMatchObject({
        isMuted,
        is_muted: isMuted,
      });
      expect(await listed(bob, conversation)).toMatchObject({ isMuted: false });
    }
    await say(bob, conversation, 'psst');
    await ears.next('message:received');
    ears.close();
  });

  it('favorite toggles', async () => {
    const conversation = await openGroup(alice, bob);
    for (const is_favorite of [true, false, true]) {
      expect(await ok(put(alice, conversation, 'favorite'))).toMatchObject({ success: true, is_favorite });
      const seen = await listed(alice, conversation);
      expect([seen.isFavourite, seen.isFavorite, seen.is_favorite]).toEqual([is_favorite, is_favorite, is_favorite]);
      expect((await listed(bob, conversation)).is_favorite).toBe(false);
    }
  });

  it('clear empties the caller’s history alone', async () => {
    const conversation = await openGroup(alice, bob);
    const first = await say(alice, conversation, 'one');
    await say(bob, conversation, 'two');
    const ears = await bob.connect();
    for (let time = 0; time < 2; time += 1) {
      expect(await alice.call('DELETE', `/api/conversations/${conversation}/clear`)).toMatchObject({
        body: { success: true },
      });
      expect(await ok(alice.call('GET', `/api/conversations/${conversation}/messages`))).toMatchObject({
        messages: [],
        total: 0,
        has_more: false,
      });
    }
    expect(await textsOf(bob, conversation)).toEqual(['one', 'two']);
    expect((await alice.call('PUT', `/api/messages/${first.id}`, { content: 'x' })).status).toBe(404);
    await quiet(ears);
    await say(bob, conversation, 'three');
    expect(await textsOf(alice, conversation)).toEqual(['three']);
    ears.close();
  });

  it('delete takes a direct one off the list until a new message comes, without the old history', async () => {
    const conversation = await openDirect(alice, bob);
    await say(alice, conversation, 'old');
    await ok(put(alice, conversation, 'archive'));
    await ok(put(alice, conversation, 'unarchive'));
    for (let time = 0; time < 2; time += 1) {
      expect(await alice.call('DELETE', `/api/conversations/${conversation}`)).toMatchObject({ status: 200 });
      expect(await listed(alice, conversation)).toBeUndefined();
    }
    expect(await textsOf(bob, conversation)).toEqual(['old']);
    expect(await listed(bob, conversation)).toBeDefined();
    await say(bob, conversation, 'new');
    expect(await listed(alice, conversation)).toMatchObject({ unreadCount: 1 });
    expect(await textsOf(alice, conversation)).toEqual(['new']);

    await ok(alice.call('DELETE', `/api/conversations/${conversation}`));
    expect(await openDirect(alice, bob)).toBe(conversation);
    expect(await listed(alice, conversation)).toMatchObject({ unreadCount: 0, lastMessage: null });
    expect(await textsOf(alice, conversation)).toEqual([]);
    await say(alice, conversation, 'hello again');
    expect(await textsOf(alice, conversation)).toEqual(['hello again']);
    expect(await textsOf(bob, conversation)).toEqual(['old', 'new', 'hello again']);
  });

  it('delete leaves a group; its founder may not', async () => {
    const conversation = await openGroup(alice, bob, carol);
    const bobEars = await bob.connect();
    expect((await alice.call('DELETE', `/api/conversations/${conversation}`)).status).toBe(403);
    expect(await listed(alice, conversation)).toMatchObject({ participantCount: 3 });
    await ok(bob.call('DELETE', `/api/conversations/${conversation}`));
    expect(await listed(bob, conversation)).toBeUndefined();
    expect(await listed(alice, conversation)).toMatchObject({ participantCount: 2 });
    for (const [method, path, body] of doors(conversation)) {
      expect((await bob.call(method, path, body)).status, `${method} ${path}`).toBe(403);
    }
    await say(alice, conversation, 'he is gone');
    await quiet(bobEars);
    bobEars.close();
  });
});

/** Every way into one conversation. */
function doors(conversation: string): [string, string, object?][] {
  const at = `/api/conversations/${conversation}`;
  return [
    ['GET', at],
    ['GET', `${at}/messages`],
    ['PUT', `${at}/read`, {}],
    ['PUT', `${at}/archive`, {}],
    ['PUT', `${at}/unarchive`, {}],
    ['PUT', `${at}/mute`, {}],
    ['PUT', `${at}/unmute`, {}],
    ['PUT', `${at}/favorite`, {}],
    ['DELETE', `${at}/clear`],
    ['DELETE', at],
  ];
}

describe('who is not in it', () => {
  it('gets 403 at every door, 404 for what does not exist, and changes nothing', async () => {
    const ears = await Promise.all([alice.connect(), bob.connect()]);
    for (const conversation of [await openDirect(alice, bob), await openGroup(alice, bob)]) {
      await say(alice, conversation, 'between us');
      await allHear('message:received', ...ears);
      const before = [await listed(alice, conversation), await listed(bob, conversation)];
      for (const [method, path, body] of doors(conversation)) {
        expect((await mallory.call(method, path, body)).status, `${method} ${path}`).toBe(403);
      }
      expect([await listed(alice, conversation), await listed(bob, conversation)]).toEqual(before);
      await quiet(...ears);
    }
    for (const id of ['nonsense', crypto.randomUUID(), alice.id, server.ids.toUuid('conversation', 99_999_999)]) {
      for (const [method, path, body] of doors(id)) {
        expect((await mallory.call(method, path, body)).status, `${method} ${path}`).toBe(404);
      }
    }
    ears.forEach((one) => one.close());
  });
});

describe('history', () => {
  it('is the newest page, oldest first, and pages back by id and by time', async () => {
    const conversation = await openDirect(alice, bob);
    const { db } = server.database;
    const sent: Body[] = [];
    for (let index = 1; index <= 7; index += 1) sent.push(await say(index % 2 ? alice : bob, conversation, `${index}`));
    // A second apart, so that a time stands between any two.
    const id = server.ids.fromUuid('conversation', conversation)!;
    await sql`update messages set created_at = '2026-01-01T00:00:00Z'::timestamptz + message_no * interval '1 second'
      where conversation_id = ${id}`.execute(db);
    const page = (query: string) => ok(bob.call('GET', `/api/conversations/${conversation}/messages?${query}`));
    const texts = (body: Body) => body.messages.map((one: Body) => one.content).join('');

    const all = await page('limit=100000');
    expect(all).toMatchObject({ total: 7, limit: 500, has_more: false });
    expect(texts(all)).toBe('1234567');
    for (const message of all.messages) expectBothSpellings(message);
    const newest = await page('limit=3');
    expect(newest).toMatchObject({ total: 7, limit: 3, has_more: true });
    expect(texts(newest)).toBe('567');
    const middle = await page(`limit=3&before=${newest.messages[0].id}`);
    expect([texts(middle), middle.has_more, middle.total]).toEqual(['234', true, 7]);
    const oldest = await page(`limit=3&before=${middle.messages[0].id}`);
    expect([texts(oldest), oldest.has_more]).toEqual(['1', false]);
    expect([
      texts(await page(`limit=4&before=${sent[4].id}`)),
      (await page(`limit=4&before=${sent[4].id}`)).has_more,
    ]).toEqual(['1234', false]);

    for (const [time, expected] of [
      ['2026-01-01T00:00:04Z', '123'],
      ['2026-01-01T00:00:04.000Z', '123'],
      ['2026-01-01T00:00:04.001Z', '1234'],
      ['2026-01-01T02:00:04+02:00', '123'],
      ['2025-12-31', ''],
      ['2027-01-01', '1234567'],
      [all.messages[2].createdAt, '12'],
    ]) {
      expect(texts(await page(`before=${encodeURIComponent(time)}`)), time).toBe(expected);
    }
    expect(await page('limit=0')).toMatchObject({ messages: [], total: 7, has_more: true });
    for (const query of ['before=yesterday', 'before=1', 'limit=-1', 'limit=x', 'before=2026-99-99']) {
      expect((await bob.call('GET', `/api/conversations/${conversation}/messages?${query}`)).status, query).toBe(422);
    }
  });

  it('leaves out the deleted, the hidden and the cleared, in total too', async () => {
    const conversation = await openDirect(alice, bob);
    const sent: Body[] = [];
    for (let index = 1; index <= 6; index += 1) sent.push(await say(alice, conversation, `${index}`));
    const state = async (who: Person) => {
      const { messages, total } = await ok(who.call('GET', `/api/conversations/${conversation}/messages`));
      return [messages.map((one: Body) => one.content).join(''), total];
    };
    await ok(alice.call('DELETE', `/api/messages/${sent[1].id}`));
    await ok(bob.call('DELETE', `/api/messages/${sent[3].id}`));
    expect([await state(alice), await state(bob)]).toEqual([
      ['13456', 5],
      ['1356', 4],
    ]);
    await ok(alice.call('DELETE', `/api/messages/${sent[3].id}`));
    expect([await state(alice), await state(bob)]).toEqual([
      ['1356', 4],
      ['1356', 4],
    ]);
    await ok(bob.call('DELETE', `/api/conversations/${conversation}/clear`));
    await say(alice, conversation, '7');
    expect([await state(alice), await state(bob)]).toEqual([
      ['13567', 5],
      ['7', 1],
    ]);
  });

  it('knows no message of another conversation', async () => {
    const conversation = await openDirect(alice, bob);
    await say(alice, conversation, 'here');
    const elsewhere = await say(alice, await openDirect(alice, carol), 'there');
    expect(await textsOf(bob, conversation, `?before=${elsewhere.id}`)).toEqual([]);
  });
});
