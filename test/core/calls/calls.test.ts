// The call machine: every legal step, every illegal one refused, and two people at once.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  addToCall,
  answerCall,
  declineCall,
  endCall,
  endUnanswered,
  initiateCall,
  joinCall,
  leaveCall,
  signal,
  vanish,
} from '../../../src/core/calls/calls.ts';
import { call, callFigures, callHistory } from '../../../src/core/calls/history.ts';
import type { Member } from '../../../src/core/context.ts';
import type { CallId } from '../../../src/core/ids.ts';
import { databaseKinds } from '../../support/database.ts';
import { openCore, type Core } from '../support.ts';

const system = { kind: 'system' } as const;

describe.each(databaseKinds)('on %s', (kind) => {
  let core: Core;
  let alice: Member;
  let bob: Member;
  let carol: Member;
  let mallory: Member;
  beforeAll(async () => {
    core = await openCore(kind);
  });
  afterAll(() => core.close());
  beforeEach(async () => {
    [alice, bob, carol, mallory] = (await Promise.all(['alice', 'bob', 'carol', 'mallory'].map(core.person))) as [
      Member,
      Member,
      Member,
      Member,
    ];
    core.published.length = 0;
  });

  const ring = (from: Member, ...to: Member[]) =>
    core.messenger.execute(from, initiateCall, {
      callees: to.map((one) => one.accountId),
      kind: 'video',
      isGroup: false,
    });
  /** What was told, and to whom besides whoever did it: everyone has a row and an event of their own. */
  const happened = () => {
    const told = new Map<string, [string, ...number[]]>();
    for (const event of core.published.flat()) {
      if (!event.type.startsWith('call.') || !('by' in event) || event.audience.kind !== 'accounts') continue;
      const [account, ...others] = event.audience.accounts;
      expect(others).toEqual([]);
      const key = `${event.logged?.xid} ${event.type} ${event.by}`;
      const entry = told.get(key) ?? [event.type];
      told.set(
        key,
        event.by === account
          ? entry
          : [event.type, ...[...entry.slice(1).map(Number), account!].toSorted((a, b) => a - b)],
      );
    }
    return [...told.values()];
  };

  it('rings, is answered, ends; durations count from the answer', async () => {
    const ringing = await ring(alice, bob);
    expect(ringing).toMatchObject({ status: 'initiated', answeredAt: null, duration: null, isGroup: false });
    expect(ringing.participants.map((each) => [each.accountId, each.joinedAt === null])).toEqual([
      [alice.accountId, false],
      [bob.accountId, true],
    ]);
    const answered = await core.messenger.execute(bob, answerCall, { id: ringing.id });
    expect(answered.status).toBe('ongoing');
    expect(await core.messenger.execute(bob, answerCall, { id: ringing.id })).toEqual(answered);
    await core.database.db
      .updateTable('calls')
      .set({ started_at: new Date(Date.now() - 90_000), answered_at: new Date(Date.now() - 60_000) })
      .where('id', '=', ringing.id)
      .execute();
    const ended = await core.messenger.execute(alice, endCall, { id: ringing.id, rating: 4 });
    expect(ended).toMatchObject({ status: 'ended', endReason: 'user_ended', endedBy: alice.accountId, duration: 60 });
    expect(happened()).toEqual([
      ['call.ringing', bob.accountId],
      ['call.answered', alice.accountId],
      ['call.ended', bob.accountId],
    ]);
    const [own] = await core.messenger.ask(bob, callHistory, { live: false, limit: 10, offset: 0 });
    expect(own).toEqual(ended);
    expect(await core.messenger.ask(bob, callHistory, { live: true, limit: 10, offset: 0 })).toEqual([]);
    expect(await core.messenger.ask(bob, callFigures, { days: 30 })).toEqual({
      total: 1,
      video: 1,
      audio: 0,
      duration: 60,
      answered: 1,
      missed: 0,
      declined: 0,
    });
  });

  it('declined, it is over; given up by the caller, it was missed', async () => {
    const first = await ring(alice, bob);
    expect(await core.messenger.execute(bob, declineCall, { id: first.id })).toMatchObject({
      status: 'ended',
      endReason: 'declined',
      duration: 0,
    });
    const second = await ring(alice, bob);
    expect(await core.messenger.execute(alice, endCall, { id: second.id })).toMatchObject({ endReason: 'missed' });
    expect(happened()).toEqual([
      ['call.ringing', bob.accountId],
      ['call.declined', alice.accountId],
      ['call.ringing', bob.accountId],
      ['call.ended', bob.accountId],
    ]);
  });

  it('refuses every illegal step, and tells nobody', async () => {
    const refuse = (attempt: Promise<unknown>, reason: string) => expect(attempt).rejects.toMatchObject({ reason });
    const { id } = await ring(alice, bob);
    core.published.length = 0;
    await refuse(core.messenger.execute(alice, answerCall, { id }), 'own_call');
    await refuse(core.messenger.execute(alice, declineCall, { id }), 'own_call');
    for (const command of [answerCall, declineCall, joinCall]) {
      await refuse(core.messenger.execute(mallory, command, { id }), 'not_in_call');
    }
    await refuse(core.messenger.execute(mallory, endCall, { id }), 'not_in_call');
    await refuse(core.messenger.execute(mallory, leaveCall, { id }), 'not_in_call');
    await refuse(core.messenger.execute(mallory, addToCall, { id, accounts: [mallory.accountId] }), 'not_in_call');
    await refuse(core.messenger.execute(mallory, signal, { id, to: bob.accountId, signal: {} }), 'not_in_call');
    await refuse(core.messenger.execute(alice, signal, { id, to: mallory.accountId, signal: {} }), 'not_in_call');
    await refuse(core.messenger.ask(mallory, call, { id }), 'not_in_call');
    await refuse(core.messenger.ask(mallory, call, { id: 999_999 as CallId }), 'no_such_call');
    await refuse(ring(alice, alice), 'own_account');
    await core.messenger.execute(bob, answerCall, { id });
    await refuse(core.messenger.execute(bob, declineCall, { id }), 'call_over');
    await core.messenger.execute(bob, endCall, { id });
    core.published.length = 0;
    for (const command of [answerCall, declineCall, joinCall]) {
      await refuse(core.messenger.execute(bob, command, { id }), 'call_over');
    }
    await refuse(core.messenger.execute(bob, addToCall, { id, accounts: [carol.accountId] }), 'call_over');
    expect(await core.messenger.execute(alice, endCall, { id, reason: 'again' })).toMatchObject({
      endReason: 'user_ended',
    });
    expect(happened()).toEqual([]);
  });

  it('two people have one ringing call', async () => {
    const first = await ring(alice, bob);
    expect((await ring(alice, bob)).id).toBe(first.id);
    await expect(ring(bob, alice)).rejects.toMatchObject({ reason: 'already_calling_you' });
    const [one, two] = [await core.person('one'), await core.person('two')];
    const both = await Promise.allSettled([ring(one, two), ring(two, one), ring(one, two), ring(two, one)]);
    const made = new Set(both.flatMap((each) => (each.status === 'fulfilled' ? [each.value.id] : [])));
    expect(made.size).toBe(1);
  });

  it('does not ring across a block', async () => {
    await core.database.db
      .insertInto('blocks')
      .values({ blocker_id: bob.accountId, blocked_id: mallory.accountId })
      .execute();
    await expect(ring(mallory, bob)).rejects.toMatchObject({ reason: 'blocked' });
    expect(core.published.flat()).toEqual([]);
  });

  it('two answering at once, and two hanging up at once, are one answer and one end', async () => {
    const { id } = await ring(alice, bob, carol);
    const answers = await Promise.all([
      core.messenger.execute(bob, answerCall, { id }),
      core.messenger.execute(carol, answerCall, { id }),
    ]);
    expect(new Set(answers.map((each) => each.answeredAt)).size).toBe(1);
    core.published.length = 0;
    const ends = await Promise.all([
      core.messenger.execute(bob, endCall, { id }),
      core.messenger.execute(carol, endCall, { id }),
      core.messenger.execute(alice, endCall, { id }),
    ]);
    expect(new Set(ends.map((each) => each.endedAt)).size).toBe(1);
    expect(happened().filter(([type]) => type === 'call.ended')).toHaveLength(1);
  });

  it('a group: one may decline, more may be brought in, the last two leaving end it', async () => {
    const { id, isGroup } = await ring(alice, bob, carol);
    expect(isGroup).toBe(true);
    expect((await core.messenger.execute(bob, declineCall, { id })).status).toBe('initiated');
    expect((await core.messenger.execute(carol, answerCall, { id })).status).toBe('ongoing');
    const dave = await core.person('dave');
    const grown = await core.messenger.execute(carol, addToCall, { id, accounts: [dave.accountId, carol.accountId] });
    expect(grown.participants.filter((each) => each.leftAt === null && each.joinedAt !== null)).toHaveLength(3);
    expect((await core.messenger.execute(dave, leaveCall, { id })).status).toBe('ongoing');
    expect(await core.messenger.execute(carol, leaveCall, { id })).toMatchObject({ status: 'ended' });
  });

  it('nobody rings for ever', async () => {
    const { id } = await ring(alice, bob);
    expect(await core.messenger.execute(system, endUnanswered, { limit: 100 })).toBe(0);
    await core.database.db
      .updateTable('calls')
      .set({ ring_until: new Date(Date.now() - 1) })
      .where('id', '=', id)
      .execute();
    core.published.length = 0;
    expect(await core.messenger.execute(system, endUnanswered, { limit: 100 })).toBe(1);
    expect(await core.messenger.ask(alice, call, { id })).toMatchObject({
      status: 'ended',
      endReason: 'missed',
      duration: 0,
    });
    expect(happened()).toEqual([['call.ended', ...[alice.accountId, bob.accountId].toSorted((a, b) => a - b)]]);
  });

  it('a caller who vanishes ends it', async () => {
    const { id } = await ring(alice, bob);
    await core.messenger.execute(alice, vanish, {});
    expect(await core.messenger.ask(bob, call, { id })).toMatchObject({ status: 'ended', endReason: 'missed' });
  });

  it('passes signals between participants only', async () => {
    const { id } = await ring(alice, bob);
    core.published.length = 0;
    await core.messenger.execute(alice, signal, { id, to: bob.accountId, signal: { type: 'offer', sdp: 'v=0' } });
    expect(core.events('call.signal')).toEqual([
      {
        type: 'call.signal',
        callId: id,
        from: alice.accountId,
        signal: { type: 'offer', sdp: 'v=0' },
        audience: { kind: 'accounts', accounts: [bob.accountId] },
      },
    ]);
  });
});
