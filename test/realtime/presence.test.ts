// Arrivals and departures of one account, whatever the cluster's delays.

import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { createMemoryCluster } from '../../src/adapters/cluster/memory.ts';
import { createPresence } from '../../src/realtime/presence.ts';
import { member, silentLog } from './support.ts';

test('what is told alternates, and ends with how things are', async () => {
  const steps = fc.array(fc.record({ connection: fc.constantFrom('a', 'b', 'c'), delay: fc.nat(2) }), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const cluster = createMemoryCluster();
      const told: string[] = [];
      const delays = all.map(({ delay }) => delay);
      const presence = createPresence({
        cluster: {
          arrive: async (...who) => (await sleep(delays.shift() ?? 0), cluster.arrive(...who)),
          depart: async (...who) => (await sleep(delays.shift() ?? 0), cluster.depart(...who)),
        },
        onArrive: () => void told.push('here'),
        onDepart: () => void told.push('gone'),
        departureGrace: 0,
        log: silentLog(),
      });
      const open = new Set<string>();
      for (const { connection } of all) {
        if (open.delete(connection)) presence.departed(member('alice'), connection);
        else presence.arrived(member('alice'), (open.add(connection), connection));
      }
      await presence.close();
      expect(told).toEqual(told.map((_, index) => (index % 2 === 0 ? 'here' : 'gone')));
      expect(told.length % 2).toBe(open.size > 0 ? 1 : 0);
    }),
    { numRuns: 40 },
  );
});

test('connections and visits count together; a connection that ends is told even if a visit stays', async () => {
  const told: string[] = [];
  const presence = createPresence({
    cluster: createMemoryCluster(),
    onArrive: () => void told.push('here'),
    onDepart: () => void told.push('gone'),
    onHangUp: () => void told.push('hung up'),
    departureGrace: 0,
    log: silentLog(),
  });
  presence.visited(member('alice'));
  presence.arrived(member('alice'), 'phone');
  presence.departed(member('alice'), 'phone');
  presence.left(member('alice'));
  await presence.close();
  expect(told).toEqual(['here', 'here', 'hung up', 'gone']);
});

test('a cluster or a listener that fails is logged, and what follows goes on', async () => {
  const cluster = createMemoryCluster();
  const log = silentLog();
  const onDepart = vi.fn();
  const presence = createPresence({
    cluster,
    onArrive: () => Promise.reject(new Error('no')),
    onDepart,
    departureGrace: 60_000,
    log,
  });
  presence.arrived(member('alice'), 'phone');
  presence.departed(member('alice'), 'phone');
  await presence.close();
  expect(log.error).toHaveBeenCalledOnce();
  expect(onDepart).toHaveBeenCalledOnce();
});
