// Messages (contract: section 8 and the message part of 15).

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Ears, Person } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import {
  allHear,
  block,
  cast,
  expectBothSpellings,
  listed,
  messageIn,
  ok,
  openDirect,
  openGroup,
  quiet,
  say,
  textsOf,
  unblock,
  unread,
  type Body,
} from './stage.ts';

let server: TestServer;
let alice: Person;
let bob: Person;
let carol: Person;
let mallory: Person;
let aliceEars: Ears;
let bobEars: Ears;
let malloryEars: Ears;
let conversation: string;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

beforeEach(async () => {
  ({ alice, bob, carol, mallory } = await cast(server, 'alice', 'bob', 'carol', 'mallory'));
  conversation = await openDirect(alice, bob);
  [aliceEars, bobEars, malloryEars] = await Promise.all([alice.connect(), bob.connect(), mallory.connect()]);
  return async () => {
    await quiet(aliceEars, bobEars, malloryEars);
    for (const ears of [aliceEars, bobEars, malloryEars]) ears.close();
  };
});

const send = (who: Person, body: object) =>
  who.call('POST', '/api/messages', { conversation_id: conversation, ...body });
/** Says something, and lets both hear it. */
async function said(who: Person, content: string, more: object = {}): Promise<Body> {
  const message = await say(who, conversation, content, more);
  expect(await allHear('message:received', aliceEars, bobEars)).toEqual(message);
  return message;
}

