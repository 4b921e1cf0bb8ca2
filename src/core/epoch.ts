// The log's epochs. Transaction ids place its rows (`log.ts`), and each server counts its own: where the tables come to
// another one, by a move or from a back-up, an epoch begins, whose rows stand after all there were.

import { sql } from 'kysely';
import type { Context, System } from './context.ts';

/** In which server and database the tables are; copied anywhere, they are elsewhere. */
const place = sql<string>`concat_ws('/',
  case when has_function_privilege('pg_control_system()', 'execute')
    then (select system_identifier from pg_control_system()) end,
  (select oid from pg_database where datname = current_database()), 'changes'::regclass::oid)`;

/**
 * At the start of every process, before it writes: begins an epoch if the tables are elsewhere than when this was last
 * asked, and answers its number; otherwise null. Of several that ask at once one begins it.
 */
export async function settleEpoch(ctx: Context<System>, _input: object): Promise<number | null> {
  const { rows } = await sql<{ moved: boolean }>`
    insert into server_values (name, value) values ('log-place', ${place})
    on conflict (name) do update set value = excluded.value where server_values.value <> excluded.value
    returning xmax <> 0 as moved`.execute(ctx.tx);
  if (!rows[0]?.moved) return null;

  const begun = await sql<{ epoch: number }>`
    insert into server_values (name, value) values ('log-epoch', '2')
    on conflict (name) do update set value = (server_values.value::integer + 1)::text
    returning value::integer as epoch`.execute(ctx.tx);
  const { epoch } = begun.rows[0]!;
  await sql`alter table changes alter column epoch set default ${sql.lit(epoch)}`.execute(ctx.tx);
  // Transaction ids of the other server, which here may be in the far future.
  await sql`update conversations set log_xid = 0 where log_xid <> 0`.execute(ctx.tx);
  return epoch;
}
