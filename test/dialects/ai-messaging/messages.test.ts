// Messages between two people, and what they are labelled.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { makeSuperuser, register, say, type Person } from './people.ts';

let server: TestServer;
let alice: Person;
let bob: Person;
let carol: Person;
let mallory: Person;
beforeAll(async () => {
  server = await startTestServer();
  [alice, bob, carol, mallory] = (await Promise.all(
    ['alice', 'bob', 'carol', 'mallory'].map((name) => register(server, name)),
  )) as [Person, Person, Person, Person];
});
afterAll(() => server.close());

const contents = (messages: { content: string }[]) => messages.map((message) => message.content);
const unread = async (person: Person) => (await person.call('GET', '/messages/unread/count')).body.unread_count;
const label = (a: Person, b: Person) => `conv_${Math.min(a.id, b.id)}_${Math.max(a.id, b.id)}`;

describe('sending', () => {
  it('answers the message', async () => {
    const { status, body } = await alice.call('POST', '/messages', {
      recipient_id: bob.id,
      content: 'Hi\n<b>Bob</b> ü 🎈',
    });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(Number),
      sender_id: alice.id,
      recipient_id: bob.id,
      content: 'Hi\n<b>Bob</b> ü 🎈',
      is_read: false,
      parent_id: null,
      conversation_id: label(alice, bob),
      created_at: expect.any(String),
      updated_at: body.created_at,
    });
    expect((await bob.call('GET', `/messages/${body.id}`)).body).toEqual(body);
  });

  it.each([
    ['a number as text', { recipient_id: String }, 201],
    ['a number with a fraction of nothing', { recipient_id: (id: number) => id }, 201],
    ['an empty text', { content: '' }, 201],
    ['a long text', { content: 'x'.repeat(10_000) }, 201],
    ['an unknown recipient', { recipient_id: 99999 }, 404],
    ['a recipient that could never be', { recipient_id: -1 }, 404],
    ['no number', { recipient_id: 'bob' }, 422],
    ['a fraction', { recipient_id: 1.5 }, 422],
    ['a number beyond all', { recipient_id: 1e300 }, 422],
    ['a number for a text', { content: 5 }, 422],
    ['no text', { content: undefined }, 422],
    ['no recipient', { recipient_id: undefined }, 422],
    ['a label too long', { conversation_id: 'x'.repeat(101) }, 422],
  ])('takes or refuses %s', async (_what, change: Record<string, unknown>, status) => {
    const sent = Object.fromEntries(
      Object.entries({ recipient_id: bob.id, content: 'x', ...change }).map(([name, value]) => [
        name,
        typeof value === 'function' ? (value as (id: number) => unknown)(bob.id) : value,
      ]),
    );
    const answer = await alice.call('POST', '/messages', sent);
    expect(answer.status).toBe(status);
    if (status === 404) expect(answer.body.detail).toContain('Recipient not found');
  });

  it('twice with one key is once, also in a conversation', async () => {
    const body = { recipient_id: bob.id, content: 'once' };
    const key = { 'idempotency-key': 'send-1' };
    const [first, second] = [
      await alice.call('POST', '/messages', body, key),
      await alice.call('POST', '/messages', body, key),
    ];
    expect([second.status, second.body]).toEqual([201, first.body]);
    expect((await alice.call('POST', '/messages', { ...body, content: 'other' }, key)).status).toBe(422);
    const path = '/auth/conversations/keyed/messages';
    const third = await alice.call('POST', path, body, { 'idempotency-key': 'send-2' });
    const fourth = await alice.call('POST', path, body, { 'idempotency-key': 'send-2' });
    expect([fourth.status, fourth.body]).toEqual([200, third.body]);
    const { body: keyed } = await bob.call('GET', path);
    expect(contents(keyed)).toEqual(['once']);
  });

  it('to oneself is allowed, and unread until read', async () => {
    const dave = await register(server, 'dave');
    const [one, two] = [await say(dave, dave, 'note 1'), await say(dave, dave, 'note 2')];
    expect(one).toMatchObject({ sender_id: dave.id, recipient_id: dave.id, conversation_id: label(dave, dave) });
    expect(await unread(dave)).toBe(2);
    expect((await dave.call('PUT', `/messages/${two.id}/read`)).status).toBe(200);
    expect(await unread(dave)).toBe(1);
    expect((await dave.call('GET', `/messages/${one.id}`)).body.is_read).toBe(false);
    expect((await dave.call('GET', `/messages/${two.id}`)).body.is_read).toBe(true);
    expect(contents((await dave.call('GET', '/messages/received?unread_only=true')).body)).toEqual(['note 1']);
    const [summary] = (await dave.call('GET', '/auth/conversations')).body;
    expect(summary).toMatchObject({ other_user_id: dave.id, other_user_name: dave.username, unread_count: 1 });
    await dave.call('PUT', '/messages/read-all');
    expect(await unread(dave)).toBe(0);
    await say(dave, dave, 'note 3');
    expect(await unread(dave)).toBe(1);
  });
});

