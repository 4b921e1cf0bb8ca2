// A retried write gets the first result again (DECISIONS 31).

import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readSettings } from '../../../src/config.ts';
import { startServer } from '../../../src/server.ts';
import { makeTestDatabase } from '../../support/database.ts';
import { call, type Ears, type Person } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { allHear, cast, listed, ok, openDirect, quiet, say, textsOf } from './stage.ts';

let server: TestServer;
let alice: Person;
let bob: Person;
let mallory: Person;
let aliceEars: Ears;
let bobEars: Ears;
let conversation: string;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

beforeEach(async () => {
  ({ alice, bob, mallory } = await cast(server, 'alice', 'bob', 'mallory'));
  conversation = await openDirect(alice, bob);
  [aliceEars, bobEars] = await Promise.all([alice.connect(), bob.connect()]);
  return async () => {
    await quiet(aliceEars, bobEars);
    aliceEars.close();
    bobEars.close();
  };
});

const keyed = (who: Person, method: string, path: string, body: object | undefined, key: string) =>
  who.call(method, path, body, { 'idempotency-key': key });

const times = <T>(count: number, act: () => Promise<T>) => Promise.all(Array.from({ length: count }, act));

describe('sending', () => {
  const send = (who: Person, content: string, key: string) =>
    keyed(who, 'POST', '/api/messages', { conversation_id: conversation, content }, key);

  it('eight times at once is one message, eight equal answers and one event', async () => {
    const answers = await times(8, () => send(alice, 'once', 'key-1'));
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: answers[0]!.body });
    expect(await allHear('message:received', aliceEars, bobEars)).toEqual(answers[0]!.body);
    expect((await send(alice, 'once', 'key-1')).body).toEqual(answers[0]!.body);
    expect(await textsOf(bob, conversation)).toEqual(['once']);
    expect(await listed(bob, conversation)).toMatchObject({ unreadCount: 1 });
  });

  it('another body under the same key is 422, at once or later', async () => {
    const [first, second] = await Promise.all([send(alice, 'one', 'key-2'), send(alice, 'two', 'key-2')]);
    expect([first.status, second.status]).toEqual(first.status === 200 ? [200, 422] : [422, 200]);
    await allHear('message:received', aliceEars, bobEars);
    const other = await send(alice, 'three', 'key-2');
    expect(other).toMatchObject({ status: 422, body: { success: false, detail: expect.any(String) } });
  });

  it('a key is its account’s own', async () => {
    const [hers, his] = await Promise.all([send(alice, 'same words', 'key-3'), send(bob, 'same words', 'key-3')]);
    expect(his.body.id).not.toBe(hers.body.id);
    await allHear('message:received', aliceEars, bobEars);
    await allHear('message:received', aliceEars, bobEars);
    const stolen = await send(mallory, 'same words', 'key-3');
    expect(stolen.status).toBe(403);
    expect(JSON.stringify(stolen.body)).not.toContain('same words');
    const own = await openDirect(mallory, bob);
    const sent = await keyed(mallory, 'POST', '/api/messages', { conversation_id: own, content: 'mine' }, 'key-3');
    expect(sent.body).toMatchObject({ content: 'mine', senderId: mallory.id });
    await bobEars.next('message:received');
  });

  it('a refusal is not kept', async () => {
    const { status } = await keyed(
      alice,
      'POST',
      '/api/messages',
      { conversation_id: conversation, content: '' },
      'key-4',
    );
    expect(status).toBe(422);
    expect((await send(alice, 'now it says something', 'key-4')).status).toBe(200);
    await allHear('message:received', aliceEars, bobEars);
  });

  it('a deleted message does not come back by a retry', async () => {
    const { body } = await send(alice, 'gone', 'key-5');
    await allHear('message:received', aliceEars, bobEars);
    await ok(alice.call('DELETE', `/api/messages/${body.id}`));
    expect((await send(alice, 'gone', 'key-5')).body).toMatchObject({ id: body.id, isDeleted: true, content: '' });
    expect(await textsOf(bob, conversation)).toEqual([]);
  });

  it.each(['', ' ', 'a b', 'ü', 'x'.repeat(256)])('a key like "%s" is 422', async (key) => {
    expect((await send(alice, 'x', key)).status).toBe(422);
    expect(await textsOf(bob, conversation)).toEqual([]);
  });
});

