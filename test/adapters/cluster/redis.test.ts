// What Redis is for: several processes, and what they do while it is away.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openRedisCluster, type Pace, type RedisClusterOptions } from '../../../src/adapters/cluster/redis.ts';
import type { Event } from '../../../src/core/events.ts';
import type { AccountId, ConversationId } from '../../../src/core/ids.ts';
import type { Cluster } from '../../../src/core/ports.ts';
import {
  hasRedisServer,
  type PrivateRedis,
  sharedRedis,
  startPrivateRedis,
  startRedisCluster,
} from '../../support/redis.ts';

const alice = 1 as AccountId;
const bob = 2 as AccountId;
const carol = 3 as AccountId;

function presence(accountId: AccountId): Event {
  return { type: 'presence', accountId, isOnline: true, lastSeenAt: null, audience: { kind: 'everyone', besides: [] } };
}

/** Somebody types in a conversation: heard by those who follow it. */
function typing(conversationId: ConversationId): Event {
  const audience = { kind: 'members', conversationId, membershipVersion: 1 } as const;
  return { type: 'typing', conversationId, by: alice, name: 'Alice', username: 'alice', isTyping: true, audience };
}

/** A cluster that remembers what it heard, was told and was warned of. */
interface Process extends Cluster {
  /** Whose presence it heard of, batch by batch, and where somebody typed. */
  heard: AccountId[][];
  typed: ConversationId[];
  told: { accounts: readonly AccountId[]; isOnline: boolean }[];
  warnings: string[];
  faults: unknown[];
}

let name: string;
let processes: Process[];

beforeEach(() => {
  name = `test-${randomUUID()}`;
  processes = [];
});
afterEach(() => Promise.all(processes.map((process) => process.close())));

async function open(url: string, options: Partial<RedisClusterOptions> = {}): Promise<Process> {
  const warnings: string[] = [];
  const faults: unknown[] = [];
  const cluster = await openRedisCluster({
    url,
    name,
    log: { warn: (text) => warnings.push(text) },
    faulty: (error) => faults.push(error),
    ...options,
    pace: { beat: 50, silence: 1_500, ...options.pace },
  });
  const process: Process = { ...cluster, heard: [], typed: [], told: [], warnings, faults };
  process.listen((events) => {
    const people = events.flatMap((event) => (event.type === 'presence' ? [event.accountId] : []));
    if (people.length > 0) process.heard.push(people);
    process.typed.push(...events.flatMap((event) => (event.type === 'typing' ? [event.conversationId] : [])));
  });
  process.watch((accounts, isOnline) => process.told.push({ accounts, isOnline }));
  processes.push(process);
  return process;
}

/** Waits until what `from` publishes arrives at `to`. */
async function untilHeard(from: Process, to: Process): Promise<void> {
  await vi.waitFor(
    () => {
      from.publish([presence(carol)]);
      expect(to.heard.flat()).toContain(carol);
    },
    { timeout: 5_000, interval: 20 },
  );
}

