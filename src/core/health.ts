// Whether the database answers, and to whom else.

import { type Kysely, sql } from 'kysely';
import type { Actor, Asking } from './context.ts';
import type { Schema } from './schema.ts';

/** Throws what the database throws. */
export async function tryDatabase(asking: Asking<Actor>, _input: object): Promise<void> {
  await sql`select 1`.execute(asking.db);
}

/** The names of the servers that use this database beside ours, as they call their connections: `parlance-…`. */
export async function otherServers(db: Kysely<Schema>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select distinct application_name as name
    from pg_stat_activity
    where datname = current_database()
      and application_name like 'parlance-%'
      and application_name <> current_setting('application_name')`.execute(db);
  return rows.map(({ name }) => name);
}
