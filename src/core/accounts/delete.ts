// Deleting an account: a tombstone stays where it spoke, and nothing that told who it was (DECISIONS 10).

import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { AccountId, ConversationId } from '../ids.ts';
import { recordChange } from '../log.ts';
import { nameInAddress } from '../media/forget.ts';
import { lockAccount, requireAnotherSuperuser } from './administer.ts';
import { endSessions } from './sessions.ts';
import { refuseSelf, requireSuperuser, type Operator } from './superusers.ts';

/** What everybody reads where a deleted account once stood. */
const standIn = { username: 'deleted', displayName: 'Deleted account' };

/** Rows that are the account's own and nobody else's, by the column that names it. */
const ownRows = {
  account_id: [
    'account_roles',
    'moderator_roles',
    'account_settings',
    'activities',
    'announcements',
    'two_factor',
    'backup_codes',
    'badge_requests',
    'device_keys',
    'deliveries',
    'devices',
    'email_codes',
    'event_answers',
    'join_requests',
    'idempotency_keys',
    'mentions',
    'message_hides',
    'stars',
    'location_shares',
    'current_locations',
    'location_points',
    'geofence_events',
    'geofences',
  ],
  reporter_id: ['reports'],
  blocker_id: ['blocks'],
  blocked_id: ['blocks'],
  target_account_id: ['location_shares'],
} as const;

/**
 * Ends its sessions, takes it out of groups and channels, frees its identifiers, and removes all that was its alone, its
 * files by a job; its messages stay with their conversations. Throws `forbidden` (`not_a_superuser`), `invalid` (`own_account`), `not_found` (`no_such_person`) and
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
  for (const [column, tables] of Object.entries(ownRows)) {
    for (const table of tables) {
      await sql`delete from ${sql.table(table)} where ${sql.ref(column)} = ${id}`.execute(ctx.tx);
    }
  }
  await forgetSignIns(ctx, id);
  await ctx.tx.updateTable('reports').set({ resolved_by: null }).where('resolved_by', '=', id).execute();
  const { rows } = await sql<{ avatar: string | null }>`
    select ${nameInAddress('avatar_url')} as avatar from accounts where id = ${id}`.execute(ctx.tx);
  await ctx.enqueue({ name: 'forget-media', data: { accountId: id, avatar: rows[0]?.avatar ?? null } });
  await sql`update accounts set
      username = ${standIn.username}, username_chosen = false, display_name = ${standIn.displayName},
      email = null, email_dialects = '{}', email_verified_at = null, phone = null, phone_verified_at = null,
      password_hash = null, password_session_id = null, first_name = null, last_name = null, bio = null,
      avatar_url = null, avatar_thumbnail_url = null, social_links = '{}', location = null, website = null,
      date_of_birth = null, status = 'offline', status_message = null, metadata = null, language = null, is_superuser = false, last_seen_at = null,
      access_changed_at = clock_timestamp(), updated_at = ${new Date(ctx.now)}, deleted_at = ${new Date(ctx.now)}
    where id = ${id}`.execute(ctx.tx);
}

/** Its sessions stay, ended, as long as tokens may name them; where and with what it signed in does not. */
async function forgetSignIns(ctx: Context<Operator>, id: AccountId): Promise<void> {
  await sql`delete from codes where phone = (select phone from accounts where id = ${id})`.execute(ctx.tx);
  await sql`delete from refresh_tokens where session_id in (select id from sessions where account_id = ${id})`.execute(
    ctx.tx,
  );
  await ctx.tx.updateTable('sessions').set({ device: null, address: null }).where('account_id', '=', id).execute();
  // What was on its way has a job of its own, which needs the row.
  await ctx.tx.updateTable('uploads').set({ file_name: 'file' }).where('account_id', '=', id).execute();
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
  const { rows } = await sql<{ successor: AccountId }>`with gone as (
      update memberships set left_at = ${new Date(ctx.now)}, role = 'MEMBER'
      from (select id, role from memberships where conversation_id = ${conversationId} and account_id = ${id}) before
      where memberships.id = before.id returning before.role)
    update memberships set role = 'FOUNDER' where (select role from gone) = 'FOUNDER' and id = (
      select id from memberships where conversation_id = ${conversationId} and account_id <> ${id} and left_at is null
      order by joined_at, id limit 1)
    returning account_id as successor`.execute(ctx.tx);
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
  const [handed] = rows;
  if (handed) await tellFounder(ctx, conversationId, handed.successor, id);
}

async function tellFounder(
  ctx: Context<Operator>,
  conversationId: ConversationId,
  accountId: AccountId,
  by: AccountId,
): Promise<void> {
  const { change, membershipVersion } = await recordChange(ctx, {
    conversationId,
    kind: 'members.role',
    subjects: [by, accountId],
  });
  ctx.emit({
    type: 'members.role',
    conversationId,
    accountId,
    role: 'FOUNDER',
    by,
    change,
    audience: { kind: 'members', conversationId, membershipVersion },
  });
}