describe.skipIf(sharedRedis === null)('several processes in Redis', () => {
  const url = sharedRedis ?? '';

  test('hear each other, batch by batch, each once; other installations do not', async () => {
    const [one, two] = [await open(url), await open(url)];
    const stranger = await open(url, { name: `test-${randomUUID()}` });
    one.publish([presence(alice), presence(bob)]);
    one.publish([presence(bob)]);
    expect(one.heard).toEqual([[alice, bob], [bob]]);
    await vi.waitFor(() => expect(two.heard).toEqual([[alice, bob], [bob]]));
    two.publish([presence(carol)]);
    await vi.waitFor(() => expect(one.heard).toEqual([[alice, bob], [bob], [carol]]));
    expect(two.heard).toEqual([[alice, bob], [bob], [carol]]);
    expect(stranger.heard).toEqual([]);
    expect([...one.faults, ...two.faults]).toEqual([]);
  });

  test('hear of conversations and accounts that they follow, and of no others; what is forgone is silent again', async () => {
    const [one, two] = [await open(url), await open(url)];
    const [here, elsewhere] = [1 as ConversationId, 2 as ConversationId];
    await two.follow({ conversations: [here], accounts: [bob] });
    const toAccounts = (...accounts: AccountId[]): Event => ({
      ...(presence(alice) as Event<'presence'>),
      audience: { kind: 'accounts', accounts },
    });
    one.publish([typing(elsewhere), typing(here), toAccounts(carol), toAccounts(bob, carol)]);
    await vi.waitFor(() => expect(two.heard).toEqual([[alice]]));
    expect(two.typed).toEqual([here]);
    expect(one.typed).toEqual([elsewhere, here]);

    two.unfollow({ conversations: [here] });
    const redis = new Redis(url);
    const channels = (await redis.pubsub('CHANNELS', `parlance:${name}:events*`)) as string[];
    expect(channels.some((channel) => channel.endsWith(`:a${bob}`))).toBe(true);
    await vi.waitFor(async () => {
      const left = (await redis.pubsub('CHANNELS', `parlance:${name}:events*`)) as string[];
      expect(left.filter((channel) => channel.includes(':c'))).toEqual([]);
    });
    redis.disconnect();
    one.publish([typing(here), presence(carol)]);
    await vi.waitFor(() => expect(two.heard).toEqual([[alice], [carol]]));
    expect(two.typed).toEqual([here]);
  });

  test('ten thousand conversations are followed within a moment', async () => {
    const [one, two] = [await open(url), await open(url)];
    const conversations = Array.from({ length: 10_000 }, (_, index) => (index + 1) as ConversationId);
    await two.follow({ conversations });
    one.publish(conversations.slice(-500).map(typing));
    await vi.waitFor(() => expect(two.typed).toHaveLength(500));
    expect(new Set(two.typed)).toEqual(new Set(conversations.slice(-500)));
  });

  test('who is here by a visit is seen, but hears nothing; the last of both is the one that counts', async () => {
    const [one, two] = [await open(url), await open(url)];
    expect(await one.arrive(alice, 'session', 'visit')).toBe(true);
    expect(await two.online([alice])).toEqual(new Set([alice]));
    expect(await two.listening([alice])).toEqual(new Set());
    expect(await two.arrive(alice, 'phone')).toBe(true);
    expect(await one.listening([alice, bob])).toEqual(new Set([alice]));
    expect(await two.arrive(alice, 'session', 'visit')).toBe(false);
    expect(await one.depart(alice, 'session', 'visit')).toBe(false);
    expect(await two.depart(alice, 'phone')).toBe(false);
    expect(await one.listening([alice])).toEqual(new Set());
    expect(await two.depart(alice, 'session', 'visit')).toBe(true);
    expect(await one.online([alice])).toEqual(new Set());
  });

  test('count a person once, wherever they are', async () => {
    const [one, two] = [await open(url), await open(url)];
    expect(await one.arrive(alice, 'phone')).toBe(true);
    expect(await two.arrive(alice, 'laptop')).toBe(false);
    expect(await two.online([alice, bob])).toEqual(new Set([alice]));
    expect(await two.connected()).toBe(1);
    expect(await one.depart(alice, 'phone')).toBe(false);
    expect(await one.online([alice])).toEqual(new Set([alice]));
    expect(await two.depart(alice, 'laptop')).toBe(true);
    expect(await one.connected()).toBe(0);
  });

  test('of many arrivals at once exactly one is the first, of many departures one the last', async () => {
    const crowd = await Promise.all(Array.from({ length: 5 }, () => open(url)));
    const arrivals = await Promise.all(crowd.map((process) => process.arrive(alice, 'x')));
    expect(arrivals.filter(Boolean)).toHaveLength(1);
    const departures = await Promise.all(crowd.map((process) => process.depart(alice, 'x')));
    expect(departures.filter(Boolean)).toHaveLength(1);
  });

  test('one that closes takes its presence with it', async () => {
    const [one, two] = [await open(url), await open(url)];
    await one.arrive(alice, 'phone');
    await one.close();
    expect(await two.online([alice])).toEqual(new Set());
    expect(await two.connected()).toBe(0);
  });

  test('a message that is not JSON is a fault, and no more', async () => {
    const one = await open(url);
    const two = await open(url);
    const redis = new Redis(url);
    await redis.publish(`parlance:${name}:events`, 'what is this?');
    redis.disconnect();
    await vi.waitFor(() => expect(one.faults).toHaveLength(1));
    await untilHeard(one, two);
  });
});