describe('sending', () => {
  it.each([
    [undefined, 'TEXT'],
    [null, 'TEXT'],
    ['TEXT', 'TEXT'],
    ['text', 'TEXT'],
    ['IMAGE', 'IMAGE'],
    ['image', 'IMAGE'],
    ['ViDeO', 'VIDEO'],
    ['AUDIO', 'AUDIO'],
    ['DOCUMENT', 'DOCUMENT'],
    ['location', 'LOCATION'],
    ['CONTACT', 'CONTACT'],
    ['voice', 'VOICE'],
    ['SYSTEM', 'TEXT'],
    ['system', 'TEXT'],
    ['STICKER', 'TEXT'],
    ['constructor', 'TEXT'],
    ['', 'TEXT'],
  ])('%s is stored and told as %s', async (message_type, type) => {
    const sent = await said(alice, 'content', { message_type });
    expect(sent).toMatchObject({ type, messageType: type, message_type: type, status: 'SENT', content: 'content' });
    expect(await messageIn(bob, conversation, sent.id)).toEqual(sent);
  });

  it('answers and tells every field, in both spellings', async () => {
    const first = await said(bob, '', { message_type: 'IMAGE', media_url: 'https://m/1.png' });
    expect(first).toMatchObject({ content: '', mediaUrl: 'https://m/1.png', replyTo: null, replyToId: null });
    const sent = await said(alice, 'nice', {
      message_type: 'VOICE',
      media_url: 'https://m/2.m4a',
      thumbnail_url: 'https://m/2.png',
      audio_duration: 65,
      reply_to_id: first.id,
      is_encrypted: true,
    });
    expectBothSpellings(sent);
    expect(sent).toMatchObject({
      conversationId: conversation,
      senderId: alice.id,
      senderName: 'Alice',
      senderAvatar: null,
      thumbnailUrl: 'https://m/2.png',
      audioDuration: 65,
      replyToId: first.id,
      replyTo: { id: first.id, senderName: 'Bob', sender_name: 'Bob', content: 'Photo' },
      isEncrypted: true,
      isEdited: false,
      isDeleted: false,
      isStarred: false,
      isForwarded: false,
      readAt: null,
      deletedAt: null,
    });
    expect(sent.updatedAt).toBe(sent.createdAt);
    expect(await messageIn(bob, conversation, sent.id)).toEqual(sent);
    await ok(bob.call('DELETE', `/api/messages/${first.id}`));
    expect((await messageIn(alice, conversation, sent.id)).replyTo).toMatchObject({
      id: first.id,
      content: 'Deleted message',
    });
  });

  it.each([
    ['emoji and flags', '👩‍👩‍👧‍👦 🇳🇬 👍🏽'],
    ['CJK', '日本語 한국어 中文'],
    ['right to left, with marks', 'שלום \u202Eevil\u202C مرحبا'],
    ['HTML', '<script>alert("x")</script>&amp;<b>'],
    ['SQL and backslashes', "'; drop table messages; -- \\ \\\\ %_ $1 ${x}"],
    ['white space', '  two\n\n\tlines  '],
    ['combining and unnormalised', 'e\u0301 \uFB01 Å'],
    ['zero width', '\u200B\u200D'],
    ['a number', '0'],
    ['JSON', '{"name": "a.pdf", "size": 1, "type": "x"}'],
    ['100 kB', 'ñ'.repeat(50_000)],
  ])('returns %s as it was', async (_what, content) => {
    const sent = await said(alice, content);
    expect(sent.content).toBe(content);
    expect(await textsOf(bob, conversation)).toEqual([content]);
    expect((await listed(bob, conversation)).lastMessage.content).toBe(content);
  });

  it('mends half a surrogate pair, which is no text', async () => {
    expect((await said(alice, 'a\uD83D')).content).toBe('a\uFFFD');
  });

  it.each<[string, number, () => object]>([
    ['empty TEXT', 422, () => ({ content: '' })],
    ['empty TEXT with media', 422, () => ({ content: '', media_url: 'https://m/1.png' })],
    ['empty IMAGE without media', 422, () => ({ content: '', message_type: 'IMAGE' })],
    ['no content', 422, () => ({ message_type: 'IMAGE', media_url: 'https://m/1.png' })],
    ['null content', 422, () => ({ content: null })],
    ['a number for content', 422, () => ({ content: 7 })],
    ['NUL', 422, () => ({ content: 'a\0b' })],
    ['a negative duration', 422, () => ({ content: 'x', audio_duration: -1 })],
    ['half a second', 422, () => ({ content: 'x', audio_duration: 0.5 })],
    ['text for a flag', 422, () => ({ content: 'x', is_encrypted: 'true' })],
    ['a reply to nothing', 400, () => ({ content: 'x', reply_to_id: crypto.randomUUID() })],
    ['a reply to nonsense', 400, () => ({ content: 'x', reply_to_id: 'nonsense' })],
    ['no such conversation', 404, () => ({ content: 'x', conversation_id: crypto.randomUUID() })],
    ['an id of another kind', 404, () => ({ content: 'x', conversation_id: alice.id })],
  ])('refuses %s with %i, silently', async (_what, status, body) => {
    expect((await send(alice, body())).status).toBe(status);
    expect(await textsOf(alice, conversation)).toEqual([]);
  });

  it('refuses a reply to another conversation with 400', async () => {
    const elsewhere = await say(alice, await openDirect(alice, carol), 'elsewhere');
    await aliceEars.next('message:received');
    expect((await send(alice, { content: 'x', reply_to_id: elsewhere.id })).status).toBe(400);
  });

  it('refuses who is not in it with 403', async () => {
    expect((await send(mallory, { content: 'let me in' })).status).toBe(403);
    expect(await textsOf(alice, conversation)).toEqual([]);
  });

  it('between the blocked is refused both ways, in other words each, until they are not', async () => {
    await block(server, alice, bob);
    const answers = [await send(alice, { content: 'x' }), await send(bob, { content: 'x' })];
    expect(answers.map(({ status }) => status)).toEqual([403, 403]);
    expect(answers[0]!.body.message).not.toBe(answers[1]!.body.message);
    await quiet(aliceEars, bobEars);
    await unblock(server, alice, bob);
    await said(alice, 'friends again');
  });

  it('in a group goes on between the blocked', async () => {
    const group = await openGroup(carol, alice, bob);
    await block(server, alice, bob);
    await say(bob, group, 'still here');
    await allHear('message:received', aliceEars, bobEars);
  });

  it('in a group where only admins post is refused to members', async () => {
    const group = await openGroup(alice, bob);
    const id = server.ids.fromUuid('conversation', group)!;
    await sql`update conversations set only_admins_can_post = true where id = ${id}`.execute(server.database.db);
    expect((await bob.call('POST', '/api/messages', { conversation_id: group, content: 'x' })).status).toBe(403);
    await say(alice, group, 'I may');
    await allHear('message:received', aliceEars, bobEars);
  });

  it('many at once stores each, in one order for everyone', async () => {
    const texts = Array.from({ length: 30 }, (_, index) => `${index}`);
    await Promise.all(texts.map((text, index) => say(index % 2 ? alice : bob, conversation, text)));
    const stored = await textsOf(alice, conversation);
    expect(stored.toSorted()).toEqual(texts.toSorted());
    for (const ears of [aliceEars, bobEars]) {
      const heard = [];
      for (const _ of texts) heard.push((await ears.next('message:received')).content);
      expect(heard).toEqual(stored);
    }
  });
});

