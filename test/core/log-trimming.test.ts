// Trimming: what is old goes, what a follower has not read stays, and a cursor from before is told so.

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { headOf, missedBy, seam } from '../../src/core/catch-up.ts';
import type { Member } from '../../src/core/context.ts';
import type { ConversationId } from '../../src/core/ids.ts';
import { trimLog } from '../../src/core/log-trimming.ts';
import { sendMessage } from '../../src/core/messages/send.ts';
import { startTrimmer } from '../../src/jobs/trimmer.ts';
import { databaseKinds } from '../support/database.ts';
import { type Core, openCore, text, until } from './support.ts';

const system = { kind: 'system' } as const;
const many = 1_000_000_000;

describe.each(databaseKinds)('trimming the log, %s', (kind) => {
  let core: Core;
  let alice: Member;
  let bob: Member;
  let room: ConversationId;
  beforeAll(async () => {
    core = await openCore(kind);
  });
  afterAll(() => core.close());
  beforeEach(async () => {
    [alice, bob] = [await core.person('alice'), await core.person('bob')];
    room = await core.direct(alice, bob);
  });

  const trim = (input: { days?: number; rows?: number; limit?: number }) =>
    core.messenger.execute(system, trimLog, { days: 30, rows: many, limit: 1_000, ...input });
  const say = (what: string) => core.messenger.execute(alice, sendMessage, text(room, what));
  const left = async () => {
    const { rows } = await sql<{ n: number }>`select count(*) as n from changes`.execute(core.database.db);
    return rows[0]!.n;
  };
  const age = (days: number) =>
    sql`update changes set created_at = now() - make_interval(days => ${days})`.execute(core.database.db);
  /** Every follower has read everything there is. */
  async function allRead(): Promise<void> {
    const { db } = core.database;
    await until(
      'the log is settled',
      async () => {
        const { xid } = await headOf(db);
        const { rows } = await sql<{ n: number }>`select count(*) as n from changes where xid >= ${xid}`.execute(db);
        return rows[0]!.n === 0;
      },
      30,
    );
    const head = await headOf(db);
    await db.updateTable('followers').set(head).where('name', '<>', 'trimming').execute();
  }

  it('removes what is old, and tells whoever was away for longer', async () => {
    const start = await headOf(core.database.db);
    await say('long ago');
    await allRead();
    const middle = await headOf(core.database.db);
    await age(31);
    await say('today');
    await allRead();
    expect(await trim({})).toBeGreaterThan(0);
    expect(await left()).toBe(1);
    const { db } = core.database;
    const head = await headOf(db);
    expect(await missedBy(db, bob.accountId, start)).toMatchObject({ trimmed: true, position: { epoch: head.epoch } });
    expect(await seam(db, bob.accountId, start)).toMatchObject({ trimmed: true });
    expect(await missedBy(db, bob.accountId, middle)).toMatchObject({
      trimmed: false,
      events: [{ type: 'message.sent', message: { content: 'today' } }],
    });
    expect(await trim({})).toBe(0);
  });

  it('removes what is too much, in steps', async () => {
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) await say(`${n}`);
    await allRead();
    const before = await left();
    const steps: number[] = [];
    for (let removed = 1; removed > 0; steps.push(removed)) removed = await trim({ rows: 3, limit: 2 });
    expect(steps.reduce((sum, one) => sum + one, 0)).toBe(before - 3);
    expect(await left()).toBe(3);
  });

  it('keeps what a follower has not read', async () => {
    await allRead();
    await say('unread');
    await age(31);
    await trim({});
    expect(await left()).toBe(1);
    await allRead();
    expect(await trim({})).toBe(1);
  });

  it('takes away at once what one transaction wrote, however much', async () => {
    const carol = await core.person('carol');
    await core.group(alice, bob, carol);
    await allRead();
    await age(31);
    for (let removed = 1; removed > 0;) removed = await trim({ limit: 1 });
    expect(await left()).toBe(0);
  });

  it('goes by itself', async () => {
    await say('old');
    await allRead();
    await age(2);
    const log = { warn: () => {} };
    const trimmer = startTrimmer({ messenger: core.messenger, log, keepDays: 1, keepRows: many, interval: 20 });
    await until('all is trimmed', async () => (await left()) === 0);
    await trimmer.close();
  });
});