describe('other writes', () => {
  it('forwarding eight times at once says it once', async () => {
    const sent = [await say(bob, conversation, 'one'), await say(bob, conversation, 'two')];
    for (const _ of sent) await allHear('message:received', aliceEars, bobEars);
    const target = await openDirect(alice, mallory);
    const body = { message_ids: sent.map((one) => one.id), conversation_id: target };
    const answers = await times(8, () => keyed(alice, 'POST', '/api/messages/forward', body, 'forward-1'));
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { forwarded_count: 2 } });
    expect(await textsOf(mallory, target)).toEqual(['one', 'two']);
    for (const _ of sent) await aliceEars.next('message:received');
    const other = await keyed(
      alice,
      'POST',
      '/api/messages/forward',
      { ...body, message_ids: [sent[1].id] },
      'forward-1',
    );
    expect(other.status).toBe(422);
  });

  it('making a group eight times at once makes one', async () => {
    const body = { type: 'GROUP', name: 'Once', participant_ids: [bob.id] };
    const answers = await times(8, () => keyed(alice, 'POST', '/api/conversations', body, 'group-1'));
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { id: answers[0]!.body.id } });
    expect((await ok(alice.call('GET', '/api/conversations'))).total).toBe(2);
    expect((await keyed(alice, 'POST', '/api/conversations', { ...body, name: 'Twice' }, 'group-1')).status).toBe(422);
    const theirs = await keyed(mallory, 'POST', '/api/conversations', { ...body, participant_ids: [] }, 'group-1');
    expect(theirs.body.id).not.toBe(answers[0]!.body.id);
  });

  it('toggling a favourite eight times at once toggles it once', async () => {
    const path = `/api/conversations/${conversation}/favorite`;
    const answers = await times(8, () => keyed(alice, 'PUT', path, {}, 'favourite-1'));
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { is_favorite: true } });
    await ok(keyed(alice, 'PUT', path, {}, 'favourite-2'));
    expect((await keyed(alice, 'PUT', path, {}, 'favourite-1')).body.is_favorite).toBe(true);
    expect(await listed(alice, conversation)).toMatchObject({ is_favorite: false });
    const another = await openDirect(alice, mallory);
    expect((await keyed(alice, 'PUT', `/api/conversations/${another}/favorite`, {}, 'favourite-1')).status).toBe(422);
  });

  it.each<[string, string]>([
    ['DELETE', '/clear'],
    ['DELETE', ''],
  ])('a retried %s conversation%s spares what came in between', async (method, end) => {
    await say(bob, conversation, 'old');
    const path = `/api/conversations/${conversation}${end}`;
    expect((await keyed(alice, method, path, undefined, 'drop-1')).status).toBe(200);
    await say(bob, conversation, 'new');
    expect((await keyed(alice, method, path, undefined, 'drop-1')).status).toBe(200);
    expect(await textsOf(alice, conversation)).toEqual(['new']);
    expect(await listed(alice, conversation)).toMatchObject({ unreadCount: 1 });
    for (const _ of ['old', 'new']) await allHear('message:received', aliceEars, bobEars);
  });

  it('a retried deletion or star is as good as the first', async () => {
    const sent = await say(bob, conversation, 'one');
    await allHear('message:received', aliceEars, bobEars);
    const star = () => keyed(alice, 'POST', `/api/messages/${sent.id}/star`, {}, 'star-1');
    expect((await star()).status).toBe(200);
    await ok(alice.call('DELETE', `/api/messages/${sent.id}/star`));
    expect((await star()).status).toBe(200);
    expect((await ok(alice.call('GET', '/api/messages/starred'))).total).toBe(0);
    for (let time = 0; time < 2; time += 1) {
      expect((await keyed(bob, 'DELETE', `/api/messages/${sent.id}`, undefined, 'delete-1')).status).toBe(200);
    }
  });

  it('a retried leaving of a group is as good as the first', async () => {
    const { body } = await alice.call('POST', '/api/conversations', { type: 'GROUP', participant_ids: [bob.id] });
    const leave = () => keyed(bob, 'DELETE', `/api/conversations/${body.id}`, undefined, 'leave-1');
    expect((await leave()).status).toBe(200);
    expect(await aliceEars.next('message:received')).toMatchObject({ type: 'SYSTEM' });
    expect((await leave()).status).toBe(200);
  });
});

