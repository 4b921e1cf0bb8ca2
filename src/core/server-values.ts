// What the server made for itself and must find again: keys.

import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/** The value under this name, made at the first call ever. Two first starts at once agree on one. */
export async function serverValue(db: Kysely<Schema>, name: string, make: () => string): Promise<string> {
  await db
    .insertInto('server_values')
    .values({ name, value: make() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { value } = await db
    .selectFrom('server_values')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return value;
}
