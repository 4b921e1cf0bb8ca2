// What the hub needs to know: who is in a conversation, and where an account's conversations stand.

import { sql, type Kysely } from 'kysely';
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

/** All conversations an account is in, and how far each has come. */
export async function standingsOf(
  db: Kysely<Schema>,
  account: AccountId,
): Promise<{ id: ConversationId; lastChangeNo: number; membershipVersion: number }[]> {
  const { rows } = await sql<{ id: ConversationId; lastChangeNo: number; membershipVersion: number }>`
    select c.id, c.last_change_no as "lastChangeNo", c.membership_version as "membershipVersion"
    from memberships m join conversations c on c.id = m.conversation_id
    where m.account_id = ${account} and m.left_at is null and c.deleted_at is null`.execute(db);
  return rows;
}
