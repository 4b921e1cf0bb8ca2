// Two processes on one PostgreSQL, with Redis and without: what crosses between them, and how soon.

import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { setDisabled } from '../src/core/accounts/administer.ts';
import type { AccountId } from '../src/core/ids.ts';
import { databaseKinds, makeTestDatabase, type DatabasePlace } from './support/database.ts';
import { call, connect, type Ears, type Person, signUp } from './support/people.ts';
import { hasRedisServer, type PrivateRedis, sharedRedis, startPrivateRedis } from './support/redis.ts';
import { startTestServer, type TestServer } from './support/server.ts';

const hasPostgresql = databaseKinds.includes('postgresql');
const system = { kind: 'system' } as const;

/** Milliseconds after which what was revoked anywhere is refused everywhere (DECISIONS 6). */
const REVOKED_WITHIN = 2_000;

/** A figure for whoever reads along. */
function print(sentence: string): void {
  process.stdout.write(`${sentence}\n`);
}

interface Pair {
  place: DatabasePlace;
  settings: Record<string, string>;
  a: TestServer;
  b: TestServer;
  close(): Promise<void>;
}

/** Two servers on one database. */
async function startPair(redis: string | null): Promise<Pair> {
  const place = await makeTestDatabase('postgresql');
  const settings = { DATABASE_URL: place.url!, ...(redis !== null && { REDIS_URL: redis }) };
  const a = await startTestServer(settings);
  const b = await startTestServer(settings);
  return {
    place,
    settings,
    a,
    b,
    async close() {
      await Promise.all([a.close(), b.close()]);
      await place.remove();
    },
  };
}

async function openConversation(from: Person, to: Person): Promise<string> {
  return (await from.call('POST', '/api/conversations', { participant_ids: [to.id] })).body.id;
}

async function say(server: TestServer, person: Person, conversation: string, content: string): Promise<number> {
  const body = { conversation_id: conversation, content };
  return (await call(server, 'POST', '/api/messages', { body, token: person.accessToken })).status;
}

function heardBy(ears: Ears): string[] {
  return ears.heard
    .filter(({ event }) => event === 'message:received')
    .map(({ payload }) => (payload as { content: string }).content);
}

/** All messages of a conversation, the oldest first. */
async function historyOf(person: Person, conversation: string): Promise<string[]> {
  const texts: string[] = [];
  for (let before = ''; ;) {
    const path = `/api/conversations/${conversation}/messages?limit=500${before}`;
    const { messages, has_more: more } = (await person.call('GET', path)).body;
    texts.unshift(...messages.map((message: { content: string }) => message.content));
    if (!more) return texts;
    before = `&before=${messages[0].id}`;
  }
}

/** Milliseconds until the token is answered so by all these servers, each asked on and on. */
async function untilAnswered(servers: TestServer[], { accessToken }: Person, status: number): Promise<number> {
  const started = performance.now();
  await Promise.all(
    servers.map(async (server) => {
      for (;;) {
        const answer = await call(server, 'GET', '/api/auth/me', { token: accessToken });
        if (answer.status === status) return;
        if (performance.now() - started > 10_000) throw new Error(`still ${answer.status}, not ${status}`);
        await sleep(10);
      }
    }),
  );
  return performance.now() - started;
}

async function isOnline(server: TestServer, viewer: Person, conversation: string, person: Person): Promise<boolean> {
  const { body } = await call(server, 'GET', `/api/conversations/${conversation}`, { token: viewer.accessToken });
  return body.participants.find((one: { id: string }) => one.id === person.id).is_online;
}

const setups = [
  { name: 'PostgreSQL and Redis', redis: sharedRedis, skipped: !hasPostgresql || sharedRedis === null },
  { name: 'PostgreSQL alone', redis: null, skipped: !hasPostgresql },
];

for (const { name, redis, skipped } of setups) {
  describe.skipIf(skipped)(`revocation on ${name}`, () => {
    let pair: Pair;
    beforeAll(async () => {
      pair = await startPair(redis);
    });
    afterAll(() => pair.close());

    it('a log-out in one process ends the token and the socket in the other', async () => {
      const bob = await signUp(pair.a, 'Bob');
      await untilAnswered([pair.b], bob, 200);
      const ears = await connect(pair.b, bob.accessToken);
      const closed = new Promise<void>((resolve) => ears.socket.once('disconnect', () => resolve()));
      const started = performance.now();
      expect((await bob.call('POST', '/api/auth/logout', {})).status).toBe(200);
      const [token, socket] = await Promise.all([
        untilAnswered([pair.b], bob, 401),
        closed.then(() => performance.now() - started),
      ]);
      print(`${name}: log-out ends the token elsewhere in ${token.toFixed(0)} ms, the socket in ${socket.toFixed(0)}`);
      expect(Math.max(token, socket)).toBeLessThan(REVOKED_WITHIN);
      await expect(connect(pair.b, bob.accessToken)).rejects.toThrow('unauthorized');
    });

    it('a disabled account is refused in both, and let in by both when it is enabled', async () => {
      const bob = await signUp(pair.a, 'Bob');
      const id = pair.a.ids.fromUuid('account', bob.id) as AccountId;
      await untilAnswered([pair.a, pair.b], bob, 200);
      await pair.a.messenger.execute(system, setDisabled, { id, on: true });
      const refused = await untilAnswered([pair.a, pair.b], bob, 403);
      await pair.a.messenger.execute(system, setDisabled, { id, on: false });
      const admitted = await untilAnswered([pair.a, pair.b], bob, 200);
      print(`${name}: disabled in ${refused.toFixed(0)} ms, enabled in ${admitted.toFixed(0)}`);
      expect(Math.max(refused, admitted)).toBeLessThan(REVOKED_WITHIN);
    });
  });
}

