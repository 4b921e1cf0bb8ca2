// A position is visible exactly while a share says so, as precisely as it says; fences are crossed once a crossing.

import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Member } from '../../../src/core/context.ts';
import { createFence, crossings } from '../../../src/core/location/fences.ts';
import { distance, gridOf } from '../../../src/core/location/geo.ts';
import {
  currentPosition,
  forgetOldPositions,
  nearby,
  reportPosition,
  track,
  type Report,
} from '../../../src/core/location/positions.ts';
import {
  changeShare,
  openShare,
  openSharesOf,
  stopExpiredShares,
  stopShare,
  type NewShare,
} from '../../../src/core/location/shares.ts';
import { databaseKinds } from '../../support/database.ts';
import { openCore, type Core } from '../support.ts';

const system = { kind: 'system' } as const;
const berlin = { latitude: 52.520_008, longitude: 13.404_954 };
const toEverybody: NewShare = {
  precision: 'exact',
  expiresAt: null,
  durationMinutes: null,
  isLive: true,
  updateInterval: 30,
};

describe.each(databaseKinds)('on %s', (kind) => {
  let core: Core;
  let alice: Member;
  let bob: Member;
  let mallory: Member;
  beforeAll(async () => {
    core = await openCore(kind);
  });
  afterAll(() => core.close());
  beforeEach(async () => {
    alice = await core.person('alice');
    bob = await core.person('bob');
    mallory = await core.person('mallory');
    core.published.length = 0;
  });

  const report = (who: Member, where: Report) => core.messenger.execute(who, reportPosition, where);
  const share = (who: Member, change: Partial<NewShare>) =>
    core.messenger.execute(who, openShare, { ...toEverybody, ...change });
  const whereIs = (viewer: Member, who: Member) => core.messenger.ask(viewer, currentPosition, { of: who.accountId });

  it('shows a position to whom it is shared with, and to nobody else', async () => {
    await report(alice, { ...berlin, accuracy: 5, speed: 1 });
    expect(await whereIs(alice, alice)).toMatchObject({ ...berlin, accuracy: 5, isCurrent: true });
    expect(await whereIs(bob, alice)).toBeNull();
    const opened = await share(alice, { with: bob.accountId });
    expect(core.events('share.started').map((event) => event.audience)).toEqual([
      { kind: 'accounts', accounts: [alice.accountId] },
      { kind: 'accounts', accounts: [bob.accountId] },
    ]);
    expect(await whereIs(bob, alice)).toMatchObject(berlin);
    expect(await whereIs(mallory, alice)).toBeNull();
    expect(await core.messenger.ask(mallory, track, { of: alice.accountId, limit: 10 })).toEqual([]);

    await report(alice, { latitude: 52.6, longitude: 13.5 });
    expect(core.events('position.moved').map((event) => event.audience)).toEqual([
      { kind: 'accounts', accounts: [bob.accountId] },
    ]);
    await core.messenger.execute(alice, stopShare, { id: opened.id });
    expect(await whereIs(bob, alice)).toBeNull();
    expect(await core.messenger.ask(bob, track, { of: alice.accountId, limit: 10 })).toEqual([]);
    core.published.length = 0;
    await report(alice, berlin);
    expect(core.events('position.moved')).toEqual([]);
  });

  it('shows of another only what was reported since the share began', async () => {
    await report(alice, { latitude: 10, longitude: 10 });
    await share(alice, { with: bob.accountId });
    await report(alice, { latitude: 20, longitude: 20 });
    const seen = await core.messenger.ask(bob, track, { of: alice.accountId, limit: 10 });
    expect(seen.map((position) => position.latitude)).toEqual([20]);
    expect(await core.messenger.ask(alice, track, { of: alice.accountId, limit: 10 })).toHaveLength(2);
  });

  it('ends when it runs out, whether anything has noticed or not', async () => {
    await report(alice, berlin);
    const { id } = await share(alice, { with: bob.accountId, expiresAt: Date.now() + 60_000 });
    expect(await whereIs(bob, alice)).not.toBeNull();
    await core.messenger.execute(alice, changeShare, { id, expiresAt: Date.now() - 1 });
    expect(await whereIs(bob, alice)).toBeNull();
    expect(await core.messenger.ask(bob, openSharesOf, { direction: 'incoming' })).toEqual([]);
    core.published.length = 0;
    await report(alice, { latitude: 52.6, longitude: 13.5 });
    expect(core.events('position.moved')).toEqual([]);
    expect(await core.messenger.execute(system, stopExpiredShares, { limit: 100 })).toBeGreaterThanOrEqual(1);
    const stopped = core.events('share.stopped').filter((event) => event.share.id === id);
    expect(stopped.flatMap(({ audience }) => ('accounts' in audience ? audience.accounts : []))).toEqual([
      alice.accountId,
      bob.accountId,
    ]);
  });

  it('is not seen across a block, from either side', async () => {
    await report(alice, berlin);
    await share(alice, { with: bob.accountId });
    await core.database.db
      .insertInto('blocks')
      .values({ blocker_id: bob.accountId, blocked_id: alice.accountId })
      .execute();
    expect(await whereIs(bob, alice)).toBeNull();
    core.published.length = 0;
    await report(alice, { latitude: 1, longitude: 1 });
    expect(core.events('position.moved')).toEqual([]);
  });

  it('shared with a group, is seen by its members while they are', async () => {
    const group = await core.group(alice, bob);
    await report(alice, berlin);
    const opened = await share(alice, { in: group });
    const incoming = async (viewer: Member) =>
      (await core.messenger.ask(viewer, openSharesOf, { direction: 'incoming' })).map(({ id }) => id);
    expect(await whereIs(bob, alice)).toMatchObject(berlin);
    expect(await whereIs(mallory, alice)).toBeNull();
    expect([await incoming(bob), await incoming(alice), await incoming(mallory)]).toEqual([[opened.id], [], []]);
    await core.database.db
      .updateTable('memberships')
      .set({ left_at: new Date() })
      .where('conversation_id', '=', group)
      .where('account_id', '=', bob.accountId)
      .execute();
    expect(await whereIs(bob, alice)).toBeNull();
    expect(await incoming(bob)).toEqual([]);
    await expect(share(mallory, { in: group })).rejects.toMatchObject({ reason: 'not_a_member' });
    await expect(share(alice, { with: alice.accountId })).rejects.toMatchObject({ reason: 'own_account' });
  });

  it.each(['street', 'district'] as const)('a %s is all that 200 spoofed positions can find out', async (precision) => {
    const home = { latitude: 52.500_123 + Math.random() / 10, longitude: 13.400_456 + Math.random() / 10 };
    await report(alice, { ...home, accuracy: 3, heading: 90, speed: 2, address: '1 Secret Street' });
    await share(alice, { with: mallory.accountId, precision });
    const seen = await whereIs(mallory, alice);
    expect(seen).toMatchObject({ heading: null, speed: null, address: null, accuracy: gridOf[precision] });
    const answers = new Set<string>();
    for (let index = 0; index < 200; index += 1) {
      const angle = (index / 200) * 2 * Math.PI;
      const radius = 0.005 + (index % 20) / 1000;
      const here = {
        latitude: home.latitude + Math.sin(angle) * radius,
        longitude: home.longitude + Math.cos(angle) * radius,
      };
      await report(mallory, here);
      const [found] = await core.messenger.ask(mallory, nearby, { radiusMeters: 10_000, limit: 10 });
      expect(found?.accountId).toBe(alice.accountId);
      answers.add(`${found!.position.latitude} ${found!.position.longitude}`);
      // The distance told is to the square, not to alice.
      expect(found!.distance).toBeCloseTo(distance(here, found!.position), 3);
    }
    expect(answers.size).toBe(1);
    // Moving inside the square changes nothing that others see.
    await report(alice, { latitude: home.latitude + 1e-6, longitude: home.longitude + 1e-6 });
    expect(await whereIs(mallory, alice)).toMatchObject({ latitude: seen!.latitude, longitude: seen!.longitude });
  });

  it('finds who is near and shares, nearest first, and never the caller', async () => {
    await report(bob, berlin);
    await report(alice, { latitude: berlin.latitude + 0.005, longitude: berlin.longitude });
    await report(mallory, { latitude: berlin.latitude + 0.001, longitude: berlin.longitude });
    const carol = await core.person('carol');
    await report(carol, { latitude: berlin.latitude + 0.002, longitude: berlin.longitude });
    await share(alice, { with: bob.accountId });
    await share(carol, {});
    const found = await core.messenger.ask(bob, nearby, { radiusMeters: 1_000, limit: 10 });
    const names = found.map((one) => one.displayName).filter((name) => name !== null);
    expect(names.slice(0, 2)).toEqual(['carol', 'alice']);
    expect(found.map((one) => one.accountId)).not.toContain(mallory.accountId);
    expect(found.map((one) => one.accountId)).not.toContain(bob.accountId);
    expect(found.every((one) => one.distance <= 1_000)).toBe(true);
  });

  it('takes late, repeated and premature reports without harm', async () => {
    const now = Date.now();
    await report(alice, { latitude: 1, longitude: 1, at: now - 10_000 });
    await report(alice, { latitude: 2, longitude: 2, at: now - 20_000 });
    expect(await whereIs(alice, alice)).toMatchObject({ latitude: 1 });
    // A clock that is an hour ahead counts as now, and what follows is not hidden.
    await report(alice, { latitude: 3, longitude: 3, at: now + 3_600_000 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await report(alice, { latitude: 4, longitude: 4 });
    expect(await whereIs(alice, alice)).toMatchObject({ latitude: 4 });
    expect(await core.messenger.ask(alice, track, { of: alice.accountId, limit: 10 })).toHaveLength(4);
  });

  it('forgets history that is older than it may be kept, but not where somebody is', async () => {
    await report(alice, { latitude: 1, longitude: 1 });
    await report(alice, { latitude: 2, longitude: 2 });
    await core.database.db
      .updateTable('location_points')
      .set({ created_at: new Date(Date.now() - 100 * 86_400_000) })
      .where('account_id', '=', alice.accountId)
      .execute();
    await core.messenger.execute(system, forgetOldPositions, { keepDays: 90, limit: 1_000 });
    const kept = await core.messenger.ask(alice, track, { of: alice.accountId, limit: 10 });
    expect(kept.map((position) => position.latitude)).toEqual([2]);
  });

  it('one entry and one exit a crossing, whatever jitter, gaps and repetitions there are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 40 }),
        fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })),
        async (visits, accuracy, noise) => {
          const walker = await core.person('walker');
          const { id } = await core.messenger.execute(walker, createFence, {
            name: 'home',
            ...berlin,
            radiusMeters: 100,
            notifyOnEntry: true,
            notifyOnExit: true,
            isActive: true,
          });
          const next = () => noise.next().value as number;
          const step = async (meters: number) => {
            const jittered = meters + next() * accuracy * 0.99;
            const where = { latitude: berlin.latitude + jittered / 111_195, longitude: berlin.longitude };
            const { crossings: crossed } = await report(walker, { ...where, accuracy });
            // Said twice, it happened once.
            const again = await report(walker, { ...where, accuracy, at: Date.now() - 60_000 });
            expect(again.crossings).toEqual([]);
            return crossed.length;
          };
          const expected: string[] = [];
          for (const inside of visits) {
            for (const meters of inside ? [100, 20, 0, 30, 100] : [100, 190, 400, 100]) await step(meters);
            if (inside) expected.push('entry');
            else if (expected.at(-1) === 'entry') expected.push('exit');
          }
          const happened = await core.messenger.ask(walker, crossings, { fenceId: id, limit: 100 });
          const kinds = happened.map((crossing) => crossing.kind).toReversed();
          // They alternate, beginning with an entry, and every visit is among them.
          expect(kinds.every((kindOf, index) => kindOf === (index % 2 === 0 ? 'entry' : 'exit'))).toBe(true);
          const collapsed = expected.filter((kindOf, index) => kindOf !== expected[index - 1]);
          expect(kinds).toEqual(collapsed);
        },
      ),
      { numRuns: 15 },
    );
  });
});
