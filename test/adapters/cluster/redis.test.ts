// What Redis is for: several processes, and what they do while it is away.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openRedisCluster, type RedisClusterOptions } from '../../../src/adapters/cluster/redis.ts';
import type { Event } from '../../../src/core/events.ts';
import type { AccountId } from '../../../src/core/ids.ts';
import type { Cluster } from '../../../src/core/ports.ts';
import { hasRedisServer, type PrivateRedis, sharedRedis, startPrivateRedis } from '../../support/redis.ts';

const alice = 1 as AccountId;
const bob = 2 as AccountId;
const carol = 3 as AccountId;

function presence(accountId: AccountId): Event {
  return { type: 'presence', accountId, isOnline: true, lastSeenAt: null, audience: { kind: 'everyone', besides: [] } };
}

/** A cluster that remembers what it heard, was told and was warned of. */
interface Process extends Cluster {
  heard: AccountId[][];
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
  const process: Process = { ...cluster, heard: [], told: [], warnings, faults };
  process.listen((events) => process.heard.push(events.map((event) => (event as Event<'presence'>).accountId)));
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

  test('its keys are in one place of a Redis Cluster', async () => {
    await started('--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${randomUUID()}.conf`);
    const hand = new Redis(redis.url);
    hand.on('error', () => {});
    await hand.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await vi.waitFor(async () => expect(await hand.call('CLUSTER', 'INFO')).toContain('cluster_state:ok'), 10_000);
    hand.disconnect();
    const dying = await open(redis.url, { pace: { beat: 60_000, patience } });
    const one = await open(redis.url, { pace: { patience } });
    await dying.arrive(alice, 'phone');
    await one.arrive(bob, 'phone');
    await vi.waitFor(() => expect(one.told).toEqual([{ accounts: [alice], isOnline: false }]), 8_000);
    expect(await one.depart(bob, 'phone')).toBe(true);
    expect(await one.online([alice, bob])).toEqual(new Set());
    expect(one.warnings).toEqual([]);
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