describe('one key on two routes', () => {
  const routes: Record<string, () => [string, string, object]> = {
    send: () => ['POST', '/api/messages', { conversation_id: conversation, content: 'hello' }],
    create: () => ['POST', '/api/conversations', { type: 'GROUP', participant_ids: [] }],
    favorite: () => ['PUT', `/api/conversations/${conversation}/favorite`, {}],
  };
  it.each([
    ['create', 'favorite'],
    ['favorite', 'create'],
    ['create', 'send'],
    ['favorite', 'send'],
  ])('%s, then %s: 422', async (first, second) => {
    expect((await keyed(alice, ...routes[first]!(), 'shared')).status).toBe(200);
    expect((await keyed(alice, ...routes[second]!(), 'shared')).status).toBe(422);
  });

  it('send, then forward, and the other way round: 422', async () => {
    const sent = await say(bob, conversation, 'one');
    await allHear('message:received', aliceEars, bobEars);
    const send = (key: string) => keyed(alice, ...routes['send']!(), key);
    const forward = (key: string) =>
      keyed(alice, 'POST', '/api/messages/forward', { message_ids: [sent.id], conversation_id: conversation }, key);
    expect([(await send('a')).status, (await forward('a')).status]).toEqual([200, 422]);
    await allHear('message:received', aliceEars, bobEars);
    expect([(await forward('b')).status, (await send('b')).status]).toEqual([200, 422]);
    await allHear('message:received', aliceEars, bobEars);
  });
});

// Two whole starts: on a busy machine more than most.
it('outlives the server', { timeout: 60_000 }, async () => {
  const place = await makeTestDatabase();
  const start = async () => {
    const { settings } = readSettings({
      PORT: '0',
      HOST: '127.0.0.1',
      ENVIRONMENT: 'test',
      RATE_LIMITS: 'off',
      BCRYPT_ROUNDS: '4',
      DATA_DIR: place.dataDir,
      ...(place.url !== undefined && { DATABASE_URL: place.url }),
    });
    const started = await startServer({ settings, log: pino({ level: 'silent' }), print: () => {} });
    return {
      ...started,
      url: started.addresses[0]!,
      printed: [],
      logged: [],
      codeFor: async () => '',
    } satisfies TestServer;
  };
  try {
    const before = await start();
    const { alice: writer, bob: reader } = await cast(before, 'alice', 'bob');
    const opened = await openDirect(writer, reader);
    const headers = { 'idempotency-key': 'over the restart'.replaceAll(' ', '-') };
    const requests = [
      ['POST', '/api/messages', { conversation_id: opened, content: 'once' }],
      ['POST', '/api/conversations', { type: 'GROUP', participant_ids: [] }],
      ['PUT', `/api/conversations/${opened}/favorite`, {}],
    ] as const;
    const again = (on: TestServer) =>
      Promise.all(
        requests.map(([method, path, body], index) =>
          call(on, method, path, {
            body,
            token: writer.accessToken,
            headers: { 'idempotency-key': `${headers['idempotency-key']}-${index}` },
          }),
        ),
      );
    const first = await again(before);
    await before.close();

    const after = await start();
    const second = await again(after);
    expect(second.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(second.map(({ body }) => body)).toEqual(first.map(({ body }) => body));
    const page = await call(after, 'GET', `/api/conversations/${opened}/messages`, { token: reader.accessToken });
    expect(page.body.total).toBe(1);
    await after.close();
  } finally {
    await place.remove();
  }
});
