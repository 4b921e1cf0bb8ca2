// Two people, two processes, one row: whatever the order, one outcome that everybody agrees on.

import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Member } from '../../src/core/context.ts';
import { openDirect } from '../../src/core/conversations/create.ts';
import { removeMember } from '../../src/core/conversations/members.ts';
import type { ConversationId } from '../../src/core/ids.ts';
import { type LogEntry, type LogPosition, readLog } from '../../src/core/log.ts';
import { markRead } from '../../src/core/messages/receipts.ts';
import { sendMessage } from '../../src/core/messages/send.ts';
import { settled } from '../support/client.ts';
import { databaseKinds } from '../support/database.ts';
import { type Core, openCore, type Process, text, until } from './support.ts';

const beginning: LogPosition = { epoch: 0, xid: 0, id: 0 };

describe.each(databaseKinds)('races, %s', (kind) => {
  let core: Core;
  let other: Process;
  beforeAll(async () => {
    core = await openCore(kind);
    other = await core.another();
  });
  afterAll(() => core.close());
  beforeEach(() => {
    core.published.length = 0;
    other.published.length = 0;
  });

  /** Every conversation: numbers without holes, and a log that agrees with them. */
  async function expectDense(): Promise<void> {
    const { db } = core.database;
    const conversations = await db
      .selectFrom('conversations')
      .select(['id', 'last_message_no', 'last_change_no'])
      .execute();
    const messages = await sql<{ conversation_id: number; numbers: number[] }>`
      select conversation_id, array_agg(message_no order by message_no) as numbers from messages group by 1`.execute(
      db,
    );
    const changes = await sql<{ conversation_id: number; numbers: number[] }>`
      select conversation_id, array_agg(change_no order by epoch, xid, id) as numbers from changes
      where change_no is not null group by 1`.execute(db);
    const numbersOf = (rows: typeof messages.rows, id: number) =>
      rows.find((row) => row.conversation_id === id)?.numbers ?? [];
    for (const { id, last_message_no, last_change_no } of conversations) {
      expect(numbersOf(messages.rows, id), `messages of ${id}`).toEqual(upto(last_message_no));
      expect(numbersOf(changes.rows, id), `changes of ${id}`).toEqual(upto(last_change_no));
    }
  }

  it('two people open the same direct conversation at the same instant, 100 times: one conversation', async () => {
    for (let round = 0; round < 100; round += 1) {
      const [alice, bob] = [await core.person('alice'), await core.person('bob')];
      const opened = await Promise.all([
        core.messenger.execute(alice, openDirect, { with: bob.accountId }),
        other.messenger.execute(bob, openDirect, { with: alice.accountId }),
      ]);
      expect(opened[0].conversationId).toBe(opened[1].conversationId);
      expect(opened.filter((one) => one.created)).toHaveLength(1);
      const members = await core.database.db
        .selectFrom('memberships')
        .select('account_id')
        .where('conversation_id', '=', opened[0].conversationId)
        .orderBy('account_id')
        .execute();
      expect(members.map((member) => member.account_id)).toEqual([alice.accountId, bob.accountId]);
    }
    expect([...core.events('conversation.created'), ...other.events('conversation.created')]).toHaveLength(100);
    await expectDense();
  });

  describe('a member is removed while their send waits', () => {
    let founder: Member;
    let member: Member;
    let room: ConversationId;
    beforeEach(async () => {
      [founder, member] = [await core.person('founder'), await core.person('member')];
      room = await core.group(founder, member);
    });

    /** In the group again, as if never gone. */
    const rejoin = () =>
      core.database.db
        .updateTable('memberships')
        .set({ left_at: null })
        .where('conversation_id', '=', room)
        .where('account_id', '=', member.accountId)
        .execute();

    it.runIf(kind === 'postgresql')('for the row’s lock: refused, 200 of 200', { timeout: 60_000 }, async () => {
      const holder = new pg.Client({ connectionString: core.url });
      await holder.connect();
      const waiting = (count: number) =>
        until(`${count} wait for the row`, async () => {
          const { rows } = await holder.query<{ n: string }>(
            `select count(*) as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
          );
          return Number(rows[0]!.n) === count;
        });
      const refusals: unknown[] = [];
      try {
        for (let round = 0; round < 200; round += 1) {
          await holder.query('begin');
          await holder.query('select 1 from conversations where id = $1 for update', [room]);
          const removal = core.messenger.execute(founder, removeMember, {
            conversationId: room,
            accountId: member.accountId,
          });
          await waiting(1);
          // A lone send in every second round, a batch with a neighbour who may in the others.
          const neighbour = round % 2 ? other.messenger.execute(founder, sendMessage, text(room, 'mine')) : null;
          const send = other.messenger.execute(member, sendMessage, text(room, 'too late')).then(
            () => 'stored',
            (error: { reason?: string }) => error.reason,
          );
          await waiting(2);
          await holder.query('commit');
          await removal;
          refusals.push(await send);
          await neighbour;
          await rejoin();
        }
      } finally {
        await holder.end();
      }
      expect(refusals).toEqual(Array.from({ length: 200 }, () => 'not_a_member'));
      const late = await core.database.db
        .selectFrom('messages')
        .select('id')
        .where('conversation_id', '=', room)
        .where('sender_id', '=', member.accountId)
        .execute();
      expect(late).toEqual([]);
      await expectDense();
    });

    it('at the same instant: what is stored comes before the removal', { timeout: 60_000 }, async () => {
      let stored = 0;
      let refused = 0;
      for (let round = 0; round < 60; round += 1) {
        const sends = Array.from(
          { length: 6 },
          (_, n) => () => (n % 2 ? core : other).messenger.execute(member, sendMessage, text(room, `${round} ${n}`)),
        );
        const remove = async () => {
          for (let turn = 0; turn < round % 6; turn += 1) await new Promise(setImmediate);
          await core.messenger.execute(founder, removeMember, { conversationId: room, accountId: member.accountId });
        };
        const outcomes = await Promise.allSettled([remove(), ...sends.map((send) => send())]);
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ reason: 'not_a_member' });
        }
        const late = await sql<{ kind: string }>`
          select c.kind from changes c join messages m on m.id = c.message_id
          where c.conversation_id = ${room} and m.sender_id = ${member.accountId} and c.change_no >
            (select max(change_no) from changes where conversation_id = ${room} and kind = 'members.left')
        `.execute(core.database.db);
        expect(late.rows).toEqual([]);
        stored += outcomes.filter((outcome) => outcome.status === 'fulfilled').length - 1;
        refused += outcomes.filter((outcome) => outcome.status === 'rejected').length;
        await rejoin();
      }
      expect(stored + refused).toBe(360);
      expect(Math.min(stored, refused)).toBeGreaterThan(0);
      await expectDense();
    });
  });

  it(
    'batches of two processes over the same conversations: nobody hears of a deadlock, no number is lost, and a reader of the log sees each row once',
    { timeout: 60_000 },
    async () => {
      const people = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => core.person(name)));
      const rooms: ConversationId[] = [];
      for (let n = 0; n < 12; n += 1) rooms.push(await core.group(people[n % 6]!, ...people));
      let writing = true;
      const seen: LogEntry[] = [];
      const reader = (async () => {
        for (let at = beginning; ;) {
          const last = !writing;
          const piece = await readLog(core.database.db, at, 97);
          seen.push(...piece);
          at = piece.at(-1) ?? at;
          if (piece.length === 0) {
            if (last) return;
            await new Promise((resolve) => setTimeout(resolve, 2));
          }
        }
      })();

      const total = 2_000;
      let next = 0;
      const caller = async (process: Process, seed: number) => {
        while (next < total) {
          const n = (next += 1);
          const who = people[(n + seed) % 6]!;
          const room = rooms[(n * 7 + seed) % 12]!;
          await process.messenger.execute(who, sendMessage, text(room, `${n}`, n % 3 ? undefined : `key ${n}`));
          if (n % 10 === 0) await process.messenger.execute(who, markRead, { conversationId: room, messages: 'all' });
        }
      };
      const callers = Array.from({ length: 64 }, (_, seed) => caller(seed % 2 ? core : other, seed));
      try {
        await Promise.all(callers);
        // Others' transactions on the same server hold the reader back.
        await settled(core);
      } finally {
        writing = false;
        await reader;
      }

      const { n: messages } = await core.database.db
        .selectFrom('messages')
        .select((select) => select.fn.countAll<number>().as('n'))
        .where('conversation_id', 'in', rooms)
        .executeTakeFirstOrThrow();
      expect(messages).toBe(total);
      const rows = await sql<{ key: string }>`
        select epoch || ' ' || xid || ' ' || id as key from changes order by epoch, xid, id`.execute(core.database.db);
      expect(seen.map(({ epoch, xid, id }) => `${epoch} ${xid} ${id}`)).toEqual(rows.rows.map((row) => row.key));
      expect(core.batches.some((batch) => batch.size > 1)).toBe(true);
      await expectDense();
    },
  );
});

function upto(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
