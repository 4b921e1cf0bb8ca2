// Words sent to devices: who may send to whom, each device once whatever dies, and what is reported of it.

import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { block } from '../../../src/core/accounts/blocks.ts';
import { prepared, type Asking, type Context, type Member, type System } from '../../../src/core/context.ts';
import { DomainError } from '../../../src/core/errors.ts';
import type { AccountId, AnnouncementId } from '../../../src/core/ids.ts';
import { announce, enterAnnouncement, type NewAnnouncement } from '../../../src/core/notifications/announcements.ts';
import { trimDeliveries } from '../../../src/core/notifications/deliveries.ts';
import { announcementReport, deliveryStatistics } from '../../../src/core/notifications/reports.ts';
import { changeNotificationSettings } from '../../../src/core/notifications/settings.ts';
import type { Job, PushService } from '../../../src/core/ports.ts';
import { databaseKinds } from '../../support/database.ts';
import { openStage, system, type Stage } from './stage.ts';

const words: NewAnnouncement = {
  recipients: null,
  platforms: null,
  type: 'system',
  category: null,
  title: 'News',
  body: 'We are moving',
  translations: null,
  data: { where: 'here' },
  imageUrl: null,
  clickAction: null,
  urgency: 'normal',
  scheduledAt: null,
};

/** Power fails when the step has done all but commit. */
const dyingStep = prepared(
  'dyingStep',
  async (asking: Asking<System>, _input: { id: AnnouncementId; from: AccountId }) =>
    Object.keys(asking.ports.push.adapters) as PushService[],
  async (ctx: Context<System>, input, services): Promise<number> => {
    await enterAnnouncement(ctx, input, services);
    throw new Error('the power failed');
  },
);