describe('lists', () => {
  it('page from the newest, each page in the order it was said', async () => {
    const [erin, frank] = [await register(server, 'erin'), await register(server, 'frank')];
    for (let n = 1; n <= 5; n += 1) await say(n % 2 ? erin : frank, n % 2 ? frank : erin, `m${n}`);
    await say(carol, erin, 'm6');
    const list = async (path: string) => contents((await erin.call('GET', path)).body);
    expect(await list('/messages')).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6']);
    expect(await list('/messages?skip=0&limit=2&unread_only=false')).toEqual(['m5', 'm6']);
    expect(await list('/messages?skip=2&limit=2')).toEqual(['m3', 'm4']);
    expect(await list('/messages?skip=6')).toEqual([]);
    expect(await list('/messages/sent')).toEqual(['m1', 'm3', 'm5']);
    expect(await list('/messages/sent?skip=1&limit=1')).toEqual(['m3']);
    expect(await list('/messages/received')).toEqual(['m2', 'm4', 'm6']);
    const [m2] = (await erin.call('GET', '/messages/received')).body;
    await erin.call('PUT', `/messages/${m2.id}/read`);
    expect(await list('/messages?unread_only=true')).toEqual(['m4', 'm6']);
    expect(await list('/messages/received?unread_only=1&limit=1')).toEqual(['m6']);
    expect(await list(`/auth/conversations/${label(erin, frank)}/messages?limit=2`)).toEqual(['m4', 'm5']);
    expect(contents((await mallory.call('GET', '/messages')).body)).toEqual([]);
    for (const query of ['skip=-1', 'limit=x', 'unread_only=perhaps']) {
      expect((await erin.call('GET', `/messages?${query}`)).status, query).toBe(422);
    }
  });
});

describe('reading', () => {
  it('is the recipient’s alone, message by message, and the sender sees it', async () => {
    const [gina, hugo] = [await register(server, 'gina'), await register(server, 'hugo')];
    const said = [await say(gina, hugo, '1'), await say(gina, hugo, '2'), await say(gina, hugo, '3')];
    await say(hugo, gina, 'an answer reads nothing');
    expect(await unread(hugo)).toBe(3);
    const read = await hugo.call('PUT', `/messages/${said[1].id}/read`, undefined, {
      'content-type': 'application/json',
    });
    expect(read.status).toBe(200);
    expect((await hugo.call('PUT', `/messages/${said[1].id}/read`)).status).toBe(200);
    for (const viewer of [gina, hugo]) {
      const marks = (await viewer.call('GET', '/messages')).body.map(
        (message: { is_read: boolean }) => message.is_read,
      );
      expect(marks).toEqual([false, true, false, false]);
    }
    expect(await unread(hugo)).toBe(2);
    const marked = (await gina.call('GET', `/messages/${said[1].id}`)).body;
    expect(marked.updated_at >= marked.created_at).toBe(true);
    for (const [person, status] of [
      [gina, 403],
      [mallory, 403],
      [hugo, 200],
    ] as const) {
      const answer = await person.call('PUT', `/messages/${said[0].id}/read`);
      expect(answer.status).toBe(status);
      if (status === 403) expect(answer.body.detail).toContain('Only the recipient can mark');
    }
    expect((await hugo.call('PUT', '/messages/99999/read')).status).toBe(404);
  });

  it('all at once marks what was received and nothing else', async () => {
    const [iris, jack] = [await register(server, 'iris'), await register(server, 'jack')];
    expect((await iris.call('PUT', '/messages/read-all')).status).toBe(200);
    await say(jack, iris, '1');
    await say(carol, iris, '2', 'a label');
    const own = await say(iris, jack, '3');
    expect(await unread(iris)).toBe(2);
    expect((await iris.call('PUT', '/messages/read-all')).body).toEqual({ message: expect.any(String) });
    expect(await unread(iris)).toBe(0);
    expect((await jack.call('GET', `/messages/${own.id}`)).body.is_read).toBe(false);
    expect(await unread(jack)).toBe(1);
    await say(jack, iris, '4');
    expect(await unread(iris)).toBe(1);
  });
});

