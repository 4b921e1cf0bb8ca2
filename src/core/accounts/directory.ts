// Everybody, by username: for a product in which all know of all.

import { sql } from 'kysely';
import type { Asking, Member } from '../context.ts';
import { authorJson, type Author } from '../messages/shape.ts';
import { literalLike } from '../sql.ts';
import type { AccountId } from '../ids.ts';
import { noSuchPerson } from './people.ts';

export interface DirectoryRequest {
  /** Part of a username, or of an e-mail address given through the caller's dialect, regardless of case. */
  text?: string;
  limit?: number;
  /** Leave out the caller, and who is banned or suspended. */
  onlyAvailable?: boolean;
}

/** Blocks hide people from searches, both ways, as they hide them from who looks for somebody to add. */
export async function directory(asking: Asking<Member>, input: DirectoryRequest): Promise<Author[]> {
  const { accountId, dialect } = asking.actor;
  const pattern = input.text === undefined ? null : `%${literalLike(input.text)}%`;
  const searches = pattern !== null || input.onlyAvailable === true;
  const { rows } = await sql<{ person: Author }>`
    select ${authorJson('a', accountId)} as person from accounts a
    where a.deleted_at is null
      and ${
        pattern === null
          ? sql`true`
          : sql`(a.username ilike ${pattern} or (a.email ilike ${pattern} and ${dialect} = any(a.email_dialects)))`
      }
      and ${
        input.onlyAvailable
          ? sql`a.id <> ${accountId} and (a.standing = 'ACTIVE' or a.banned_until <= ${new Date(asking.now)})`
          : sql`true`
      }
      and ${
        searches
          ? sql`not exists (select 1 from blocks b where (b.blocker_id = ${accountId} and b.blocked_id = a.id)
              or (b.blocker_id = a.id and b.blocked_id = ${accountId}))`
          : sql`true`
      }
    order by ${input.onlyAvailable ? sql`lower(a.username)` : sql`a.username`} collate "C", a.id
    limit ${input.limit ?? null}`.execute(asking.db);
  return rows.map((row) => row.person);
}

/** One of them. Throws `not_found` (`no_such_person`). */
export async function directoryEntry(asking: Asking<Member>, input: { id: AccountId }): Promise<Author> {
  const { rows } = await sql<{ person: Author }>`
    select ${authorJson('a', asking.actor.accountId)} as person from accounts a
    where a.id = ${input.id} and a.deleted_at is null`.execute(asking.db);
  if (!rows[0]) throw noSuchPerson();
  return rows[0].person;
}