describe('editing', () => {
  it('replaces the text, for its sender alone', async () => {
    const sent = await said(alice, 'helo');
    const edited = await ok(alice.call('PUT', `/api/messages/${sent.id}`, { content: 'hello' }));
    expectBothSpellings(edited);
    expect(edited).toMatchObject({ id: sent.id, content: 'hello', isEdited: true, createdAt: sent.createdAt });
    expect(Date.parse(edited.updatedAt)).toBeGreaterThanOrEqual(Date.parse(sent.updatedAt));
    expect(await messageIn(bob, conversation, sent.id)).toEqual(edited);
    for (const [who, status] of [
      [bob, 403],
      [mallory, 403],
    ] as const) {
      expect((await who.call('PUT', `/api/messages/${sent.id}`, { content: 'mine' })).status).toBe(status);
    }
    for (const body of [{}, { content: '' }, { content: null }, { content: 5 }]) {
      expect((await alice.call('PUT', `/api/messages/${sent.id}`, body)).status).toBe(422);
    }
    expect(await textsOf(bob, conversation)).toEqual(['hello']);
  });

  it('keeps the editor’s own star in the answer', async () => {
    const sent = await said(alice, 'one');
    await ok(alice.call('POST', `/api/messages/${sent.id}/star`, {}));
    expect((await ok(alice.call('PUT', `/api/messages/${sent.id}`, { content: 'two' }))).isStarred).toBe(true);
    expect((await messageIn(bob, conversation, sent.id)).isStarred).toBe(false);
  });

  it('finds nothing unknown or deleted', async () => {
    const sent = await said(alice, 'soon gone');
    await ok(alice.call('DELETE', `/api/messages/${sent.id}`));
    for (const id of [sent.id, crypto.randomUUID(), 'nonsense', conversation]) {
      expect((await alice.call('PUT', `/api/messages/${id}`, { content: 'x' })).status, id).toBe(404);
    }
  });
});

describe('deleting', () => {
  it('by the sender is for everyone: it leaves lists, search and stars, and its content is gone', async () => {
    const sent = await said(alice, 'xylophone', { media_url: 'https://m/1.png', message_type: 'IMAGE' });
    await ok(bob.call('POST', `/api/messages/${sent.id}/star`, {}));
    expect(await alice.call('DELETE', `/api/messages/${sent.id}`)).toMatchObject({
      status: 200,
      body: { success: true },
    });
    for (const who of [alice, bob]) {
      expect(await textsOf(who, conversation)).toEqual([]);
      expect((await ok(who.call('GET', '/api/messages/search?q=xylophone'))).messages).toEqual([]);
      expect((await ok(who.call('GET', '/api/messages/starred'))).messages).toEqual([]);
      expect((await who.call('DELETE', `/api/messages/${sent.id}`)).status).toBe(404);
    }
    const id = server.ids.fromUuid('message', sent.id)!;
    const { rows } = await sql`select content, media_url from messages where id = ${id}`.execute(server.database.db);
    expect(rows).toEqual([{ content: '', media_url: null }]);
  });

  it('by another is for themselves', async () => {
    const sent = await said(alice, 'not for me');
    await ok(bob.call('DELETE', `/api/messages/${sent.id}`));
    expect([await textsOf(alice, conversation), await textsOf(bob, conversation)]).toEqual([['not for me'], []]);
    expect(await unread(bob, conversation)).toBe(0);
    expect((await bob.call('DELETE', `/api/messages/${sent.id}`)).status).toBe(404);
    expect((await bob.call('POST', `/api/messages/${sent.id}/star`, {})).status).toBe(404);
  });

  it('is refused to who is not in it, and of the unknown', async () => {
    const sent = await said(alice, 'ours');
    expect((await mallory.call('DELETE', `/api/messages/${sent.id}`)).status).toBe(403);
    for (const id of [crypto.randomUUID(), 'nonsense', conversation]) {
      expect((await mallory.call('DELETE', `/api/messages/${id}`)).status, id).toBe(404);
    }
    expect(await textsOf(bob, conversation)).toEqual(['ours']);
  });
});

