// The order of a conversation's changes, however they come in.

import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import type { Event } from '../../src/core/events.ts';
import type { ConversationId } from '../../src/core/ids.ts';
import { alice, change, Ear, hubOf, room, standing, typing } from './support.ts';

const upto = (count: number, from = 1) => Array.from({ length: count }, (_, index) => String(index + from));

describe('changes of a conversation', () => {
  test('in order leave at once, before publishing returns', async () => {
    const { publish, join } = hubOf();
    const ear = join(new Ear('alice'), [standing(0)]);
    publish(change(1));
    await vi.waitFor(() => expect(ear.heard).toEqual(['1']));
    publish(change(2), change(3));
    expect(ear.heard).toEqual(['1', '2', '3']);
  });

  test('in any order, doubled and with holes in live delivery, are heard once each and in order', async () => {
    const count = 12;
    const arrivals = fc.record({
      order: fc.shuffledSubarray(
        Array.from({ length: count }, (_, index) => index + 1),
        { minLength: 1 },
      ),
      doubled: fc.array(fc.integer({ min: 1, max: count }), { maxLength: 5 }),
      batch: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ order, doubled, batch }) => {
        const log = new Map(Array.from({ length: count }, (_, index) => [index + 1, change(index + 1)]));
        const { publish, join, hub } = hubOf({
          gapWait: 1,
          readChanges: async (_, after, until) =>
            [...log.values()].filter(({ change: at }) => at && at.no > after && at.no <= until).reverse(),
        });
        const ear = join(new Ear('bob'), [standing(0)]);
        const all = [...order, ...doubled.filter((no) => order.includes(no))];
        for (let at = 0; at < all.length; at += batch) {
          publish(...all.slice(at, at + batch).map((no) => change(no)));
          if (at % 3 === 0) await Promise.resolve();
        }
        const last = Math.max(...order);
        await vi.waitFor(() => expect(ear.heard).toHaveLength(last), { interval: 1, timeout: 1_000 });
        publish(...order.map((no) => change(no)));
        expect(ear.heard).toEqual(upto(last));
        hub.close();
      }),
      { numRuns: 60 },
    );
  });

  test('a hole that closes by itself in time costs no look at the log', async () => {
    const { publish, join, readChanges } = hubOf({ gapWait: 30 });
    const ear = join(new Ear('alice'), [standing(0)]);
    publish(change(2));
    await sleep(5);
    expect(ear.heard).toEqual([]);
    publish(change(1));
    await vi.waitFor(() => expect(ear.heard).toEqual(['1', '2']));
    await sleep(50);
    expect(readChanges).not.toHaveBeenCalled();
  });

  test('a hole is filled from the log, and what comes late is not heard again', async () => {
    const { publish, join, readChanges, hub } = hubOf({ readChanges: async () => [change(2), change(1)] });
    const ear = join(new Ear('alice'), [standing(0)]);
    publish(change(3));
    await vi.waitFor(() => expect(ear.heard).toEqual(['1', '2', '3']));
    expect(readChanges).toHaveBeenCalledExactlyOnceWith(room, 0, 2);
    publish(change(1), change(2), change(4));
    expect(ear.heard).toEqual(['1', '2', '3', '4']);
    expect(hub.stats()).toMatchObject({ filledFromLog: 2, missingFromLog: 0 });
  });

  test('what the log does not have is passed over with a warning', async () => {
    const { publish, join, log, hub } = hubOf({ readChanges: async () => [change(2)] });
    const ear = join(new Ear('alice'), [standing(0)]);
    publish(change(4));
    await vi.waitFor(() => expect(ear.heard).toEqual(['2', '4']));
    expect(log.warn).toHaveBeenCalledOnce();
    expect(hub.stats().missingFromLog).toBe(2);
  });

  test('a log that fails is asked again, and at last passed over', async () => {
    let failures = 2;
    const readChanges = async (): Promise<Event[]> => {
      if (failures-- > 0) throw new Error('database away');
      return [change(1)];
    };
    const { publish, join, log } = hubOf({ readChanges });
    const ear = join(new Ear('alice'), [standing(0)]);
    publish(change(2));
    await vi.waitFor(() => expect(ear.heard).toEqual(['1', '2']));
    failures = Infinity;
    publish(change(4));
    await vi.waitFor(() => expect(ear.heard).toEqual(['1', '2', '4']));
    expect(log.warn.mock.calls.length).toBeGreaterThan(4);
  });

  test('two holes are filled one after the other', async () => {
    const { publish, join } = hubOf({
      readChanges: async (_, after, until) =>
        [1, 2, 3, 4, 5].filter((no) => no > after && no <= until).map((no) => change(no)),
    });
    const ear = join(new Ear('alice'), [standing(0)]);
    publish(change(5), change(2));
    await vi.waitFor(() => expect(ear.heard).toEqual(upto(5)));
  });

  test('a conversation never seen starts where it is met', async () => {
    const { publish, join, readChanges } = hubOf();
    const ear = join(new Ear('alice'));
    publish(change(7));
    await vi.waitFor(() => expect(ear.heard).toEqual(['7']));
    publish(change(6), change(8));
    expect(ear.heard).toEqual(['7', '8']);
    expect(readChanges).not.toHaveBeenCalled();
  });

  test('conversations do not wait for one another, nor transient events for a hole', async () => {
    const other = 200 as ConversationId;
    const { publish, join } = hubOf({ gapWait: 10_000 });
    const ear = join(new Ear('alice'), [standing(1), standing(0, 1, other)]);
    publish(change(1, { in: other }), change(2));
    await vi.waitFor(() => expect(ear.heard).toHaveLength(2));
    publish(change(4), typing(alice), change(2, { in: other }));
    expect(ear.heard.slice(2)).toEqual(['typing', '2']);
  });

  test('no more conversations are remembered than allowed, and never one with something waiting is forgotten', async () => {
    const { publish, join, hub } = hubOf({ lines: 10, gapWait: 20, readChanges: async () => [change(1)] });
    const ear = join(new Ear('alice'), [standing(0)]);
    publish(change(2));
    for (let id = 1_000; id < 1_100; id += 1) publish(change(1, { in: id as ConversationId }));
    expect(hub.stats().conversations).toBeLessThanOrEqual(10);
    await vi.waitFor(() => expect(ear.heard.slice(-2)).toEqual(['1', '2']));
  });
});