describe('changing', () => {
  it('is the sender’s alone, at any time, and only of the text', async () => {
    const message = await say(alice, bob, 'frist');
    await bob.call('PUT', `/messages/${message.id}/read`);
    const { status, body } = await alice.call('PUT', `/messages/${message.id}`, {
      content: 'first',
      recipient_id: 1,
      is_read: false,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ content: 'first', recipient_id: bob.id, is_read: true });
    expect(body.updated_at > message.updated_at).toBe(true);
    for (const unchanged of [{}, { content: null }, { content: 'first' }]) {
      expect((await alice.call('PUT', `/messages/${message.id}`, unchanged)).body).toEqual(body);
    }
    expect((await alice.call('PUT', `/messages/${message.id}`, { content: '' })).body.content).toBe('');
    const root = await makeSuperuser(server);
    for (const person of [bob, mallory, root]) {
      const answer = await person.call('PUT', `/messages/${message.id}`, { content: 'mine' });
      expect(answer.status).toBe(403);
      expect(answer.body.detail).toContain('Only the sender can update');
    }
    expect((await alice.call('PUT', `/messages/${message.id}`)).status).toBe(422);
    expect((await alice.call('PUT', `/messages/${message.id}`, { content: 1 })).status).toBe(422);
    expect((await alice.call('PUT', '/messages/99999', { content: 'x' })).status).toBe(404);
  });

  it('by deleting is for both, by either, and by nobody else', async () => {
    const [one, two] = [await say(alice, bob, 'one'), await say(alice, bob, 'two')];
    const root = await makeSuperuser(server);
    for (const person of [mallory, root]) {
      const answer = await person.call('DELETE', `/messages/${one.id}`);
      expect(answer.status).toBe(403);
      expect(answer.body.detail).toContain("don't have permission");
      const looked = await person.call('GET', `/messages/${one.id}`);
      expect(looked.status).toBe(403);
      expect(looked.body.detail).toContain("don't have access");
    }
    const before = await unread(bob);
    expect((await alice.call('DELETE', `/messages/${one.id}`)).status).toBe(200);
    expect((await bob.call('DELETE', `/messages/${two.id}`)).status).toBe(200);
    expect(await unread(bob)).toBe(before - 2);
    for (const [person, message] of [
      [alice, one],
      [bob, one],
      [alice, two],
      [bob, two],
      [mallory, one],
    ] as const) {
      for (const [method, path] of [
        ['GET', ''],
        ['PUT', '/read'],
        ['DELETE', ''],
      ] as const) {
        const answer = await person.call(method, `/messages/${message.id}${path}`);
        expect([answer.status, answer.body.detail]).toEqual([404, 'Message not found.']);
      }
    }
    const ids = (await alice.call('GET', '/messages')).body.map((message: { id: number }) => message.id);
    expect(ids).not.toContain(one.id);
    expect(ids).not.toContain(two.id);
  });
});

