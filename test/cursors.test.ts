// Sockets that go by cursors: nothing is missed and nothing comes twice, however often they are cut off.

import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { databaseKinds, makeTestDatabase, type DatabasePlace } from './support/database.ts';
import { follower, type Follower, type Wire } from './support/follower.ts';
import { call, connect, signUp, type Person } from './support/people.ts';
import { hasRedisServer, startPrivateRedis, type PrivateRedis } from './support/redis.ts';
import { startTestServer, type TestServer } from './support/server.ts';

async function group(by: Person, name: string, ...members: Person[]): Promise<string> {
  const { status, body } = await by.call('POST', '/api/groups', { name, member_ids: members.map(({ id }) => id) });
  expect(status, JSON.stringify(body)).toBe(200);
  return body.id;
}

async function say(server: TestServer, person: Person, conversation: string, content: string): Promise<void> {
  const body = { conversation_id: conversation, content };
  const { status } = await call(server, 'POST', '/api/messages', { body, token: person.accessToken });
  expect(status).toBe(200);
}

/** The texts of the messages told, by conversation. */
function textsIn({ kept, fresh }: Follower, conversation: string): string[] {
  return [...kept, ...fresh]
    .filter(({ type }) => type === 'new_message' || type === 'message:received')
    .map(({ data }) => data)
    .filter((message) => (message.channel_id ?? message.conversationId) === conversation)
    .map((message) => message.content);
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

/**
 * Sees to it that some transaction could always still write, never the same one for long: places in the log lag behind
 * what was told, so that only what cursors name besides keeps it from being told twice.
 */
async function holdBack(url: string): Promise<{ stop(): Promise<void> }> {
  const turns = [new pg.Client(url), new pg.Client(url)] as const;
  for (const one of turns) await one.connect();
  const over = new AbortController();
  const holding = (async () => {
    for (let turn = 0; !over.signal.aborted; turn += 1) {
      await turns[turn % 2]!.query('begin');
      await turns[turn % 2]!.query('select pg_current_xact_id()');
      if (turn > 0) await turns[(turn + 1) % 2]!.query('commit');
      await sleep(200);
    }
    for (const one of turns) await one.end();
  })();
  return {
    stop() {
      over.abort();
      return holding;
    },
  };
}

/** Two talk in three groups, by turns through each of the servers, while somebody's devices are cut off again and again. */
async function reconnectUnderLoad(servers: TestServer[], wire: Wire, devices: number, cuts: number): Promise<void> {
  const [first] = servers as [TestServer];
  const alice = await signUp(first, 'Alice');
  const carol = await signUp(first, 'Carol');
  const bob = await signUp(first, 'Bob');
  const groups = await Promise.all(['One', 'Two', 'Three'].map((name) => group(alice, name, carol, bob)));
  const over = new AbortController();
  let count = 0;
  const talk = async (person: Person) => {
    while (!over.signal.aborted) {
      count += 1;
      await say(servers[count % servers.length]!, person, groups[count % groups.length]!, `${person.name} ${count}`);
    }
  };
  const cutOff = async (client: Follower, index: number) => {
    for (let cut = index; cut < index + cuts; cut += 1) {
      // In the midst of a page or soon behind one; and at times when it has been live for long enough to get new cursors.
      const isRipe = () => (cut % 16 === 15 ? client.cursors > 2 : client.cursors > 0 || client.fresh.length > cut % 3);
      await vi.waitFor(() => expect(isRipe()).toBe(true), { interval: 2, timeout: 30_000 });
      client.open(servers[cut % servers.length]!);
    }
  };
  const clients = Array.from({ length: devices }, () => follower(wire, bob.accessToken));
  for (const client of clients) client.open(first);
  await vi.waitFor(() => expect(clients.map(({ cursor }) => cursor)).not.toContain('latest'), 10_000);
  const talking = [talk(alice), talk(carol)];
  await Promise.all(clients.map(cutOff)).finally(() => over.abort());
  await Promise.all(talking);
  for (const id of groups) {
    const history = (await historyOf(alice, id)).filter((text) => / \d+$/.test(text));
    for (const client of clients) {
      await vi.waitFor(() => expect(textsIn(client, id).filter((text) => / \d+$/.test(text))).toEqual(history), 10_000);
    }
  }
  expect(clients.map(({ resets }) => resets)).toEqual(clients.map(() => 0));
  for (const client of clients) client.cut();
}

describe('one server', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  it.each([
    ['pythia', 6, 16],
    ['urge', 5, 10],
  ] as const)(
    'tells clients over %s, %d at once and each cut off %d times, all of it, once and in order',
    async (wire, devices, cuts) => {
      await reconnectUnderLoad([server], wire, devices, cuts);
    },
    120_000,
  );

  it('tells somebody removed that they are, and nothing of the group any more', async () => {
    const alice = await signUp(server, 'Alice');
    const bob = await signUp(server, 'Bob');
    const id = await group(alice, 'Choir', bob);
    const client = follower('pythia', bob.accessToken);
    client.open(server);
    await vi.waitFor(() => expect(client.cursor).not.toBe('latest'), 10_000);
    await say(server, alice, id, 'in');
    const all = () => [...client.kept, ...client.fresh];
    await vi.waitFor(() => expect(textsIn(client, id)).toEqual(['in']), 10_000);
    expect((await alice.call('DELETE', `/api/groups/${id}/members/${bob.id}`)).status).toBe(200);
    await say(server, alice, id, 'secret');
    const isOut = () => expect(all().filter(({ type }) => type === 'user_left')).toHaveLength(1);
    await vi.waitFor(isOut, 10_000);
    const { cursor } = client;
    await vi.waitFor(() => expect(client.cursor).not.toBe(cursor), 10_000);
    // Away while let in again and sent away once more.
    client.cut();
    expect((await alice.call('POST', `/api/groups/${id}/members`, { user_ids: [bob.id] })).status).toBe(200);
    expect((await alice.call('DELETE', `/api/groups/${id}/members/${bob.id}`)).status).toBe(200);
    await say(server, alice, id, 'secret too');
    client.open(server);
    await vi.waitFor(() => expect(all().filter(({ type }) => type === 'user_left')).toHaveLength(2), 10_000);
    expect(JSON.stringify(all())).not.toContain('secret');
    client.cut();
  });

  it('tells a stranger with somebody else’s cursor nothing of theirs', async () => {
    const alice = await signUp(server, 'Alice');
    const bob = await signUp(server, 'Bob');
    const mallory = await signUp(server, 'Mallory');
    const client = follower('urge', bob.accessToken);
    client.open(server);
    await vi.waitFor(() => expect(client.cursor).not.toBe('latest'), 10_000);
    const id = await group(alice, 'Choir', bob);
    await say(server, alice, id, 'secret');
    const thief = follower('urge', mallory.accessToken, client.cursor);
    thief.open(server);
    await vi.waitFor(() => expect(textsIn(client, id)).toEqual(['secret']), 10_000);
    await say(server, mallory, await group(mallory, 'Own'), 'mine');
    await vi.waitFor(() => expect(JSON.stringify([...thief.kept, ...thief.fresh])).toContain('mine'), 10_000);
    expect(JSON.stringify([...thief.kept, ...thief.fresh])).not.toMatch(new RegExp(`secret|${id}`));
    for (const one of [client, thief]) one.cut();
  });
});

