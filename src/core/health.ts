// Whether the database answers.

import { sql } from 'kysely';
import type { Actor, Asking } from './context.ts';

/** Throws what the database throws. */
export async function tryDatabase(asking: Asking<Actor>, _input: object): Promise<void> {
  await sql`select 1`.execute(asking.db);
}