describe.skipIf(!hasRedisServer)('Redis of its own', () => {
  /** More than a busy machine keeps a process waiting, so that none is given up that should not be. */
  const patience = 1_500;
  let redis: PrivateRedis;
  const started = async (...settings: string[]) => (redis = await startPrivateRedis(settings));
  afterEach(() => redis.stop());

  test('a process that dies is gone from presence, and one other process tells it', async () => {
    await started();
    const dying = await open(redis.url, { pace: { beat: 60_000, patience } });
    const [one, two] = [await open(redis.url, { pace: { patience } }), await open(redis.url, { pace: { patience } })];
    await dying.arrive(alice, 'phone');
    await dying.arrive(bob, 'phone');
    await one.arrive(bob, 'laptop');
    await vi.waitFor(() => expect([...one.told, ...two.told]).toEqual([{ accounts: [alice], isOnline: false }]), 8_000);
    expect(await one.online([alice, bob])).toEqual(new Set([bob]));
    expect(await one.connected()).toBe(1);
  });

  test('a process that was given up and lives after all tells that its people are here', async () => {
    await started();
    const slow = await open(redis.url, { pace: { beat: 2_500, patience } });
    const two = await open(redis.url, { pace: { patience } });
    await slow.arrive(alice, 'phone');
    await slow.arrive(bob, 'phone');
    await two.arrive(bob, 'laptop');
    await vi.waitFor(() => expect(two.told[0]).toEqual({ accounts: [alice], isOnline: false }), 8_000);
    await vi.waitFor(() => expect(slow.told[0]).toEqual({ accounts: [alice], isOnline: true }), 8_000);
    expect(await two.online([alice, bob])).toEqual(new Set([alice, bob]));
    expect(await two.connected()).toBe(2);
  });

  test('stopped and started: nothing throws, each goes on alone, one warning each way, presence is restored', async () => {
    await started();
    const [one, two] = [await open(redis.url), await open(redis.url)];
    await one.arrive(alice, 'phone');
    await redis.stop();
    await vi.waitFor(() => expect([...one.warnings, ...two.warnings]).toHaveLength(2), 5_000);

    expect(() => one.publish([presence(alice)])).not.toThrow();
    expect(one.heard).toEqual([[alice]]);
    expect(await one.arrive(bob, 'phone')).toBe(true);
    expect(await one.arrive(carol, 'phone')).toBe(true);
    expect(await one.depart(carol, 'phone')).toBe(true);
    expect(await one.online([alice, bob, carol])).toEqual(new Set([alice, bob]));
    expect(await one.connected()).toBe(2);
    expect(await two.online([alice, bob])).toEqual(new Set());

    await redis.start();
    await untilHeard(one, two);
    await untilHeard(two, one);
    await vi.waitFor(async () => expect(await two.online([alice, bob, carol])).toEqual(new Set([alice, bob])), 5_000);
    expect(await two.connected()).toBe(2);
    for (const { warnings, told } of [one, two]) {
      expect(warnings).toEqual([expect.stringMatching(/^Redis does not answer \(/), expect.stringMatching(/again/)]);
      expect(told).toEqual([]);
    }
  });

  test('frozen: a question waits no longer than it may, memory does not fill, and all is well when it thaws', async () => {
    await started();
    const [one, two] = [await open(redis.url), await open(redis.url)];
    await one.arrive(alice, 'phone');
    redis.freeze();
    const asked = performance.now();
    expect(await one.online([alice])).toEqual(new Set([alice]));
    expect(performance.now() - asked).toBeLessThan(2_000);
    const again = performance.now();
    for (let times = 0; times < 1_000; times += 1) await one.online([alice]);
    expect(performance.now() - again).toBeLessThan(500);
    for (let times = 0; times < 1_000; times += 1) one.publish([presence(bob)]);
    await vi.waitFor(() => expect(two.warnings).toHaveLength(1), 5_000);
    redis.thaw();
    await untilHeard(one, two);
    await vi.waitFor(() => expect(one.warnings[1]).toMatch(/1\d\d\d batches/));
    await vi.waitFor(async () => expect(await two.online([alice])).toEqual(new Set([alice])), 5_000);
  });

  test('a password in the URL is used, and never shown', async () => {
    await started('--requirepass', 'hunter2');
    const [one, two] = [
      await open(redis.url.replace('//', '//:hunter2@')),
      await open(redis.url.replace('//', '//default:hunter2@')),
    ];
    await untilHeard(one, two);
    const stranger = await open(redis.url.replace('//', '//:hunter3@'));
    expect(stranger.warnings).toEqual([expect.stringContaining('WRONGPASS')]);
    expect(stranger.warnings[0]).not.toMatch(/hunter/);
  });
});

describe.skipIf(!hasRedisServer)('a Redis Cluster of three servers', () => {
  let redis: Awaited<ReturnType<typeof startRedisCluster>>;
  beforeAll(async () => {
    redis = await startRedisCluster(['--requirepass', 'hunter2', '--masterauth', 'hunter2']);
  }, 60_000);
  afterAll(() => redis.stop());
  const join = (pace: Partial<Pace> = {}) => open(redis.url.replace('//', '//:hunter2@'), { pace });

  test('what happens in a conversation reaches whoever follows it, wherever its channel is', async () => {
    const [one, two, stranger] = [await join(), await join(), await join()];
    const conversations = Array.from({ length: 200 }, (_, index) => (index + 1) as ConversationId);
    await two.follow({ conversations });
    one.publish(conversations.map(typing));
    await vi.waitFor(() => expect(two.typed.toSorted((a, b) => a - b)).toEqual(conversations), 5_000);
    expect(one.typed).toEqual(conversations);
    one.publish([presence(alice)]);
    await vi.waitFor(() => expect(stranger.heard).toEqual([[alice]]), 5_000);
    expect(stranger.typed).toEqual([]);
    expect([...one.warnings, ...two.warnings, ...stranger.warnings]).toEqual([]);
  });

  test('a process that dies is gone from presence', async () => {
    const patience = 1_500;
    const dying = await join({ beat: 60_000, patience });
    await vi.waitFor(async () => expect(await dying.arrive(alice, 'phone')).toBe(true));
    const one = await join({ patience });
    await one.arrive(bob, 'phone');
    await vi.waitFor(() => expect(one.told).toEqual([{ accounts: [alice], isOnline: false }]), 8_000);
    expect(await one.depart(bob, 'phone')).toBe(true);
    expect(await one.online([alice, bob])).toEqual(new Set());
    expect(one.warnings).toEqual([]);
  });

  test('frozen and thawed: one warning each way, and all is heard again', async () => {
    const [one, two] = [await join(), await join()];
    await two.follow({ conversations: [7 as ConversationId] });
    await one.arrive(alice, 'phone');
    redis.freeze();
    await vi.waitFor(() => expect([...one.warnings, ...two.warnings]).toHaveLength(2), 10_000);
    expect(await one.online([alice, bob])).toEqual(new Set([alice]));
    redis.thaw();
    await vi.waitFor(
      () => {
        one.publish([typing(7 as ConversationId)]);
        expect(two.typed).toContain(7);
      },
      { timeout: 15_000, interval: 20 },
    );
    await vi.waitFor(async () => expect(await two.online([alice, bob])).toEqual(new Set([alice])), 5_000);
    for (const { warnings } of [one, two]) {
      expect(warnings).toEqual([expect.stringMatching(/^Redis does not answer \(/), expect.stringMatching(/again/)]);
    }
  }, 40_000);
});

test('where there is no Redis it opens all the same, with one warning', async () => {
  const one = await open('redis://127.0.0.1:1');
  expect(one.warnings).toEqual([expect.stringContaining('ECONNREFUSED')]);
  one.publish([presence(alice)]);
  expect(one.heard).toEqual([[alice]]);
  expect(await one.arrive(alice, 'phone')).toBe(true);
  expect(await one.online([alice, bob])).toEqual(new Set([alice]));
});

test('a rediss URL speaks TLS', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const greeting = new Promise<Buffer>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.once('data', (data) => (resolve(data), socket.destroy()));
    });
  });
  await open(`rediss://127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect((await greeting)[0]).toBe(0x16);
  server.close();
});
