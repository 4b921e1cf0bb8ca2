// The log after its tables came to another server, whose transaction ids are lower: every place in it stays good.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { missedBy } from '../../src/core/catch-up.ts';
import type { Member } from '../../src/core/context.ts';
import { settleEpoch } from '../../src/core/epoch.ts';
import type { ConversationId } from '../../src/core/ids.ts';
import { type LogPosition, readLog } from '../../src/core/log.ts';
import { sendMessage } from '../../src/core/messages/send.ts';
import { databaseKinds } from '../support/database.ts';
import { countFarAhead } from '../support/elsewhere.ts';
import { type Core, openCore, type Process, text } from './support.ts';

const system = { kind: 'system' } as const;

describe.each(databaseKinds)('epochs of the log, %s', (kind) => {
  let core: Core;
  let other: Process;
  let alice: Member;
  let room: ConversationId;
  beforeAll(async () => {
    core = await openCore(kind);
    other = await core.another();
    alice = await core.person('alice');
    room = await core.direct(alice, await core.person('bob'));
  });
  afterAll(() => core.close());

  const settle = () => Promise.all([core, other].map(({ messenger }) => messenger.execute(system, settleEpoch, {})));
  const say = (content: string) => core.messenger.execute(alice, sendMessage, text(room, content));
  const readAfter = async (position: LogPosition) => readLog(core.database.db, position, 1_000);
  const allOf = async (rows: number) =>
    vi.waitFor(
      async () => {
        const all = await readAfter({ epoch: 0, xid: 0, id: 0 });
        expect(all).toHaveLength(rows);
        return all;
      },
      { timeout: 30_000 },
    );
  const countRows = async () =>
    (await sql<{ rows: number }>`select count(*) as rows from changes`.execute(core.database.db)).rows[0]!.rows;
  /** As a copy of the tables from a busier server would be. */
  const comeFromElsewhere = async () => {
    await countFarAhead(core.database);
    await sql`update server_values set value = 'elsewhere' where name = 'log-place'`.execute(core.database.db);
  };

  it('a server where it always was begins none, however often it starts', async () => {
    expect(await settle()).toEqual([null, null]);
    expect(await settle()).toEqual([null, null]);
  });

  it(
    'one of two that start elsewhere begins the next; what there was is complete, and before all that comes',
    { timeout: 60_000 },
    async () => {
      await say('before');
      const before = (await allOf(await countRows())).map((row) => row.id);
      await comeFromElsewhere();
      expect((await settle()).filter((epoch) => epoch !== null)).toEqual([2]);
      expect((await readAfter({ epoch: 0, xid: 0, id: 0 })).map((row) => row.id)).toEqual(before);
      const end = (await readAfter({ epoch: 0, xid: 0, id: 0 })).at(-1)!;
      expect(end.epoch).toBe(1);

      await say('after');
      const all = await allOf(before.length + 1);
      expect(all.map((row) => row.epoch)).toEqual([...before.map(() => 1), 2]);
      expect(all.at(-1)!.xid).toBeLessThan(end.xid);
      expect((await readAfter(end)).map((row) => row.kind)).toEqual(['message.sent']);
      // What a client kept from before: its own place, and one from a time that this copy has never seen.
      expect(await missedBy(core.database.db, alice.accountId, end)).toMatchObject({
        trimmed: false,
        events: [{ type: 'message.sent', message: { content: 'after' } }],
        more: false,
      });
      const unheardOf = { epoch: 3, xid: 1, id: 0 };
      expect(await missedBy(core.database.db, alice.accountId, unheardOf)).toMatchObject({ trimmed: true });
      const { rows } = await sql<{ no: number }>`select change_no as no from changes where conversation_id = ${room}
      and change_no is not null order by epoch, xid, id`.execute(core.database.db);
      expect(rows.map((row) => row.no)).toEqual(rows.map((_, index) => index + 1));
    },
  );

  it('and so again', async () => {
    await comeFromElsewhere();
    expect((await settle()).filter((epoch) => epoch !== null)).toEqual([3]);
    await say('much later');
    const all = await allOf(await countRows());
    expect(all.at(-1)).toMatchObject({ epoch: 3, kind: 'message.sent' });
    expect(await settle()).toEqual([null, null]);
  });
});