describe.each(databaseKinds.filter((kind) => !process.env.TEST_DATABASE || kind === process.env.TEST_DATABASE))(
  'on the %s database',
  (kind) => {
    let stage: Stage;
    let root: Member;
    let alice: Member;
    let bob: Member;
    let mallory: Member;

    beforeAll(async () => {
      stage = await openStage(kind);
    });
    afterAll(() => stage.close());
    beforeEach(async () => {
      root = await stage.person('root');
      alice = await stage.person('alice');
      bob = await stage.person('bob');
      mallory = await stage.person('mallory');
      await sql`update accounts set is_superuser = true where id = ${root.accountId}`.execute(stage.database.db);
      stage.promised.length = 0;
    });
    afterEach(async () => {
      stage.clock.now = 0;
      await sql`delete from deliveries`.execute(stage.database.db);
      await sql`delete from devices`.execute(stage.database.db);
    });

    const send = (by: Member, more: Partial<NewAnnouncement> = {}) =>
      stage.messenger.execute(by, announce, { ...words, ...more });
    const to = (...members: Member[]) => ({ recipients: members.map((one) => one.accountId) });
    const refusal = async (sending: Promise<unknown>) => {
      const error = await sending.then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(DomainError);
      return (error as DomainError).reason;
    };
    const stepOf = ({ data }: Job) => ({
      id: data.announcementId as AnnouncementId,
      from: data.from as AccountId,
    });
    /** Does what was promised, and what that promises. */
    async function work(): Promise<number> {
      let steps = 0;
      for (let job = stage.promised.shift(); job; job = stage.promised.shift()) {
        await stage.messenger.execute(system, enterAnnouncement, stepOf(job));
        steps += 1;
      }
      return steps;
    }
    const report = (by: Member, id: AnnouncementId) => stage.messenger.ask(by, announcementReport, { id });

    /** So many people, each with a phone. */
    async function crowd(many: number): Promise<void> {
      const mark = `crowd_${Math.random()}_`;
      await sql`with people as (
        insert into accounts (username, created_in) select ${mark}::text || n, 'urge' from generate_series(1, ${many}) n returning id)
        insert into devices (account_id, dialect, platform, address) select id, 'urge', 'ios', ${mark}::text || id from people`.execute(
        stage.database.db,
      );
    }

    test('a broadcast that dies again and again reaches every device once, in steps', async () => {
      await crowd(1_100);
      await stage.phone(alice);
      const { id } = await send(root);
      const begin = stage.promised[0]!;
      let deaths = 0;
      let steps = 0;
      for (let job = stage.promised.shift(); job; job = stage.promised.shift()) {
        const before = (await stage.ledger()).length;
        // Dies in the middle; what it promised was rolled back with it.
        await expect(stage.messenger.execute(system, dyingStep, stepOf(job))).rejects.toThrow('the power failed');
        stage.promised.length = 0;
        expect(await stage.ledger()).toHaveLength(before);
        deaths += 1;
        // The job is done again, by two processes, and its predecessor once more.
        await Promise.all([
          stage.messenger.execute(system, enterAnnouncement, stepOf(job)),
          stage.messenger.execute(system, enterAnnouncement, stepOf(job)),
        ]);
        if (steps > 0) await stage.messenger.execute(system, enterAnnouncement, stepOf(begin));
        steps += 1;
        expect((await stage.ledger()).length - before).toBeLessThanOrEqual(250);
        expect(stage.promised.length).toBeLessThanOrEqual(1);
      }
      expect(deaths).toBe(5);
      const ledger = await stage.ledger();
      expect(ledger).toHaveLength(1_101);
      expect(new Set(ledger.map((line) => line.device_id)).size).toBe(1_101);
      expect(new Set(ledger.map((line) => line.subject_id))).toEqual(new Set([id]));
      expect(await report(root, id)).toMatchObject({ progress: 100, open: 1_101, taken: 0 });
      expect((await report(root, id)).told).toHaveLength(1_000);
    }, 60_000);

    test('its progress grows, and only its sender and superusers read it', async () => {
      await crowd(600);
      const { id } = await send(root);
      expect(await report(root, id)).toMatchObject({ progress: 0, open: 0, finishedAt: null });
      await stage.messenger.execute(system, enterAnnouncement, stepOf(stage.promised.shift()!));
      const halfway = await report(root, id);
      expect(halfway).toMatchObject({ open: 250, finishedAt: null });
      expect(halfway.progress).toBeGreaterThan(0);
      expect(halfway.progress).toBeLessThan(100);
      expect(await refusal(report(mallory, id))).toBe('no_such_announcement');
      expect(await refusal(report(mallory, (id + 1_000) as AnnouncementId))).toBe('no_such_announcement');
    });

    test('while thousands of its words wait, no more are entered', async () => {
      await crowd(2_300);
      const { id } = await send(root);
      for (let turn = 0; turn < 8; turn += 1) {
        await stage.messenger.execute(system, enterAnnouncement, stepOf(stage.promised.shift()!));
      }
      const job = stage.promised.shift()!;
      expect(await stage.messenger.execute(system, enterAnnouncement, stepOf(job))).toBe(0);
      expect(stage.promised).toEqual([{ ...job, after: 2 }]);
      await sql`update deliveries set state = 'delivered' where subject_id = ${id}`.execute(stage.database.db);
      expect(await work()).toBeGreaterThan(1);
      expect(await stage.ledger()).toHaveLength(2_300);
    }, 60_000);

    test('only superusers speak to everybody; others to whom they share a chat with', async () => {
      await stage.direct(alice, bob);
      expect(await refusal(send(mallory))).toBe('not_a_superuser');
      expect(await refusal(send(mallory, to(alice)))).toBe('not_acquainted');
      expect(await refusal(send(alice, to(bob, mallory)))).toBe('not_acquainted');
      expect(await refusal(send(alice, { recipients: [999_999_999 as AccountId] }))).toBe('not_acquainted');
      expect(await refusal(send(root, { recipients: [999_999_999 as AccountId] }))).toBe('no_such_person');
      expect(stage.promised).toEqual([]);
      for (const sending of [send(alice, to(alice)), send(alice, to(bob)), send(root, to(alice, bob, mallory))]) {
        expect(await sending).toEqual({ id: expect.any(Number) });
      }
      await stage.messenger.execute(bob, block, { id: alice.accountId });
      expect(await refusal(send(alice, to(bob)))).toBe('not_acquainted');
      expect(await refusal(send(bob, to(alice)))).toBe('not_acquainted');
    });

    test('in a public channel one shares nothing', async () => {
      const channel = await stage.group(alice, mallory);
      await sql`update conversations set kind = 'channel' where id = ${channel}`.execute(stage.database.db);
      expect(await refusal(send(mallory, to(alice)))).toBe('not_acquainted');
    });

    test('what was promised is not kept for whom it would trouble by now', async () => {
      await stage.direct(alice, bob);
      const phone = await stage.phone(bob);
      await stage.phone(bob, undefined, 'android');
      const { id } = await send(alice, { ...to(bob), platforms: ['ios'] });
      await work();
      expect(await stage.ledger()).toHaveLength(1);
      const [claim] = await stage.exchange();
      expect(claim).toMatchObject({
        device: { address: phone },
        urgency: 'normal',
        notice: {
          kind: 'announcement',
          title: 'News',
          body: 'We are moving',
          type: 'system',
          data: { where: 'here' },
          by: { id: alice.accountId, name: 'alice' },
        },
      });
      await stage.exchange([{ claim: claim!, outcome: { kind: 'refused', reason: '400' } }], 0);
      expect(await report(alice, id)).toMatchObject({
        taken: 0,
        failed: 1,
        told: [{ accountId: bob.accountId, error: '400', isTaken: false }],
      });
      await send(alice, to(bob));
      await work();
      await stage.messenger.execute(bob, block, { id: alice.accountId });
      expect(await stage.exchange()).toEqual([]);
      await stage.messenger.execute(bob, changeNotificationSettings, { enabled: false });
      await send(root, to(bob));
      await work();
      expect(await stage.exchange()).toEqual([]);
    });

    test('each is spoken to in their own language', async () => {
      await sql`update accounts set language = 'ko' where id = ${bob.accountId}`.execute(stage.database.db);
      await stage.phone(alice);
      await stage.phone(bob);
      const translations = { ko: { title: '소식', body: '이사합니다' }, ja: { title: '知らせ', body: '引っ越し' } };
      const { id } = await send(root, { ...to(alice, bob), translations });
      await work();
      const titles = (await stage.exchange()).map(({ notice }) => notice.kind === 'announcement' && notice.title);
      expect(titles).toEqual(['News', '소식']);
      expect((await report(root, id)).told.map((one) => one.body)).toEqual(['We are moving', '이사합니다']);
    });

    test('what is planned for later is promised for then', async () => {
      await stage.phone(alice);
      const { id } = await send(alice, { ...to(alice), scheduledAt: Date.now() + 3_600_000 });
      expect(stage.promised).toMatchObject([{ name: 'announce', after: 3_600, data: { announcementId: id, from: 0 } }]);
    });

    test('the statistics count what became of it, mine alone or for superusers all', async () => {
      await stage.direct(alice, bob);
      await stage.phone(alice);
      await stage.phone(bob);
      await stage.phone(bob, undefined, 'android');
      await send(alice, { ...to(bob), type: 'message' });
      await work();
      const [one, other] = await stage.exchange();
      await stage.exchange(
        [
          { claim: one!, outcome: { kind: 'delivered', vendorId: 'vendor-1' } },
          { claim: other!, outcome: { kind: 'gone', reason: '404 UNREGISTERED' } },
        ],
        0,
      );
      const of = (who: Member, whom: 'caller' | 'everybody') =>
        stage.messenger.ask(who, deliveryStatistics, { since: Date.now() - 86_400_000, of: whom });
      const bobs = {
        total: 2,
        recipients: 1,
        sent: 2,
        delivered: 1,
        failed: 1,
        read: 0,
        platforms: { ios: 1, android: 1, web: 0 },
        kinds: { message: 2 },
      };
      expect(await of(bob, 'caller')).toEqual(bobs);
      expect(await of(alice, 'caller')).toMatchObject({ total: 0, sent: 0, kinds: {} });
      expect(await of(root, 'everybody')).toEqual(bobs);
      expect(await refusal(of(mallory, 'everybody'))).toBe('not_a_superuser');
    });

    test('what is old is forgotten, words and ledger alike', async () => {
      await stage.phone(alice);
      const { id } = await send(alice, to(alice));
      await work();
      await sql`update deliveries set created_at = now() - interval '8 days'`.execute(stage.database.db);
      await sql`update announcements set created_at = now() - interval '8 days',
        finished_at = now() - interval '8 days' where id = ${id}`.execute(stage.database.db);
      expect(await stage.messenger.execute(system, trimDeliveries, { keepDays: 9 })).toBe(0);
      expect(await stage.messenger.execute(system, trimDeliveries, { keepDays: 7 })).toBe(2);
      expect(await refusal(report(alice, id))).toBe('no_such_announcement');
    });
  },
);