describe('forwarding', () => {
  const forward = (who: Person, message_ids: string[], conversation_id: string) =>
    who.call('POST', '/api/messages/forward', { message_ids, conversation_id });

  it('says the readable ones again, in order, skips the others, and counts as sending', async () => {
    const carolEars = await carol.connect();
    const target = await openDirect(alice, carol);
    const first = await said(bob, 'one');
    const second = await said(bob, '', {
      message_type: 'VOICE',
      media_url: 'https://m/2',
      thumbnail_url: 'https://t/2',
      audio_duration: 3,
      is_encrypted: true,
    });
    const reply = await said(alice, 'three', { reply_to_id: first.id });
    const deleted = await said(alice, 'deleted');
    await ok(alice.call('DELETE', `/api/messages/${deleted.id}`));
    const hidden = await said(bob, 'hidden');
    await ok(alice.call('DELETE', `/api/messages/${hidden.id}`));
    const foreign = await say(bob, await openDirect(bob, carol), 'not alice’s to read');
    await allHear('message:received', bobEars, carolEars);

    const ids = [second.id, first.id, foreign.id, deleted.id, hidden.id, reply.id, crypto.randomUUID(), 'nonsense'];
    expect(await ok(forward(alice, ids, target))).toMatchObject({ success: true, forwarded_count: 3 });
    const expected = [
      {
        content: '',
        type: 'VOICE',
        mediaUrl: 'https://m/2',
        thumbnailUrl: 'https://t/2',
        audioDuration: 3,
        isEncrypted: true,
      },
      { content: 'one', type: 'TEXT' },
      { content: 'three', type: 'TEXT', replyTo: null, replyToId: null },
    ];
    for (const one of expected) {
      const heard = await allHear('message:received', aliceEars, carolEars);
      expect(heard).toMatchObject({
        ...one,
        isForwarded: true,
        senderId: alice.id,
        status: 'SENT',
        conversationId: target,
      });
    }
    expect(await unread(carol, target)).toBe(3);
    expect(await textsOf(carol, target)).toEqual(['', 'one', 'three']);
    expect(await ok(forward(alice, [], target))).toMatchObject({ forwarded_count: 0 });
    await quiet(carolEars);
    carolEars.close();
  });

  it('is refused to others, between the blocked, and to nowhere', async () => {
    const sent = await said(alice, 'one');
    expect((await forward(mallory, [sent.id], conversation)).status).toBe(403);
    expect((await forward(alice, [sent.id], crypto.randomUUID())).status).toBe(404);
    const target = await openDirect(mallory, carol);
    expect(await ok(forward(mallory, [sent.id], target))).toMatchObject({ forwarded_count: 0 });
    await block(server, bob, alice);
    expect((await forward(alice, [sent.id], conversation)).status).toBe(403);
    for (const body of [{}, { message_ids: [sent.id] }, { message_ids: 'x', conversation_id: conversation }]) {
      expect((await alice.call('POST', '/api/messages/forward', body)).status).toBe(422);
    }
    expect(await textsOf(alice, conversation)).toEqual(['one']);
  });
});

describe('stars', () => {
  const star = (who: Person, method: 'POST' | 'DELETE', id: string) =>
    who.call(method, `/api/messages/${id}/star`, method === 'POST' ? {} : undefined);
  const starred = async (who: Person, query = '') => ok(who.call('GET', `/api/messages/starred${query}`));

  it('are each person’s own, idempotent, newest first', async () => {
    const sent = [await said(alice, 'one'), await said(bob, 'two'), await said(alice, 'three')];
    for (const { id } of [sent[2], sent[0], sent[1], sent[0]])
      expect((await star(bob, 'POST', id)).body.success).toBe(true);
    const page = await starred(bob);
    expect(page).toMatchObject({ total: 3, limit: 50, has_more: false });
    expect(page.messages.map((one: Body) => one.content)).toEqual(['three', 'two', 'one']);
    for (const message of page.messages) expect(message).toMatchObject({ isStarred: true, is_starred: true });
    expect(await starred(bob, '?limit=2')).toMatchObject({ total: 3, limit: 2, has_more: true });
    const rest = await starred(bob, '?limit=2&offset=2');
    expect([rest.messages[0].content, rest.has_more]).toEqual(['one', false]);
    expect((await starred(alice)).messages).toEqual([]);
    expect((await messageIn(bob, conversation, sent[0].id)).isStarred).toBe(true);
    expect((await messageIn(alice, conversation, sent[0].id)).isStarred).toBe(false);
    for (let time = 0; time < 2; time += 1) expect((await star(bob, 'DELETE', sent[0].id)).body.success).toBe(true);
    expect((await starred(bob)).total).toBe(2);
    await ok(bob.call('DELETE', `/api/conversations/${conversation}/clear`));
    expect(await starred(bob)).toMatchObject({ messages: [], total: 0 });
  });

  it('are not to be had on what is not yours, unknown or deleted', async () => {
    const sent = await said(alice, 'one');
    expect((await star(mallory, 'POST', sent.id)).status).toBe(403);
    expect((await star(mallory, 'DELETE', sent.id)).status).toBe(403);
    await ok(alice.call('DELETE', `/api/messages/${sent.id}`));
    expect((await star(bob, 'POST', sent.id)).status).toBe(404);
    for (const id of [crypto.randomUUID(), 'nonsense', conversation]) {
      expect((await star(bob, 'POST', id)).status).toBe(404);
      expect((await star(bob, 'DELETE', id)).status).toBe(404);
    }
  });

  it('go with the conversation one has left', async () => {
    const group = await openGroup(alice, bob);
    const sent = await say(alice, group, 'in the group');
    await allHear('message:received', aliceEars, bobEars);
    await ok(star(bob, 'POST', sent.id));
    await ok(bob.call('DELETE', `/api/conversations/${group}`));
    expect(await aliceEars.next('message:received')).toMatchObject({ type: 'SYSTEM' });
    expect(await starred(bob)).toMatchObject({ messages: [], total: 0 });
  });
});