describe('a connection that arrives', () => {
  test('is owed what comes after its reading, not what it read', async () => {
    const { publish, join } = hubOf();
    const early = join(new Ear('alice'), [standing(7)]);
    publish(change(8));
    await vi.waitFor(() => expect(early.heard).toEqual(['8']));
    // Carol has read up to 10, of which this process has heard 8.
    const late = join(new Ear('carol'), [standing(10)]);
    publish(change(9), change(10), change(11));
    expect(early.heard).toEqual(['8', '9', '10', '11']);
    expect(late.heard).toEqual(['11']);
  });

  test('is kept what happens while it reads, and then gets what it has not read', async () => {
    const { publish, hub, join } = hubOf();
    const bob = join(new Ear('bob'), [standing(3)]);
    const ear = new Ear('alice');
    hub.register(ear);
    publish(change(4), change(5), typing(alice));
    await vi.waitFor(() => expect(bob.heard).toEqual(['4', '5', 'typing']));
    expect(ear.heard).toEqual([]);
    hub.attach(ear, [standing(4)]);
    expect(ear.heard).toEqual(['5', 'typing']);
    publish(change(6));
    expect(ear.heard).toEqual(['5', 'typing', '6']);
  });

  test('sees no hole when changes cross while it reads about a conversation nobody here knew', async () => {
    const { publish, hub } = hubOf({ gapWait: 1_000 });
    const ear = new Ear('alice');
    hub.register(ear);
    publish(change(12));
    hub.attach(ear, [standing(10)]);
    publish(change(11));
    await vi.waitFor(() => expect(ear.heard).toEqual(['11', '12']));
  });

  test('does not take from the others what was on its way', async () => {
    const { publish, join } = hubOf();
    const bob = join(new Ear('bob'));
    const ear = join(new Ear('alice'), [standing(2)]);
    publish(change(1), change(2), change(1), change(3));
    await vi.waitFor(() => expect(bob.heard).toEqual(['1', '2', '3']));
    expect(ear.heard).toEqual(['3']);
  });

  test('that leaves hears nothing more', async () => {
    const { publish, join, hub } = hubOf();
    const ear = join(new Ear('alice'), [standing(0)]);
    const bob = join(new Ear('bob'), [standing(0)]);
    hub.detach(ear);
    publish(change(1));
    await vi.waitFor(() => expect(bob.heard).toEqual(['1']));
    expect(ear.heard).toEqual([]);
    expect(hub.stats()).toMatchObject({ open: { pythia: 1 }, accounts: 1, deliveries: 1 });
  });
});