describe.skipIf(!hasPostgresql || sharedRedis === null)('two processes with Redis', () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;
  let mallory: Person;
  let conversation: string;
  let ears: { alice: Ears; bob: Ears; mallory: Ears };

  beforeAll(async () => {
    pair = await startPair(sharedRedis);
    alice = await signUp(pair.a, 'Alice');
    bob = await signUp(pair.b, 'Bob');
    mallory = await signUp(pair.b, 'Mallory');
    conversation = await openConversation(alice, bob);
    ears = { alice: await alice.connect(), mallory: await mallory.connect(), bob: await bob.connect() };
  });
  afterAll(async () => {
    for (const one of Object.values(ears)) one.close();
    await pair.close();
  });

  it('presence crosses, and a person is here as long as one connection is', async () => {
    const { alice: hers } = ears;
    await vi.waitFor(() => expect(hers.heard).toContainEqual({ event: 'user:online', payload: { userId: bob.id } }));
    expect(await isOnline(pair.a, alice, conversation, bob)).toBe(true);
    expect(await isOnline(pair.b, bob, conversation, alice)).toBe(true);
    hers.heard.length = 0;

    const second = await connect(pair.a, bob.accessToken);
    ears.bob.close();
    await hers.silence('user:offline');
    expect(await isOnline(pair.a, alice, conversation, bob)).toBe(true);
    second.close();
    expect(await hers.next('user:offline')).toMatchObject({ userId: bob.id });
    expect(await isOnline(pair.a, alice, conversation, bob)).toBe(false);
    expect(await isOnline(pair.b, alice, conversation, bob)).toBe(false);
    ears.bob = await bob.connect();
    expect(await hers.next('user:online')).toEqual({ userId: bob.id });
  });

  it('messages, receipts and typing cross, and mallory hears none of it', async () => {
    const sent = await alice.call('POST', '/api/messages', { conversation_id: conversation, content: 'Hello' });
    expect(await ears.bob.next('message:received')).toEqual(sent.body);
    const where = { messageId: sent.body.id, conversationId: conversation };
    ears.bob.socket.emit('message:delivered', sent.body.id);
    expect(await ears.alice.next('message:delivered')).toEqual({ ...where, userId: bob.id });
    ears.bob.socket.emit('typing:start', { conversationId: conversation });
    expect(await ears.alice.next('typing:start')).toMatchObject({ userId: bob.id, conversationId: conversation });
    expect((await bob.call('PUT', `/api/conversations/${conversation}/read`, {})).status).toBe(200);
    expect(await ears.alice.next('message:read')).toEqual({ ...where, userId: bob.id });
    await ears.alice.next('message:received');
    await ears.mallory.silence('message:received');
    expect(ears.mallory.heard.filter(({ event }) => !/^(user:|authenticated)/.test(event))).toEqual([]);
  });

  it('both send at once: everyone hears all of it, in the order of the history', async () => {
    const before = (await historyOf(alice, conversation)).length;
    for (const one of [ears.alice, ears.bob]) one.heard.length = 0;
    const from = (server: TestServer, person: Person) =>
      Array.from({ length: 200 }, (_, index) => say(server, person, conversation, `${person.name} ${index}`));
    const statuses = await Promise.all([...from(pair.a, alice), ...from(pair.b, bob)]);
    expect(new Set(statuses)).toEqual(new Set([200]));
    await vi.waitFor(() => {
      expect(heardBy(ears.alice)).toHaveLength(400);
      expect(heardBy(ears.bob)).toHaveLength(400);
    }, 10_000);
    const history = (await historyOf(alice, conversation)).slice(before);
    expect(heardBy(ears.alice)).toEqual(history);
    expect(heardBy(ears.bob)).toEqual(history);
  });

  it('what NeruTalk’s document names in Redis is there: who is online, who types; no token, no position, no hidden person', async () => {
    const redis = new Redis(sharedRedis!);
    const statusOf = (person: Person) => redis.get(`nerutalk:user_status:${person.id}`);
    await vi.waitFor(async () => expect(await statusOf(bob)).toBe('online'));
    ears.bob.socket.emit('typing:start', { conversationId: conversation });
    const key = `nerutalk:chat_typing:${pair.a.ids.fromUuid('conversation', conversation)}`;
    await vi.waitFor(async () => expect(Object.keys(await redis.hgetall(key))).toEqual([bob.id]));
    expect(await redis.ttl(key)).toBeGreaterThan(0);
    expect(await redis.ttl(key)).toBeLessThanOrEqual(10);
    ears.bob.socket.emit('typing:stop', { conversationId: conversation });
    await vi.waitFor(async () => expect(await redis.exists(key)).toBe(0));
    expect((await bob.call('PUT', '/api/settings/privacy', { show_online_status: false })).status).toBe(200);
    await vi.waitFor(async () => expect(await statusOf(bob)).toBe('offline'));
    expect((await bob.call('PUT', '/api/settings/privacy', { show_online_status: true })).status).toBe(200);
    await vi.waitFor(async () => expect(await statusOf(bob)).toBe('online'));
    redis.disconnect();
  });

  it('who comes in the middle of talk, where nobody listened before, misses nothing after what they can read', async () => {
    for (let round = 0; round < 10; round += 1) {
      const carol = await signUp(pair.a, 'Carol');
      const shared = await openConversation(alice, carol);
      const over = new AbortController();
      const talk = async () => {
        for (let count = 0; !over.signal.aborted; count += 1)
          await say(pair.a, alice, shared, `round ${round}: ${count}`);
      };
      const talking = talk();
      const hers = await connect(pair.b, carol.accessToken);
      const read = await historyOf(carol, shared);
      await vi.waitFor(() => expect(heardBy(hers).length).toBeGreaterThan(10), 10_000);
      over.abort();
      await talking;
      const all = await historyOf(alice, shared);
      const heard = () => heardBy(hers).filter((text) => !read.includes(text));
      await vi.waitFor(() => expect([...read, ...heard()]).toEqual(all), 10_000);
      hers.close();
    }
  }, 60_000);

  it('who is let in hears all that follows, from whichever process, in order and once', async () => {
    for (let round = 0; round < 10; round += 1) {
      ears.bob.heard.length = 0;
      const made = await alice.call('POST', '/api/groups', { name: 'Choir', member_ids: [] });
      const group = made.body.id as string;
      const path = `/api/groups/${group}/members`;
      expect((await alice.call('POST', path, { user_ids: [bob.id] })).status).toBe(200);
      const said: string[] = [];
      for (let count = 0; count < 6; count += 1) {
        said.push(`round ${round}: ${count}`);
        expect(await say(count % 2 === 0 ? pair.a : pair.b, alice, group, said.at(-1)!)).toBe(200);
      }
      const heard = () => heardBy(ears.bob).filter((text) => text.startsWith('round'));
      await vi.waitFor(() => expect(heard()).toEqual(said), 5_000);
    }
    expect(JSON.stringify(ears.mallory.heard)).not.toContain('round');
  }, 60_000);
});

