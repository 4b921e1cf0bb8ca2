// Calls that a process left behind when it died: nobody was told that the people in them are gone, if they are.

import { sql } from 'kysely';
import { prepared, type Asking, type Context, type System } from '../context.ts';
import type { AccountId, CallId } from '../ids.ts';
import { finish, loadCall } from './calls.ts';

/** What a call ended so is said to have ended by. */
const reason = 'connection_lost';

/**
 * Perhaps nobody is in these calls any more: all that go on, or those with one of these people in them. From now on
 * `endDeserted` watches them, by the database's clock.
 */
export async function suspectCalls(ctx: Context<System>, input: { with?: readonly AccountId[] }): Promise<void> {
  const concerned = input.with
    ? sql`exists (select 1 from call_participants p where p.call_id = calls.id and p.account_id = any(${[...input.with]}::bigint[])
        and p.joined_at is not null and p.left_at is null)`
    : sql`true`;
  await sql`update calls set deserted_at = clock_timestamp()
    where status = 'ongoing' and deserted_at is null and ${concerned}`.execute(ctx.tx);
}

interface Suspect {
  id: CallId;
  people: AccountId[];
}

/**
 * Of the calls suspected for `graceSeconds`, ends those in which nobody is here, and suspects the others no longer.
 * Answers how many it looked at, at most `limit`.
 */
export const endDeserted = prepared(
  'endDeserted',
  async ({ db, ports }: Asking<System>, input: { graceSeconds: number; limit: number }) => {
    const { rows } = await sql<Suspect>`
      select c.id, coalesce((select json_agg(p.account_id) from call_participants p
        where p.call_id = c.id and p.joined_at is not null and p.left_at is null), '[]'::json) as people
      from calls c where c.status = 'ongoing' and c.deserted_at is not null
        and c.deserted_at <= clock_timestamp() - make_interval(secs => ${input.graceSeconds})
      order by c.deserted_at limit ${input.limit}`.execute(db);
    const here = await ports.cluster.listening([...new Set(rows.flatMap(({ people }) => people))]);
    return rows.map(({ id, people }) => ({ id, isDeserted: !people.some((account) => here.has(account)) }));
  },
  async (ctx: Context<System>, _input, suspects): Promise<number> => {
    if (suspects.length === 0) return 0;
    const ids = suspects.map(({ id }) => id);
    const { rows } = await sql<{ id: CallId }>`
      update calls set deserted_at = null where id in (
        select id from calls where id = any(${ids}::bigint[]) and status = 'ongoing' and deserted_at is not null
        order by id for update skip locked)
      returning id`.execute(ctx.tx);
    const held = new Set(rows.map(({ id }) => id));
    for (const { id, isDeserted } of suspects) {
      if (isDeserted && held.has(id)) await finish(ctx, await loadCall(ctx.tx, id), reason);
    }
    return held.size;
  },
);
