// Calls, shared places and fences reach those who are away, while they are news, and never say where anybody is.

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { block } from '../../../src/core/accounts/blocks.ts';
import {
  addToCall,
  answerCall,
  declineCall,
  endCall,
  endUnanswered,
  initiateCall,
} from '../../../src/core/calls/calls.ts';
import type { Member } from '../../../src/core/context.ts';
import { setPreference } from '../../../src/core/conversations/preferences.ts';
import { createFence, type FenceInput } from '../../../src/core/location/fences.ts';
import { reportPosition } from '../../../src/core/location/positions.ts';
import { openShare, stopShare } from '../../../src/core/location/shares.ts';
import type { Claim } from '../../../src/core/notifications/deliveries.ts';
import { changeNotificationSettings } from '../../../src/core/notifications/settings.ts';
import { databaseKinds } from '../../support/database.ts';
import { openStage, system, type Stage } from './stage.ts';

const home = { latitude: 52.520123, longitude: 13.405456 };
const away = { latitude: 52.6, longitude: 13.6 };

describe.each(databaseKinds.filter((kind) => !process.env.TEST_DATABASE || kind === process.env.TEST_DATABASE))(
  'on the %s database',
  (kind) => {
    let stage: Stage;
    let alice: Member;
    let bob: Member;
    let carol: Member;
    let mallory: Member;
    let phones: Map<string, string>;

    beforeAll(async () => {
      stage = await openStage(kind);
    });
    afterAll(() => stage.close());
    beforeEach(async () => {
      stage.clock.now = 0;
      await stage.told();
      [alice, bob, carol, mallory] = await Promise.all([
        stage.person('alice'),
        stage.person('bob'),
        stage.person('carol'),
        stage.person('mallory'),
      ]);
      phones = new Map();
      for (const [name, member] of Object.entries({ alice, bob, carol, mallory })) {
        phones.set(await stage.phone(member), name);
      }
    });

    /** What was told to whom, as `bob incoming_call`; nobody ever hears where somebody is. */
    async function heard(): Promise<string[]> {
      await stage.plan();
      const all: Claim[] = [];
      for (let claims = await stage.exchange(); claims.length > 0;) {
        all.push(...claims);
        claims = await stage.exchange(
          claims.map((claim) => ({ claim, outcome: { kind: 'delivered', vendorId: null } })),
        );
      }
      for (const { notice } of all) expect(JSON.stringify(notice)).not.toMatch(/52\.|13\.|latitude|longitude|address/);
      return all.map(({ device, notice }) => `${phones.get(device.address)} ${notice.kind}`).toSorted();
    }

    const ring = (from: Member, ...to: Member[]) =>
      stage.messenger.execute(from, initiateCall, {
        callees: to.map((one) => one.accountId),
        kind: 'video',
        isGroup: false,
      });
    const share = (from: Member, to: Member | null) =>
      stage.messenger.execute(from, openShare, {
        ...(to && { with: to.accountId }),
        precision: 'exact',
        expiresAt: null,
        durationMinutes: null,
        isLive: true,
        updateInterval: 30,
      });
    const move = (who: Member, where: typeof home) => stage.messenger.execute(who, reportPosition, where);
    const fence = (who: Member, more: Partial<FenceInput> = {}) =>
      stage.messenger.execute(who, createFence, {
        ...home,
        name: 'home',
        radiusMeters: 200,
        notifyOnEntry: true,
        notifyOnExit: true,
        isActive: true,
        ...more,
      });
    const quiet = (who: Member, changes: object) => stage.messenger.execute(who, changeNotificationSettings, changes);

    test('a call rings those who are called, and is over with the ringing', async () => {
      const call = await ring(alice, bob);
      await stage.plan();
      const [claim] = await stage.exchange();
      expect(claim!.notice).toMatchObject({
        kind: 'incoming_call',
        by: { id: alice.accountId, name: 'alice' },
        callId: call.id,
        callKind: 'video',
        channelName: call.channelName,
      });
      expect(claim!.lifetime).toBeGreaterThan(50);
      expect(claim!.lifetime).toBeLessThanOrEqual(60);
      await stage.exchange([{ claim: claim!, outcome: { kind: 'later', reason: '503' } }], 0);
      await stage.messenger.execute(bob, answerCall, { id: call.id });
      stage.clock.now = Date.now() + 11_000;
      expect(await stage.exchange()).toEqual([]);
      expect((await stage.ledger()).at(-1)).toMatchObject({ kind: 'incoming_call', state: 'dropped' });
    });

    test('a call overtakes all that waits for the same phone', async () => {
      const chat = await stage.direct(alice, bob);
      for (const content of ['one', 'two', 'three']) await stage.say(alice, chat, content);
      await stage.plan();
      const [first] = await stage.exchange([], 1);
      expect(first!.notice).toMatchObject({ text: 'one' });
      await ring(alice, bob);
      await stage.plan();
      expect((await stage.exchange()).map(({ notice }) => notice.kind)).toEqual(['incoming_call']);
    });

    test('who comes too late for a call is not rung, but hears that it was missed', async () => {
      await ring(alice, bob, carol);
      stage.clock.now = Date.now() + 61_000;
      expect(await stage.messenger.execute(system, endUnanswered, { limit: 10 })).toBeGreaterThan(0);
      expect(await heard()).toEqual(['bob missed_call', 'carol missed_call']);
      expect(await heard()).toEqual([]);
    });

    test('what was declined, or answered, was not missed', async () => {
      const group = await ring(alice, bob, carol);
      expect(await heard()).toEqual(['bob incoming_call', 'carol incoming_call']);
      await stage.messenger.execute(bob, declineCall, { id: group.id });
      await stage.messenger.execute(alice, endCall, { id: group.id });
      expect(await heard()).toEqual(['carol missed_call']);
      const taken = await ring(alice, bob);
      await stage.messenger.execute(bob, answerCall, { id: taken.id });
      await stage.messenger.execute(alice, endCall, { id: taken.id });
      expect(await heard()).toEqual([]);
    });

    test('who is brought into a call is rung, and who is in it is not', async () => {
      const call = await ring(alice, bob);
      await stage.messenger.execute(bob, answerCall, { id: call.id });
      await stage.messenger.execute(alice, addToCall, { id: call.id, accounts: [carol.accountId] });
      expect(await heard()).toEqual(['carol incoming_call']);
    });

    test('a share is told to whom it is with, and its end; one with everybody to nobody', async () => {
      const opened = await share(alice, bob);
      await share(alice, null);
      expect(await heard()).toEqual(['bob share_started']);
      await move(alice, home);
      await stage.messenger.execute(alice, stopShare, { id: opened.id });
      expect(await heard()).toEqual(['bob share_ended']);
      await stage.messenger.execute(alice, stopShare, { id: opened.id });
      expect(await heard()).toEqual([]);
    });

    test('a fence tells its owner alone, and only of what they want to know', async () => {
      await fence(alice);
      await fence(bob, { notifyOnEntry: false });
      await share(alice, carol);
      await heard();
      for (const who of [alice, bob]) await move(who, home);
      expect(await heard()).toEqual(['alice fence_crossed']);
      for (const who of [alice, bob]) await move(who, away);
      expect(await heard()).toEqual(['alice fence_crossed', 'bob fence_crossed']);
      await stage.plan();
      expect(await heard()).toEqual([]);
    });

    test.each<[string, () => Promise<unknown>, string[]]>([
      ['who has a line open', () => stage.cluster.arrive(bob.accountId, 'a line'), []],
      ['who switched it all off', () => quiet(bob, { enabled: false }), []],
      ['who switched calls off', () => quiet(bob, { calls: false }), ['bob share_started']],
      [
        'who muted the caller',
        async () => {
          const conversationId = await stage.direct(alice, bob);
          await stage.messenger.execute(bob, setPreference, { conversationId, preference: 'muted', on: true });
        },
        [],
      ],
      [
        'who is disabled',
        () => sql`update accounts set disabled_at = now() where id = ${bob.accountId}`.execute(stage.database.db),
        [],
      ],
      [
        'who signed out',
        () => sql`update sessions set ended_at = now() where account_id = ${bob.accountId}`.execute(stage.database.db),
        [],
      ],
      ['who has blocked them since', () => stage.messenger.execute(bob, block, { id: alice.accountId }), []],
      ['whom they have blocked since', () => stage.messenger.execute(alice, block, { id: bob.accountId }), []],
    ])('of a call and a share is not told %s', async (_who, leave, still) => {
      await ring(alice, bob);
      await share(alice, bob);
      await leave();
      expect(await heard()).toEqual(still);
    });
  },
);
