// Who is notified: those who are away and want to know, on each of their devices, once.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Member } from '../../../src/core/context.ts';
import type { ConversationId } from '../../../src/core/ids.ts';
import { setPreference } from '../../../src/core/conversations/preferences.ts';
import { markRead } from '../../../src/core/messages/receipts.ts';
import { devices, registerDevice, unregisterDevice } from '../../../src/core/notifications/devices.ts';
import { changeNotificationSettings } from '../../../src/core/notifications/settings.ts';
import { databaseKinds } from '../../support/database.ts';
import { openStage, type Stage } from './stage.ts';

describe.each(databaseKinds.filter((kind) => !process.env.TEST_DATABASE || kind === process.env.TEST_DATABASE))(
  'who is notified, on the %s database',
  (kind) => {
    let stage: Stage;
    let alice: Member;
    let bob: Member;
    let carol: Member;
    let mallory: Member;
    let chat: ConversationId;
    let choir: ConversationId;
    let phone: string;

    beforeAll(async () => {
      stage = await openStage(kind);
    });
    afterAll(() => stage.close());

    /** Alice, and Bob with a phone, in a chat and in a choir with Carol; Mallory has a phone and is in neither. */
    async function setScene(): Promise<void> {
      await stage.told();
      [alice, bob, carol, mallory] = await Promise.all([
        stage.person('alice'),
        stage.person('bob'),
        stage.person('carol'),
        stage.person('mallory'),
      ]);
      chat = await stage.direct(alice, bob);
      choir = await stage.group(alice, bob, carol);
      await stage.plan();
      phone = await stage.phone(bob);
      await stage.phone(mallory);
    }
    beforeAll(setScene);

    const run = (statement: ReturnType<typeof sql>) => statement.execute(stage.database.db);

    test('the other one is, and neither the sender nor anybody outside', async () => {
      await setScene();
      await stage.phone(alice);
      await stage.say(alice, chat, 'hello');
      expect(await stage.told()).toEqual([`${phone} hello`]);
      expect(await stage.told()).toEqual([]);
    });

    test('each device is, and a browser through its own service', async () => {
      await setScene();
      const tablet = await stage.phone(bob, undefined, 'android');
      const keys = { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: Buffer.alloc(16).toString('base64url') };
      const endpoint = `https://push.example/${Math.random()}`;
      await stage.phone(bob, JSON.stringify({ endpoint, keys }), 'web');
      await stage.say(alice, chat, 'hello');
      expect(await stage.told()).toEqual([`${phone} hello`, `${tablet} hello`]);
      const [claim] = await stage.exchange([], 10, 'browser');
      expect(claim!.device).toEqual({ service: 'browser', platform: 'web', address: endpoint, keys });
    });

    test('who only makes requests is', async () => {
      await setScene();
      await stage.cluster.arrive(bob.accountId, 'a session', 'visit');
      await stage.say(alice, chat, 'hello');
      expect(await stage.told()).toEqual([`${phone} hello`]);
    });

    test.each<[string, () => Promise<unknown>]>([
      ['who has a line open', () => stage.cluster.arrive(bob.accountId, 'a line')],
      [
        'who muted the conversation',
        () => stage.messenger.execute(bob, setPreference, { conversationId: chat, preference: 'muted', on: true }),
      ],
      [
        'who muted it for a while',
        () =>
          run(sql`update memberships set muted_until = now() + interval '1 hour' where account_id = ${bob.accountId}`),
      ],
      ['who switched it all off', () => stage.messenger.execute(bob, changeNotificationSettings, { enabled: false })],
      [
        'who switched messages off',
        () => stage.messenger.execute(bob, changeNotificationSettings, { messages: false }),
      ],
      [
        'who blocked the sender',
        () => run(sql`insert into blocks (blocker_id, blocked_id) values (${bob.accountId}, ${alice.accountId})`),
      ],
      [
        'whom the sender blocked',
        () => run(sql`insert into blocks (blocker_id, blocked_id) values (${alice.accountId}, ${bob.accountId})`),
      ],
      ['who signed out', () => run(sql`update sessions set ended_at = now() where account_id = ${bob.accountId}`)],
      ['who is disabled', () => run(sql`update accounts set disabled_at = now() where id = ${bob.accountId}`)],
      ['who is banned', () => run(sql`update accounts set standing = 'BANNED' where id = ${bob.accountId}`)],
      ['who let the device go', () => stage.messenger.execute(bob, unregisterDevice, { token: phone })],
      ['whose token moved on', () => stage.messenger.execute(carol, registerDevice, { token: phone, platform: 'ios' })],
      [
        'who read it meanwhile',
        () => stage.messenger.execute(bob, markRead, { conversationId: chat, messages: 'all' }),
      ],
      ['when it was deleted', () => run(sql`update messages set deleted_at = now() where conversation_id = ${chat}`)],
      [
        'when it is the server that speaks',
        () => run(sql`update messages set kind = 'system' where conversation_id = ${chat}`),
      ],
      [
        'when it is of the day before yesterday',
        () => run(sql`update messages set created_at = now() - interval '2 days' where conversation_id = ${chat}`),
      ],
      [
        'when the conversation is quiet for all',
        () => run(sql`update conversations set mute_notifications = true where id = ${chat}`),
      ],
    ])('but not %s, be it before it is planned or before it is sent', async (_who, leave) => {
      await setScene();
      await stage.say(alice, chat, 'before');
      await leave();
      expect(await stage.told()).toEqual([]);

      await setScene();
      await stage.say(alice, chat, 'after');
      await stage.plan();
      await leave();
      const told = await stage.told();
      // Who comes back in the second between has the message on the screen, and may hear of it too.
      expect(told).toEqual(_who === 'who has a line open' ? [`${phone} after`] : []);
    });

    test('again when the mute is over, and in an archived conversation', async () => {
      await setScene();
      await run(sql`update memberships set muted_at = now() - interval '2 hours', muted_until = now() - interval '1 hour', archived_at = now()
      where account_id = ${bob.accountId}`);
      await stage.say(alice, chat, 'hello');
      expect(await stage.told()).toEqual([`${phone} hello`]);
    });

    test('groups have a switch of their own', async () => {
      await setScene();
      await stage.messenger.execute(bob, changeNotificationSettings, { groups: false });
      await stage.say(alice, choir, 'sing');
      await stage.say(alice, chat, 'hello');
      expect(await stage.told()).toEqual([`${phone} hello`]);
    });

    test('of a text that may not be shown, or that is encrypted, nothing is shown', async () => {
      await setScene();
      await stage.say(alice, chat, 'c2VjcmV0', { isEncrypted: true });
      expect(await stage.told()).toEqual([`${phone} null`]);
      await stage.messenger.execute(bob, changeNotificationSettings, { showPreview: false });
      await stage.say(alice, chat, 'hidden');
      expect(await stage.told()).toEqual([`${phone} null`]);
      await stage.messenger.execute(bob, changeNotificationSettings, { showPreview: true });
      await stage.say(alice, chat, '🎶'.repeat(300));
      expect(await stage.told()).toEqual([`${phone} ${'🎶'.repeat(199)}…`]);
    });

    test('who is added to a group, not who makes it or comes by themselves', async () => {
      await setScene();
      await stage.phone(alice);
      const made = await stage.group(alice, bob);
      expect(await stage.told()).toEqual([`${phone} group_invite`]);
      const joined = async (by: Member, ...subjects: Member[]) => {
        await run(sql`insert into changes (xid, conversation_id, change_no, kind, subjects)
        select pg_current_xact_id()::text::bigint, id, last_change_no + 1, 'members.joined',
          ${[by, ...subjects].map((one) => one.accountId)}::bigint[] from conversations where id = ${made}`);
        await run(sql`update conversations set last_change_no = last_change_no + 1 where id = ${made}`);
      };
      const carols = await stage.phone(carol);
      await run(sql`insert into memberships (conversation_id, account_id) values (${made}, ${carol.accountId})`);
      await joined(carol, carol);
      expect(await stage.told()).toEqual([]);
      await joined(alice, carol, mallory);
      expect(await stage.told()).toEqual([`${carols} group_invite`]);
    });

    test('of what one device is told, others with the same owner are told too, up to twenty', async () => {
      await setScene();
      for (let more = 0; more < 21; more += 1) await stage.phone(bob);
      const left = await stage.messenger.ask(bob, devices, {});
      expect(left).toHaveLength(20);
      expect(left.map((one) => one.token)).not.toContain(phone);
      await stage.say(alice, chat, 'hello');
      expect(await stage.told()).toHaveLength(20);
    });

    test('a channel of 5,000 takes several steps, and each of its members is told once', async () => {
      await setScene();
      const members = 5_000;
      await run(sql`with people as (
        insert into accounts (username, created_in) select 'm' || ${choir} || '_' || n, 'urge' from generate_series(1, ${members}) n returning id),
      joined as (insert into memberships (conversation_id, account_id) select ${choir}, id from people)
      insert into devices (account_id, dialect, platform, address) select id, 'urge', 'ios', 'm' || ${choir} || '_' || id from people`);
      await stage.plan();
      const before = (await stage.ledger()).length;
      for (const content of ['one', 'two']) await stage.say(alice, choir, content);
      const started = performance.now();
      const steps = await stage.plan();
      const took = performance.now() - started;
      const lines = (await stage.ledger()).slice(before);
      expect(lines).toHaveLength(2 * (members + 1));
      expect(new Set(lines.map((line) => `${line.device_id} ${line.subject_id}`)).size).toBe(lines.length);
      expect(steps).toBeGreaterThanOrEqual(40);
      process.stderr.write(`${kind}: 2 messages to 5,002 members planned in ${Math.round(took)} ms, ${steps} steps\n`);
      await run(sql`delete from deliveries where conversation_id = ${choir}`);
    }, 60_000);
  },
);