describe.skipIf(!hasPostgresql || !hasRedisServer)('Redis stopped and started in the middle', () => {
  let redis: PrivateRedis;
  let pair: Pair;
  beforeAll(async () => {
    redis = await startPrivateRedis();
    pair = await startPair(redis.url);
  });
  afterAll(async () => {
    await pair.close();
    await redis.stop();
  });

  it('every send is acknowledged, live delivery resumes, nothing is heard twice and nothing is missing', async () => {
    const alice = await signUp(pair.a, 'Alice');
    const bob = await signUp(pair.b, 'Bob');
    const conversation = await openConversation(alice, bob);
    const [hers, his] = [await alice.connect(), await bob.connect()];
    const sent: string[] = [];
    const send = async () => {
      const text = `message ${sent.length}`;
      sent.push(text);
      expect(await say(pair.a, alice, conversation, text)).toBe(200);
      return text;
    };
    /** Sends on until what is sent arrives at once. */
    const untilLive = () =>
      vi.waitFor(
        async () => {
          const text = await send();
          await vi.waitFor(() => expect(heardBy(his)).toContain(text), { timeout: 100, interval: 5 });
        },
        { timeout: 10_000, interval: 20 },
      );

    await untilLive();
    await redis.stop();
    await vi.waitFor(() => expect(warningsOf(pair.b)).toHaveLength(1), 5_000);
    for (let times = 0; times < 50; times += 1) await send();
    await vi.waitFor(() => expect(heardBy(hers)).toEqual(sent), 5_000);
    // From the log, a little later.
    await vi.waitFor(() => expect(heardBy(his)).toEqual(sent), 5_000);
    expect(await isOnline(pair.a, alice, conversation, alice)).toBe(true);

    await redis.start();
    await untilLive();
    expect(heardBy(his)).toEqual(sent);
    await vi.waitFor(() => expect(heardBy(hers)).toEqual(sent), 5_000);
    expect(await historyOf(bob, conversation)).toEqual(sent);
    await vi.waitFor(async () => expect(await isOnline(pair.a, alice, conversation, bob)).toBe(true), 5_000);
    for (const server of [pair.a, pair.b]) {
      expect(warningsOf(server)).toEqual([
        expect.stringContaining('does not answer'),
        expect.stringContaining('again'),
      ]);
    }
    for (const one of [hers, his]) one.close();
  });
});

/** What the operator was warned of about Redis. */
function warningsOf({ logged }: TestServer): string[] {
  return logged.map((line) => (JSON.parse(line) as { msg: string }).msg).filter((text) => text.startsWith('Redis '));
}
