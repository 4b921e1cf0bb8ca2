// The ledger: claimed before it is sent, tried again only if it certainly was not, and never twice.

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Member } from '../../../src/core/context.ts';
import type { ConversationId } from '../../../src/core/ids.ts';
import { exchangeDeliveries, trimDeliveries, type Claim } from '../../../src/core/notifications/deliveries.ts';
import { devices } from '../../../src/core/notifications/devices.ts';
import { deliveryOf, replayDelivery } from '../../../src/core/notifications/ledger.ts';
import { planNotifications } from '../../../src/core/notifications/plan.ts';
import type { PushOutcome } from '../../../src/core/ports.ts';
import { databaseKinds } from '../../support/database.ts';
import { openStage, system, type Line, type Stage } from './stage.ts';

const kinds = databaseKinds.filter((kind) => !process.env.TEST_DATABASE || kind === process.env.TEST_DATABASE);
const delivered: PushOutcome = { kind: 'delivered', vendorId: 'vendor-1' };
const later = (retryAfter?: number): PushOutcome => ({
  kind: 'later',
  reason: '503',
  ...(retryAfter !== undefined && { retryAfter }),
});

describe.each(kinds)('the ledger on the %s database', (kind) => {
  let stage: Stage;
  let alice: Member;
  let bob: Member;
  let chat: ConversationId;

  beforeAll(async () => {
    stage = await openStage(kind);
  });
  afterAll(() => stage.close());

  beforeEach(async () => {
    stage.clock.now = 0;
    await stage.told();
    await sql`delete from deliveries`.execute(stage.database.db);
    [alice, bob] = await Promise.all([stage.person('alice'), stage.person('bob')]);
    chat = await stage.direct(alice, bob);
    await stage.phone(bob);
    stage.clock.now = Date.now();
  });

  const line = async (): Promise<Line> => (await stage.ledger())[0]!;
  const claimOne = async (): Promise<Claim> => {
    const [claim, ...others] = await stage.exchange();
    expect(others).toEqual([]);
    return claim!;
  };
  const settle = (claim: Claim, outcome: PushOutcome) => stage.exchange([{ claim, outcome }]);
  const pass = (seconds: number) => (stage.clock.now += seconds * 1_000);

  test('an outcome is written down, and what was delivered is done', async () => {
    await stage.say(alice, chat);
    await stage.plan();
    expect(await settle(await claimOne(), delivered)).toEqual([]);
    expect(await line()).toMatchObject({
      state: 'delivered',
      outcome: 'delivered',
      vendor_id: 'vendor-1',
      attempts: 1,
    });
  });

  test('every attempt is kept, and superusers have a delivery attempted once more under the same id', async () => {
    await stage.say(alice, chat);
    await stage.plan();
    await settle(await claimOne(), later());
    pass(10);
    const first = await claimOne();
    const under = stage.messenger.execute(system, replayDelivery, { id: first.id });
    await expect(under).rejects.toMatchObject({ code: 'conflict', reason: 'under_way' });
    await settle(first, delivered);
    await expect(stage.messenger.execute(alice, replayDelivery, { id: first.id })).rejects.toMatchObject({
      reason: 'not_a_superuser',
    });
    await expect(stage.messenger.ask(alice, deliveryOf, { id: first.id })).rejects.toMatchObject({
      reason: 'not_a_superuser',
    });

    await sql`update accounts set is_superuser = true where id = ${alice.accountId}`.execute(stage.database.db);
    await stage.messenger.execute(alice, replayDelivery, { id: first.id });
    const again = await claimOne();
    expect([again.id, again.attempt]).toEqual([first.id, 3]);
    await settle(again, { kind: 'unsure', reason: 'no answer in time' });
    const { state, attempts, history } = await stage.messenger.ask(alice, deliveryOf, { id: first.id });
    expect([state, attempts]).toEqual(['unsure', 3]);
    const none = { reason: null, askedBy: null };
    expect(history).toMatchObject([
      { no: 1, outcome: 'later', reason: '503', askedBy: null },
      { no: 2, ...none, outcome: 'delivered', vendorId: 'vendor-1' },
      { no: 3, outcome: 'unsure', reason: 'no answer in time', askedBy: { id: alice.accountId } },
    ]);
    expect(history.every(({ beganAt, endedAt }) => endedAt !== null && endedAt >= beganAt)).toBe(true);

    await sql`update deliveries set created_at = now() - interval '40 days'`.execute(stage.database.db);
    await stage.messenger.execute(system, trimDeliveries, { keepDays: 30 });
    const { rows } = await sql`select 1 from delivery_attempts where delivery_id = ${first.id}`.execute(
      stage.database.db,
    );
    expect(rows).toEqual([]);
  });

  test('a delivery made again that nobody wants any more is dropped', async () => {
    await stage.say(alice, chat);
    await stage.plan();
    const claim = await claimOne();
    await settle(claim, delivered);
    await sql`update messages set deleted_at = now() where conversation_id = ${chat}`.execute(stage.database.db);
    await stage.messenger.execute(system, replayDelivery, { id: claim.id });
    expect(await stage.exchange()).toEqual([]);
    const { state, history } = await stage.messenger.ask(system, deliveryOf, { id: claim.id });
    expect([state, history.map(({ outcome }) => outcome)]).toEqual(['dropped', ['delivered', 'dropped']]);
  });

  test('what was certainly not sent is tried again, ever more patiently, and given up in the end', async () => {
    await stage.say(alice, chat);
    await stage.plan();
    for (const wait of [10, 20, 40, 80, 160, 320, 640]) {
      expect(await settle(await claimOne(), later())).toEqual([]);
      pass(wait - 1);
      expect(await stage.exchange()).toEqual([]);
      pass(1);
    }
    await settle(await claimOne(), later());
    expect(await line()).toMatchObject({ state: 'given_up', outcome: '503', attempts: 8 });
    pass(86_400);
    expect(await stage.exchange()).toEqual([]);
  });

  test('a service that asks to wait is let wait for, but not for ever', async () => {
    await stage.say(alice, chat);
    await stage.plan();
    await settle(await claimOne(), later(60));
    pass(59);
    expect(await stage.exchange()).toEqual([]);
    pass(1);
    await settle(await claimOne(), later(1e9));
    pass(3_600);
    await claimOne();
  });

  test.each<[PushOutcome, string]>([
    [{ kind: 'unsure', reason: 'ECONNRESET' }, 'unsure'],
    [{ kind: 'refused', reason: '400' }, 'refused'],
    [{ kind: 'gone', reason: '404 UNREGISTERED' }, 'gone'],
  ])('%j is the end of it', async (outcome, state) => {
    await stage.say(alice, chat);
    await stage.plan();
    await settle(await claimOne(), outcome);
    expect(await line()).toMatchObject({ state, attempts: 1 });
    pass(3_600);
    expect(await stage.exchange()).toEqual([]);
  });

  test('a process that dies between the claim and the send has sent it, for all we know', async () => {
    await stage.say(alice, chat);
    await stage.plan();
    const claim = await claimOne();
    expect(await stage.exchange()).toEqual([]);
    pass(301);
    expect(await stage.exchange()).toEqual([]);
    expect(await line()).toMatchObject({ state: 'unsure', outcome: 'the process died', attempts: 1 });
    // It lived after all, and comes too late.
    await settle(claim, later());
    expect(await line()).toMatchObject({ state: 'unsure' });
  });

  test('two processes plan one delivery and claim it once', async () => {
    await stage.say(alice, chat);
    const steps = await Promise.all([1, 2, 3].map(() => stage.messenger.execute(system, planNotifications, {})));
    await stage.plan();
    expect(steps.filter((step) => step.planned > 0).length).toBeLessThanOrEqual(1);
    expect(await stage.ledger()).toHaveLength(1);
    const claims = await Promise.all([1, 2, 3].map(() => stage.exchange()));
    expect(claims.flat()).toHaveLength(1);
  });

  test('a follower that goes back in the log tells nobody twice', async () => {
    const { db } = stage.database;
    const place = await db
      .selectFrom('followers')
      .selectAll()
      .where('name', '=', 'notifications')
      .executeTakeFirstOrThrow();
    await stage.say(alice, chat);
    expect(await stage.told()).toHaveLength(1);
    await db.updateTable('followers').set(place).where('name', '=', 'notifications').execute();
    expect(await stage.plan()).toBeGreaterThan(0);
    expect(await stage.told()).toEqual([]);
  });

  test('a device that is gone is retired, with what waited for it, unless it has come back', async () => {
    await stage.say(alice, chat);
    await stage.plan();
    const claim = await claimOne();
    await stage.say(alice, chat, 'another');
    await stage.plan();
    await settle(claim, { kind: 'gone', reason: '410' });
    expect((await stage.ledger()).map((one) => one.state)).toEqual(['gone', 'gone']);
    expect(await stage.messenger.ask(bob, devices, {})).toEqual([]);

    const phone = await stage.phone(bob);
    await stage.say(alice, chat, 'once more');
    await stage.plan();
    const second = await claimOne();
    pass(1);
    await stage.phone(bob, phone);
    await settle(second, { kind: 'gone', reason: '410' });
    expect(await stage.messenger.ask(bob, devices, {})).toHaveLength(1);
  });

  test('a browser whose service swallows all it gets is let go after ten', async () => {
    const keys = { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: Buffer.alloc(16).toString('base64url') };
    await stage.phone(bob, JSON.stringify({ endpoint: `https://push.example/${Math.random()}`, keys }), 'web');
    for (let time = 0; time < 10; time += 1) {
      expect(await stage.messenger.ask(bob, devices, {})).toHaveLength(2);
      await stage.say(alice, chat);
      await stage.plan();
      const [claim] = await stage.exchange([], 1, 'browser');
      await stage.exchange([{ claim: claim!, outcome: { kind: 'unsure', reason: 'no answer in time' } }], 0, 'browser');
    }
    expect(await stage.messenger.ask(bob, devices, {})).toHaveLength(1);
  });

  test('one device has one thing under way, in order, and holds no other back', async () => {
    const carol = await stage.person('carol');
    const other = await stage.direct(alice, carol);
    await stage.phone(carol);
    for (const content of ['one', 'two', 'three']) await stage.say(alice, chat, content);
    await stage.say(alice, other, 'for carol');
    await stage.plan();
    const texts = (claims: Claim[]) => claims.map(({ notice }) => notice.kind === 'new_message' && notice.text);
    const first = await stage.exchange();
    expect(texts(first)).toEqual(['one', 'for carol']);
    expect(texts(await stage.exchange())).toEqual([]);
    expect(texts(await stage.exchange(first.map((claim) => ({ claim, outcome: delivered }))))).toEqual(['two']);
  });

  test('a device for which a hundred things wait gets no more', async () => {
    for (let more = 0; more < 110; more += 1) await stage.say(alice, chat, `${more}`);
    await stage.plan();
    const planned = (await stage.ledger()).length;
    await stage.say(alice, chat, 'too many');
    await stage.plan();
    expect(await stage.ledger()).toHaveLength(planned);
  });

  test('what is old is forgotten', async () => {
    await stage.say(alice, chat);
    await stage.told();
    await sql`update deliveries set created_at = created_at - interval '31 days'`.execute(stage.database.db);
    await stage.say(alice, chat);
    await stage.told();
    expect(await stage.messenger.execute(system, trimDeliveries, { keepDays: 30 })).toBe(1);
    expect(await stage.ledger()).toHaveLength(1);
    expect(await stage.messenger.execute(system, trimDeliveries, { keepDays: 30 })).toBe(0);
  });

  test('without anybody to send through, nothing is planned and the log is followed all the same', async () => {
    const silent = await openStage(kind, {});
    try {
      const [one, two] = await Promise.all([silent.person('one'), silent.person('two')]);
      await silent.phone(two);
      await silent.say(one, await silent.direct(one, two));
      expect(await silent.plan()).toBeGreaterThan(0);
      expect(await silent.ledger()).toEqual([]);
      const input = { service: 'app', adapter: 'none', settled: [], limit: 10 } as const;
      expect(await silent.messenger.execute(system, exchangeDeliveries, input)).toEqual([]);
    } finally {
      await silent.close();
    }
  });
});
