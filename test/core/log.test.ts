// The log: its order, what a reader may see of it when, and that its numbers have no holes.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Actor, Context, Member } from '../../src/core/context.ts';
import type { ConversationId } from '../../src/core/ids.ts';
import { type LogEntry, type LogPosition, readLog, recordChange, recordOwnChange } from '../../src/core/log.ts';
import { markRead } from '../../src/core/messages/receipts.ts';
import { sendMessage } from '../../src/core/messages/send.ts';
import { databaseKinds } from '../support/database.ts';
import { barrier, type Core, openCore, text } from './support.ts';

const system = { kind: 'system' } as const;
const beginning: LogPosition = { epoch: 0, xid: 0, id: 0 };

describe.each(databaseKinds)('the log, %s', (kind) => {
  let core: Core;
  let alice: Member;
  let bob: Member;
  let room: ConversationId;
  beforeAll(async () => {
    core = await openCore(kind);
    [alice, bob] = [await core.person('alice'), await core.person('bob')];
    room = await core.direct(alice, bob);
  });
  afterAll(() => core.close());

  /** Until no transaction anywhere on the server, another test's perhaps, can still come before the last row. */
  const settled = () =>
    vi.waitFor(
      async () => {
        const { rows } = await sql<{ open: number }>`select count(*) as open from changes
          where xid >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint`.execute(core.database.db);
        expect(rows[0]!.open).toBe(0);
      },
      { timeout: 15_000 },
    );
  const end = async () => {
    await settled();
    return (await readLog(core.database.db, beginning, 10_000)).at(-1)!;
  };
  const change = (ctx: Context<Actor>) => recordChange(ctx, { conversationId: room, kind: 'members.joined' });

  it('has one row per durable change, in the order of the changes', async () => {
    const start = await end();
    await core.messenger.execute(alice, sendMessage, text(room, 'one'));
    await core.messenger.execute(bob, markRead, { conversationId: room, messages: 'all' });
    await core.messenger.execute(
      alice,
      async (ctx: Context<Member>) => {
        await change(ctx);
        await recordOwnChange(ctx, { accountId: alice.accountId, kind: 'conversation.preference' });
      },
      {},
    );
    await settled();
    const rows = await readLog(core.database.db, start, 100);
    expect(rows.map((row) => row.kind)).toEqual([
      'message.sent',
      'messages.read',
      'members.joined',
      'conversation.preference',
    ]);
    expect(rows.map((row) => row.conversationId)).toEqual([room, room, room, null]);
  });

  it('is read in pieces with a cursor, each row once', async () => {
    await Promise.all(
      Array.from({ length: 25 }, (_, n) => core.messenger.execute(alice, sendMessage, text(room, `${n}`))),
    );
    await settled();
    const all = await readLog(core.database.db, beginning, 10_000);
    const pieces: LogEntry[] = [];
    for (let at = beginning; ;) {
      const piece = await readLog(core.database.db, at, 7);
      pieces.push(...piece);
      if (piece.length === 0) break;
      at = piece.at(-1)!;
    }
    expect(pieces).toEqual(all);
  });

  it('leaves no hole in the numbers for what was rolled back', async () => {
    const numbers: number[] = [];
    for (const fails of [false, true, true, false]) {
      const recording = core.messenger.execute(
        system,
        async (ctx: Context<Actor>) => {
          const { change: recorded } = await change(ctx);
          if (fails) throw new Error('rolled back');
          numbers.push(recorded.no);
        },
        {},
      );
      await recording.catch(() => {});
    }
    expect(numbers[1]).toBe(numbers[0]! + 1);
  });

  it('refuses a change to a conversation that is not there', async () => {
    const missing = core.messenger.execute(
      system,
      (ctx: Context<Actor>) => recordChange(ctx, { conversationId: 999_999 as ConversationId, kind: 'members.joined' }),
      {},
    );
    await expect(missing).rejects.toMatchObject({ reason: 'no_such_conversation' });
  });

  it.runIf(kind === 'postgresql')('shows nothing that an older transaction may still come before', async () => {
    const start = await end();
    const begun = barrier(2);
    const overtaken = barrier(2);
    const old = core.messenger.execute(
      system,
      async (ctx: Context<Actor>) => {
        await sql`select pg_current_xact_id()`.execute(ctx.tx);
        await begun();
        await overtaken();
        await change(ctx);
      },
      {},
    );
    await begun();
    await core.messenger.execute(alice, sendMessage, text(room, 'from a younger transaction, committed first'));
    expect(await readLog(core.database.db, start, 100)).toEqual([]);
    await overtaken();
    await old;
    await settled();
    const rows = await readLog(core.database.db, start, 100);
    expect(rows.map((row) => row.kind)).toEqual(['message.sent', 'members.joined']);
  });
});
