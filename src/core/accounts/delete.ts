// Deleting an account: a tombstone stays where it spoke, and nothing that told who it was (DECISIONS 10).

import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { AccountId, ConversationId } from '../ids.ts';
import { recordChange } from '../log.ts';
import { lockAccount, requireAnotherSuperuser } from './administer.ts';
import { endSessions } from './sessions.ts';
import { refuseSelf, requireSuperuser, type Operator } from './superusers.ts';

/** What everybody reads where a deleted account once stood. */
const standIn = { username: 'deleted', displayName: 'Deleted account' };

/**
 * Ends its sessions, takes it out of groups and channels, and frees its identifiers; its messages stay with their
 * conversations. Throws `forbidden` (`not_a_superuser`), `invalid` (`own_account`), `not_found` (`no_such_person`) and
 * `conflict` (`last_superuser`).
 */
export async function deleteAccount(ctx: Context<Operator>, input: { id: AccountId }): Promise<void> {
  const { id } = input;
  await requireSuperuser(ctx.tx, ctx.actor);
  refuseSelf(ctx, id);
  await requireAnotherSuperuser(ctx, id);
  await bury(ctx, id);
}

/** The deletion itself; who may is the caller's matter. Throws `not_found` (`no_such_person`). */
export async function bury(ctx: Context<Operator>, id: AccountId): Promise<void> {
  await lockAccount(ctx, id);
  await endSessions(ctx, { account: id, reason: 'account_deleted' });
  for (const conversationId of await companies(ctx, id)) await leave(ctx, conversationId, id);
  await ctx.tx.deleteFrom('account_roles').where('account_id', '=', id).execute();
  await ctx.tx.deleteFrom('reports').where('reporter_id', '=', id).execute();
  await ctx.tx.updateTable('reports').set({ resolved_by: null }).where('resolved_by', '=', id).execute();
  await sql`update accounts set
      username = ${standIn.username}, username_chosen = false, display_name = ${standIn.displayName},
      email = null, email_dialects = '{}', email_verified_at = null, phone = null, phone_verified_at = null,
      password_hash = null, password_session_id = null, first_name = null, last_name = null, bio = null,
      avatar_url = null, avatar_thumbnail_url = null, social_links = '{}', location = null, website = null,
      date_of_birth = null, status_message = null, metadata = null, is_superuser = false, last_seen_at = null,
      access_changed_at = clock_timestamp(), updated_at = ${new Date(ctx.now)}, deleted_at = ${new Date(ctx.now)}
    where id = ${id}`.execute(ctx.tx);
}

/** The groups and channels it is in, locked in the order in which every command locks them. */
async function companies(ctx: Context<Operator>, id: AccountId): Promise<ConversationId[]> {
  const { rows } = await sql<{ id: ConversationId }>`
    select c.id from conversations c join memberships m on m.conversation_id = c.id
    where m.account_id = ${id} and m.left_at is null and c.kind <> 'direct' and c.deleted_at is null
    order by c.id for no key update of c`.execute(ctx.tx);
  return rows.map((row) => row.id);
}

/** A founder hands over to whoever has been there longest. */
async function leave(ctx: Context<Operator>, conversationId: ConversationId, id: AccountId): Promise<void> {
  await sql`with gone as (
      update memberships set left_at = ${new Date(ctx.now)}, role = 'MEMBER'
      from (select id, role from memberships where conversation_id = ${conversationId} and account_id = ${id}) before
      where memberships.id = before.id returning before.role)
    update memberships set role = 'FOUNDER' where (select role from gone) = 'FOUNDER' and id = (
      select id from memberships where conversation_id = ${conversationId} and account_id <> ${id} and left_at is null
      order by joined_at, id limit 1)`.execute(ctx.tx);
  const { change, membershipVersion } = await recordChange(ctx, {
    conversationId,
    kind: 'members.left',
    subjects: [id, id],
    membership: true,
  });
  ctx.emit({
    type: 'members.left',
    conversationId,
    accounts: [id],
    usernames: [standIn.username],
    by: id,
    change,
    audience: { kind: 'members', conversationId, membershipVersion },
  });
}
