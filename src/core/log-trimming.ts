// The log is kept for some time and up to some length; who comes back later takes a new look at all there is.

import { sql } from 'kysely';
import type { Context, System } from './context.ts';
import { horizon, logEpoch } from './log.ts';

/**
 * Removes the oldest rows of the log that are older than `days`, or more than `rows`, about `limit` at a time; never one
 * that a follower has not read. Answers how many. What one transaction wrote goes together, since an account's own row
 * may point at the conversation's: a step ends where a transaction begins. How far it has come stands where cursors are
 * checked, and in the same transaction.
 */
export async function trimLog(
  ctx: Context<System>,
  input: { days: number; rows: number; limit: number },
): Promise<number> {
  const held = await ctx.tx
    .selectFrom('followers')
    .select('name')
    .where('name', '=', 'trimming')
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (!held) return 0;
  const { rows } = await sql<{ removed: number }>`
    with oldest as materialized (
      select epoch, xid, id, created_at from changes order by epoch, xid, id limit ${input.limit}),
    kept as (
      select o.epoch, o.xid from oldest o
      where not (o.created_at < ${new Date(ctx.now - input.days * 86_400_000)}::timestamptz
          or o.id <= (select last_value from changes_id_seq) - ${input.rows}::bigint)
        or (o.epoch, o.xid) >= (${logEpoch}, ${horizon})
        or exists (select 1 from followers f
          where f.name <> 'trimming' and (f.epoch, f.xid, f.id) < (o.epoch, o.xid, o.id))
      order by o.epoch, o.xid, o.id limit 1),
    border as (
      select epoch, xid from kept
      union all
      (select o.epoch, case when o.xid = (select f.xid from oldest f order by f.epoch, f.xid, f.id limit 1)
          then o.xid + 1 else o.xid end
        from oldest o where not exists (select 1 from kept) order by o.epoch desc, o.xid desc, o.id desc limit 1)),
    removed as (
      delete from changes c using border b where (c.epoch, c.xid) < (b.epoch, b.xid) returning c.epoch, c.xid, c.id),
    noted as (
      update followers f set epoch = l.epoch, xid = l.xid, id = l.id
      from (select * from removed order by epoch desc, xid desc, id desc limit 1) l where f.name = 'trimming')
    select count(*) as removed from removed`.execute(ctx.tx);
  return rows[0]?.removed ?? 0;
}
