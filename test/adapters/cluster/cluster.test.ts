// One suite for every cluster: what processes share.

import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openCluster } from '../../../src/adapters/cluster/index.ts';
import { createMemoryCluster } from '../../../src/adapters/cluster/memory.ts';
import type { Event } from '../../../src/core/events.ts';
import type { AccountId } from '../../../src/core/ids.ts';
import type { Cluster } from '../../../src/core/ports.ts';
import { sharedRedis } from '../../support/redis.ts';

const alice = 1 as AccountId;
const bob = 2 as AccountId;
const mallory = 4 as AccountId;

function presence(accountId: AccountId): Event {
  return { type: 'presence', accountId, isOnline: true, lastSeenAt: null, audience: { kind: 'everyone', besides: [] } };
}

const log = { warn: () => {} };
const openOn = (url: string | null) => () => openCluster({ url, name: `test-${randomUUID()}`, log });

const implementations: { name: string; open(): Promise<Cluster> }[] = [
  { name: 'memory', open: openOn(null) },
  ...(sharedRedis === null ? [] : [{ name: 'Redis', open: openOn(sharedRedis) }]),
];

describe.each(implementations)('a cluster in $name', ({ open }) => {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await open();
  });
  afterEach(() => cluster.close());

  test('hands events to the listener in the order they were published, batches kept together', async () => {
    const batches: (readonly Event[])[] = [];
    cluster.listen((events) => batches.push(events));
    cluster.publish([presence(alice), presence(bob)]);
    cluster.publish([presence(mallory)]);
    await vi.waitFor(() => expect(batches).toEqual([[presence(alice), presence(bob)], [presence(mallory)]]));
  });

  test('publishing never throws, and a listener that does is still heard from', async () => {
    const heard: number[] = [];
    cluster.listen((events) => {
      heard.push(events.length);
      throw new Error('the listener fell over');
    });
    expect(() => cluster.publish([presence(alice)])).not.toThrow();
    cluster.publish([presence(alice), presence(bob)]);
    await vi.waitFor(() => expect(heard).toEqual([1, 2]));
  });

  test('an empty batch is not heard', async () => {
    const heard = vi.fn();
    cluster.listen(heard);
    cluster.publish([]);
    cluster.publish([presence(alice)]);
    await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1));
  });

  test('only the first connection arrives and only the last one departs', async () => {
    expect(await cluster.arrive(alice, 'phone')).toBe(true);
    expect(await cluster.arrive(alice, 'laptop')).toBe(false);
    expect(await cluster.arrive(alice, 'laptop')).toBe(false);
    expect(await cluster.depart(alice, 'phone')).toBe(false);
    expect(await cluster.depart(alice, 'phone')).toBe(false);
    expect(await cluster.depart(alice, 'laptop')).toBe(true);
    expect(await cluster.depart(alice, 'laptop')).toBe(false);
    expect(await cluster.arrive(alice, 'phone')).toBe(true);
  });

  test('says who is connected, and how many', async () => {
    await cluster.arrive(alice, 'a');
    await cluster.arrive(bob, 'b1');
    await cluster.arrive(bob, 'b2');
    expect(await cluster.online([alice, bob, mallory])).toEqual(new Set([alice, bob]));
    expect(await cluster.online([])).toEqual(new Set());
    expect(await cluster.connected()).toBe(2);
    await cluster.depart(alice, 'a');
    expect(await cluster.online([alice, bob])).toEqual(new Set([bob]));
    expect(await cluster.connected()).toBe(1);
  });

  test('a visit counts as being here, and not as listening', async () => {
    expect(await cluster.arrive(alice, 'session', 'visit')).toBe(true);
    expect(await cluster.arrive(alice, 'phone')).toBe(true);
    expect(await cluster.arrive(alice, 'another', 'visit')).toBe(false);
    expect(await cluster.depart(alice, 'another', 'visit')).toBe(false);
    expect(await cluster.depart(alice, 'phone')).toBe(false);
    expect(await cluster.online([alice, mallory])).toEqual(new Set([alice]));
    expect(await cluster.listening([alice, mallory])).toEqual(new Set());
    expect(await cluster.connected()).toBe(0);
    expect(await cluster.arrive(alice, 'phone')).toBe(true);
    expect(await cluster.listening([alice, mallory])).toEqual(new Set([alice]));
    expect(await cluster.depart(alice, 'session', 'visit')).toBe(false);
    expect(await cluster.depart(alice, 'session', 'visit')).toBe(false);
    expect(await cluster.depart(alice, 'phone')).toBe(true);
  });

  test('what is followed, or no longer, is heard in this process all the same', async () => {
    const heard = vi.fn();
    cluster.listen(heard);
    await cluster.follow({ accounts: [alice] });
    cluster.unfollow({ accounts: [alice] });
    cluster.publish([presence(alice)]);
    expect(heard).toHaveBeenCalledTimes(1);
  });

  test('is heard in this process before publishing returns', () => {
    const heard = vi.fn();
    cluster.listen(heard);
    cluster.publish([presence(alice)]);
    expect(heard).toHaveBeenCalledWith([presence(alice)]);
  });

  test('what a listener publishes comes after what it is hearing', () => {
    const heard: AccountId[] = [];
    cluster.listen((events) => {
      for (const event of events) {
        if (event.type !== 'presence') continue;
        if (event.accountId === alice) cluster.publish([presence(mallory)]);
        heard.push(event.accountId);
      }
    });
    cluster.publish([presence(alice), presence(bob)]);
    expect(heard).toEqual([alice, bob, mallory]);
  });
});

describe('the cluster in memory alone', () => {
  test('tells of a listener that throws', () => {
    const faulty = vi.fn();
    const cluster = createMemoryCluster(faulty);
    const error = new Error('the listener fell over');
    cluster.listen(() => {
      throw error;
    });
    cluster.publish([presence(alice)]);
    expect(faulty).toHaveBeenCalledWith(error);
  });
});
