// What the hub needs to know: who is in a conversation, and where an account's conversations stand.

import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { AccountId, ConversationId } from '../ids.ts';
import type { Schema } from '../schema.ts';

/** Everyone in a conversation, and the version of that list; empty for one that is gone. One statement: one snapshot. */
export async function audienceOf(
  db: Kysely<Schema>,
  conversationId: ConversationId,
): Promise<{ membershipVersion: number; members: AccountId[] }> {
  const { rows } = await sql<{ membership_version: number; members: AccountId[] }>`
    select c.membership_version, array(select m.account_id from memberships m
      where m.conversation_id = c.id and m.left_at is null) as members
    from conversations c where c.id = ${conversationId}`.execute(db);
  const [found] = rows;
  return { membershipVersion: found?.membership_version ?? Number.MAX_SAFE_INTEGER, members: found?.members ?? [] };
}

/** Of these conversations those that one of these accounts is in. */
export async function concerning(
  db: Kysely<Schema>,
  conversations: readonly ConversationId[],
  accounts: readonly AccountId[],
): Promise<ConversationId[]> {
  const { rows } = await sql<{ id: ConversationId }>`
    select c.id from unnest(${[...conversations]}::bigint[]) c (id)
    where exists (select 1 from memberships m
        where m.conversation_id = c.id and m.left_at is null and m.account_id = any(${[...accounts]}::bigint[]))`.execute(
    db,
  );
  return rows.map(({ id }) => id);
}

/** Where one of an account's conversations stands. */
export interface Standing {
  id: ConversationId;
  lastChangeNo: number;
  membershipVersion: number;
  /** Where its last change stands in the log. */
  logXid: number;
}

/** All conversations an account is in, and how far each has come. */
export async function standingsOf(db: Kysely<Schema>, account: AccountId): Promise<Standing[]> {
  const { rows } = await sql<{ standings: Standing[] | null }>`
    select ${standingsJson(account)} as standings`.execute(db);
  return rows[0]?.standings ?? [];
}

/** The same as one JSON value, for a statement that tells more; null for none. */
export function standingsJson(account: AccountId): RawBuilder<Standing[] | null> {
  return sql<Standing[] | null>`(select json_agg(json_build_object('id', c.id, 'lastChangeNo', c.last_change_no,
      'membershipVersion', c.membership_version, 'logXid', c.log_xid))
    from memberships m join conversations c on c.id = m.conversation_id
    where m.account_id = ${account} and m.left_at is null and c.deleted_at is null)`;
}