describe.runIf(databaseKinds.includes('postgresql'))('two servers', () => {
  let place: DatabasePlace;
  let servers: TestServer[] = [];
  let redis: PrivateRedis | null = null;
  let held: { stop(): Promise<void> } | null = null;

  async function start(redisUrl: string | null): Promise<void> {
    place = await makeTestDatabase('postgresql');
    const settings = { DATABASE_URL: place.url!, ...(redisUrl !== null && { REDIS_URL: redisUrl }) };
    servers = [await startTestServer(settings), await startTestServer(settings)];
  }
  afterEach(async () => {
    redis?.thaw();
    await held?.stop();
    held = null;
    await Promise.all(servers.splice(0).map((server) => server.close()));
    await redis?.stop();
    redis = null;
    await place.remove();
  });

  it('that know nothing of one another tell clients all of it, and once though the log is held back', async () => {
    await start(null);
    held = await holdBack(place.url!);
    await reconnectUnderLoad(servers, 'pythia', 5, 16);
  }, 120_000);

  it.runIf(hasRedisServer)(
    'with Redis tell clients all of it',
    async () => {
      redis = await startPrivateRedis();
      await start(redis.url);
      await reconnectUnderLoad(servers, 'urge', 4, 10);
    },
    120_000,
  );

  it.runIf(hasRedisServer)(
    'whose Redis is away tell within seconds what was lost',
    async () => {
      redis = await startPrivateRedis();
      await start(redis.url);
      const [a, b] = servers as [TestServer, TestServer];
      const alice = await signUp(a, 'Alice');
      const bob = await signUp(a, 'Bob');
      const mallory = await signUp(a, 'Mallory');
      const id = await group(alice, 'Choir', bob);
      // On the other server one who goes by cursors, one who does not, and somebody who is to hear nothing.
      const client = follower('pythia', bob.accessToken);
      const stranger = follower('pythia', mallory.accessToken);
      client.open(b);
      stranger.open(b);
      const plain = await connect(b, bob.accessToken);
      await vi.waitFor(() => expect([client.cursor, stranger.cursor]).not.toContain('latest'), 10_000);
      await say(a, alice, id, 'before');
      await vi.waitFor(() => expect(textsIn(client, id)).toEqual(['before']), 10_000);

      redis.freeze();
      await say(a, alice, id, 'lost one');
      await say(a, alice, id, 'lost two');
      expect((await call(a, 'PUT', `/api/conversations/${id}/mute`, { body: {}, token: bob.accessToken })).status).toBe(
        200,
      );
      const all = ['before', 'lost one', 'lost two'];
      await vi.waitFor(() => expect(textsIn(client, id)).toEqual(all), 10_000);
      await vi.waitFor(
        () =>
          expect([...client.kept, ...client.fresh]).toContainEqual(
            expect.objectContaining({ type: 'sync_changed', data: expect.objectContaining({ part: 'muted' }) }),
          ),
        10_000,
      );
      const heard = () => plain.heard.filter(({ event }) => event === 'message:received');
      await vi.waitFor(() => expect(heard()).toHaveLength(3), 10_000);
      redis.thaw();
      await say(a, alice, id, 'after');
      await vi.waitFor(() => expect(textsIn(client, id)).toEqual([...all, 'after']), 10_000);
      await vi.waitFor(
        () => expect(heard().map(({ payload }) => (payload as { content: string }).content)).toEqual([...all, 'after']),
        10_000,
      );
      // But of her own: that she signed up.
      expect([...stranger.kept, ...stranger.fresh].filter(({ data }) => data.kind !== 'account.changed')).toEqual([]);
      for (const one of [client, stranger]) one.cut();
      plain.close();
    },
    60_000,
  );
});