describe('status', () => {
  const status = (who: Person, id: string, word: unknown) =>
    who.call('PUT', `/api/messages/${id}/status`, { status: word });

  it('goes forward only, by others only, and is told', async () => {
    const sent = await said(alice, 'one');
    const now = async () => (await messageIn(alice, conversation, sent.id)).status;
    for (const word of ['SENT', 'SENDING', 'FAILED', 'nonsense', '']) await ok(status(bob, sent.id, word));
    await ok(status(alice, sent.id, 'READ'));
    expect(await now()).toBe('SENT');
    await quiet(aliceEars, bobEars);

    expect(await ok(status(bob, sent.id, 'DELIVERED'))).toMatchObject({ success: true });
    expect(await aliceEars.next('message:delivered')).toEqual({
      messageId: sent.id,
      userId: bob.id,
      conversationId: conversation,
    });
    expect(await now()).toBe('DELIVERED');
    await ok(status(bob, sent.id, 'DELIVERED'));
    await quiet(aliceEars, bobEars);

    await ok(status(bob, sent.id, 'read'));
    expect(await allHear('message:read', aliceEars, bobEars)).toEqual({
      messageId: sent.id,
      conversationId: conversation,
      userId: bob.id,
    });
    await ok(status(bob, sent.id, 'DELIVERED'));
    await ok(status(bob, sent.id, 'READ'));
    expect(await now()).toBe('READ');
    expect(await unread(bob, conversation)).toBe(0);
  });

  it('is refused to others and of the unknown', async () => {
    const sent = await said(alice, 'one');
    for (const word of ['READ', 'DELIVERED', 'nonsense']) {
      expect((await status(mallory, sent.id, word)).status, word).toBe(403);
      expect((await status(bob, crypto.randomUUID(), word)).status, word).toBe(404);
    }
    for (const word of [null, 5, undefined]) expect((await status(bob, sent.id, word)).status).toBe(422);
    expect((await messageIn(alice, conversation, sent.id)).status).toBe('SENT');
  });
});

describe('POST read', () => {
  it('marks single messages, says each, and counts the new ones', async () => {
    const sent = [
      await said(alice, 'one'),
      await said(alice, 'two'),
      await said(alice, 'three'),
      await said(bob, 'mine'),
    ];
    const group = await openGroup(alice, bob);
    const other = await say(alice, group, 'elsewhere');
    await allHear('message:received', aliceEars, bobEars);
    const read = (message_ids: string[]) =>
      ok(bob.call('POST', '/api/messages/read', { message_ids, conversation_id: conversation }));
    const ids = [sent[0].id, sent[2].id, sent[3].id, other.id, crypto.randomUUID(), 'nonsense', sent[0].id];
    expect(await read(ids)).toEqual({ success: true, updated: 3 });
    const heard = [];
    for (let index = 0; index < 3; index += 1)
      heard.push((await allHear('message:read', aliceEars, bobEars)).messageId);
    expect(new Set(heard)).toEqual(new Set([sent[0].id, sent[2].id, other.id]));
    expect((await messageIn(alice, conversation, sent[1].id)).status).toBe('SENT');
    expect((await messageIn(alice, conversation, sent[2].id)).status).toBe('READ');
    expect(await read(ids)).toEqual({ success: true, updated: 0 });
    expect(await read([])).toEqual({ success: true, updated: 0 });
    expect(await read([sent[1].id])).toEqual({ success: true, updated: 1 });
    await allHear('message:read', aliceEars, bobEars);
  });

  it('of a foreign message changes nothing', async () => {
    const sent = await said(alice, 'one');
    expect((await mallory.call('POST', '/api/messages/read', { message_ids: [sent.id] })).status).toBe(403);
    expect((await messageIn(alice, conversation, sent.id)).status).toBe('SENT');
    for (const body of [{}, { message_ids: 'x' }, { message_ids: [5] }]) {
      expect((await bob.call('POST', '/api/messages/read', body)).status).toBe(422);
    }
  });
});