describe('conversations', () => {
  it('are groups by label: one pair may have several, one label several pairs', async () => {
    const [kim, leo, mia] = [
      await register(server, 'kim'),
      await register(server, 'leo'),
      await register(server, 'mia'),
    ];
    await say(kim, leo, 'plain');
    await say(leo, kim, 'about work', 'work');
    await say(mia, kim, `${'ü'.repeat(99)}🎈!`, 'work');
    await say(leo, mia, 'not kim’s business', 'work');
    await say(kim, leo, 'said to be plain', label(kim, leo));
    await say(kim, leo, 'empty is plain', '');
    const { body } = await kim.call('GET', '/auth/conversations');
    expect(body).toEqual([
      {
        conversation_id: label(kim, leo),
        other_user_id: leo.id,
        other_user_name: leo.username,
        last_message: 'empty is plain',
        last_message_at: expect.any(String),
        unread_count: 0,
      },
      {
        conversation_id: 'work',
        other_user_id: mia.id,
        other_user_name: mia.username,
        last_message: `${'ü'.repeat(99)}🎈`,
        last_message_at: expect.any(String),
        unread_count: 2,
      },
    ]);
    const read = async (person: Person, id: string) =>
      contents((await person.call('GET', `/auth/conversations/${encodeURIComponent(id)}/messages`)).body);
    expect(await read(kim, label(kim, leo))).toEqual(['plain', 'said to be plain', 'empty is plain']);
    expect(await read(kim, 'work')).toEqual(['about work', `${'ü'.repeat(99)}🎈!`]);
    expect(await read(mia, 'work')).toHaveLength(2);
    expect(await read(mallory, 'work')).toEqual([]);
    expect(await read(mallory, label(kim, leo))).toEqual([]);
    expect(await read(kim, 'nowhere')).toEqual([]);

    await say(leo, kim, 'plain and unread');
    expect(await unread(kim)).toBe(3);
    expect((await kim.call('PUT', '/auth/conversations/work/read')).status).toBe(200);
    expect(await unread(kim)).toBe(1);
    expect((await kim.call('PUT', '/auth/conversations/nowhere/read')).status).toBe(200);
    expect((await kim.call('PUT', `/auth/conversations/${label(kim, leo)}/read`)).status).toBe(200);
    expect(await unread(kim)).toBe(0);
    expect(await unread(mia)).toBe(1);
  });

  it('take any id, also one that looks like another pair’s', async () => {
    const odd = 'a b/c?d=e&ü%';
    const path = `/auth/conversations/${encodeURIComponent(odd)}/messages`;
    const sent = await alice.call('POST', path, { recipient_id: bob.id, content: 'odd', conversation_id: 'ignored' });
    expect([sent.status, sent.body.conversation_id]).toEqual([200, odd]);
    expect(contents((await bob.call('GET', path)).body)).toEqual(['odd']);

    const foreign = label(bob, carol);
    await say(mallory, bob, 'posing', foreign);
    await say(carol, bob, 'genuine');
    expect(contents((await bob.call('GET', `/auth/conversations/${foreign}/messages`)).body)).toEqual([
      'posing',
      'genuine',
    ]);
    expect(contents((await carol.call('GET', `/auth/conversations/${foreign}/messages`)).body)).toEqual(['genuine']);
    expect(contents((await mallory.call('GET', `/auth/conversations/${foreign}/messages`)).body)).toEqual(['posing']);

    for (const [body, status] of [
      [{ recipient_id: 99999, content: 'x' }, 404],
      [{ recipient_id: bob.id }, 422],
      [{ content: 'x' }, 422],
    ] as const) {
      expect((await alice.call('POST', '/auth/conversations/x/messages', body)).status).toBe(status);
    }
    const long = await alice.call('POST', `/auth/conversations/${'x'.repeat(101)}/messages`, {
      recipient_id: bob.id,
      content: '',
    });
    expect(long.status).toBe(422);
  });
});
