// What runs out by itself: calls nobody took, shares, old positions; and the calls of people who are gone.

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { answerCall, initiateCall } from '../../src/core/calls/calls.ts';
import { suspectCalls } from '../../src/core/calls/deserted.ts';
import { callHistory } from '../../src/core/calls/history.ts';
import type { Member } from '../../src/core/context.ts';
import { reportPosition, track } from '../../src/core/location/positions.ts';
import { openShare } from '../../src/core/location/shares.ts';
import { watchDepartures } from '../../src/jobs/departures.ts';
import { startSweeper } from '../../src/jobs/sweeper.ts';
import { openCore, until, type Core } from '../core/support.ts';

const log = { warn: () => {} };

let core: Core;
let alice: Member;
let bob: Member;
beforeAll(async () => {
  core = await openCore('embedded');
});
afterAll(() => core.close());
beforeEach(async () => {
  alice = await core.person('alice');
  bob = await core.person('bob');
  core.published.length = 0;
});

const ring = () =>
  core.messenger.execute(alice, initiateCall, { callees: [bob.accountId], kind: 'video', isGroup: false });
const lives = async () => (await core.messenger.ask(bob, callHistory, { live: true, limit: 10, offset: 0 })).length > 0;

it('ends what has had its time, once, with two at it', async () => {
  const { db } = core.database;
  await ring();
  await core.messenger.execute(alice, openShare, {
    with: bob.accountId,
    precision: 'exact',
    expiresAt: Date.now() + 60_000,
    durationMinutes: 1,
    isLive: true,
    updateInterval: 30,
  });
  for (const latitude of [1, 2]) await core.messenger.execute(alice, reportPosition, { latitude, longitude: 0 });
  await sql`update calls set ring_until = now() - interval '1 second'`.execute(db);
  await sql`update location_shares set expires_at = now() - interval '1 second'`.execute(db);
  await sql`update location_points set created_at = now() - interval '91 days'`.execute(db);

  const sweepers = [1, 2].map(() => startSweeper({ messenger: core.messenger, log, keepDays: 90, interval: 20 }));
  const positions = () => core.messenger.ask(alice, track, { of: alice.accountId, limit: 10 });
  await until('all is swept', async () => {
    return (
      core.events('call.ended').length > 0 && core.events('share.stopped').length > 0 && (await positions()).length < 2
    );
  });
  await Promise.all(sweepers.map((sweeper) => sweeper.close()));
  expect(await lives()).toBe(false);
  // Each of the two people is told of each, once.
  for (const type of ['call.ended', 'share.stopped'] as const) {
    expect(new Set(core.events(type).map(({ audience }) => JSON.stringify(audience))).size).toBe(2);
    expect(core.events(type)).toHaveLength(2);
  }
  // Where somebody is now is kept, however old.
  expect(await positions()).toMatchObject([{ latitude: 2, isCurrent: true }]);
});

it('a caller who is gone and does not return rings nobody any more', async () => {
  await ring();
  const departures = watchDepartures({ messenger: core.messenger, cluster: core.cluster, log, grace: 30 });
  await core.cluster.arrive(alice.accountId, 'a second tab');
  departures.departed(alice);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(await lives()).toBe(true);
  await core.cluster.depart(alice.accountId, 'a second tab');
  // Who makes requests is seen as here, but hears nothing.
  await core.cluster.arrive(alice.accountId, 'a session', 'visit');
  departures.departed(alice);
  await until('the call is over', async () => !(await lives()));
  const missed = { call: { endReason: 'missed' } };
  expect(core.events('call.ended')).toMatchObject([missed, missed]);
  await departures.close();
});

it('a call that a dead process left behind ends, unless somebody in it comes back', async () => {
  const carol = await core.person('carol');
  const call = await ring();
  await core.messenger.execute(bob, answerCall, { id: call.id });
  const other = await core.messenger.execute(carol, initiateCall, {
    callees: [(await core.person('dora')).accountId],
    kind: 'audio',
    isGroup: false,
  });
  const { db } = core.database;
  await core.messenger.execute({ kind: 'system' }, suspectCalls, {});
  // Nobody has gone by the clock of this machine: the database's counts.
  const suspected = async (id: number) =>
    (
      await db
        .selectFrom('calls')
        .select('deserted_at')
        .where('id', '=', id as typeof call.id)
        .executeTakeFirstOrThrow()
    ).deserted_at;
  expect(await suspected(call.id)).toBeInstanceOf(Date);
  expect(await suspected(other.id)).toBe(null);

  await core.cluster.arrive(bob.accountId, 'bob is back');
  await sql`update calls set deserted_at = now() - interval '59 seconds' where deserted_at is not null`.execute(db);
  const sweeper = startSweeper({ messenger: core.messenger, log, keepDays: 90, interval: 20, returnSeconds: 60 });
  try {
    await until('bob was found in it', async () => (await suspected(call.id)) === null);
    expect(await lives()).toBe(true);

    await core.cluster.depart(bob.accountId, 'bob is back');
    await core.cluster.arrive(bob.accountId, 'a session', 'visit');
    await core.messenger.execute({ kind: 'system' }, suspectCalls, { with: [carol.accountId] });
    expect(await suspected(call.id)).toBe(null);
    await core.messenger.execute({ kind: 'system' }, suspectCalls, { with: [alice.accountId] });
    await sql`update calls set deserted_at = deserted_at - interval '61 seconds' where deserted_at is not null`.execute(
      db,
    );
    await until('the call is over', async () => !(await lives()));
  } finally {
    await sweeper.close();
  }
  const lost = { call: { id: call.id, endReason: 'connection_lost' } };
  expect(core.events('call.ended')).toMatchObject([lost, lost]);
});
