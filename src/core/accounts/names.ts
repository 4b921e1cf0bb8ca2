// What people are called, for events that say so.

import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { AccountId } from '../ids.ts';
import type { Schema } from '../schema.ts';

/** The username of one account. */
export async function usernameOf(db: Kysely<Schema>, id: AccountId): Promise<string> {
  const { username } = await db
    .selectFrom('accounts')
    .select('username')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return username;
}

/** The usernames of the accounts in a `bigint[]`, in its order, as JSON. */
export function usernamesJson(ids: RawBuilder<unknown>): RawBuilder<string[]> {
  return sql<string[]>`(select coalesce(json_agg(p.username order by n.place), '[]'::json)
    from unnest(${ids}) with ordinality as n(id, place) join accounts p on p.id = n.id)`;
}

/** How these accounts are called, in the order asked: by username, and as people see them. */
export async function namesOf(
  db: Kysely<Schema>,
  ids: readonly AccountId[],
): Promise<{ username: string; shown: string }[]> {
  if (ids.length === 0) return [];
  const found = await db
    .selectFrom('accounts')
    .select(['id', 'display_name', 'username'])
    .where('id', 'in', [...ids])
    .execute();
  const names = new Map(
    found.map(({ id, username, display_name }) => [id, { username, shown: display_name ?? username }]),
  );
  return ids.flatMap((id) => names.get(id) ?? []);
}
