// Moderators: above members, everywhere or in one conversation. One acts only on lower ranks, and never on oneself.

import { tellAccountChanged } from '../accounts/news.ts';
import { sql, type Kysely } from 'kysely';
import { noSuchPerson } from '../accounts/people.ts';
import type { Asking, Context, Member } from '../context.ts';
import { noSuchConversation } from '../conversations/membership.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, ConversationId } from '../ids.ts';
import type { Schema } from '../schema.ts';
import { recordAction } from './actions.ts';

export const ranks = ['MEMBER', 'MODERATOR', 'ADMIN', 'SUPER_ADMIN'] as const;
export type Rank = (typeof ranks)[number];

/** The higher of an account's rank everywhere and its rank in the conversation, if one is given. A superuser's is the highest. */
async function rankOf(
  db: Kysely<Schema>,
  account: AccountId,
  conversationId: ConversationId | null = null,
): Promise<Rank> {
  const { rows } = await sql<{ is_superuser: boolean; held: Rank[] }>`
    select a.is_superuser, array(select r.role from moderator_roles r where r.account_id = a.id
      and (r.conversation_id is null or r.conversation_id = ${conversationId})) as held
    from accounts a where a.id = ${account} and a.deleted_at is null`.execute(db);
  const [found] = rows;
  if (!found) throw noSuchPerson();
  if (found.is_superuser) return 'SUPER_ADMIN';
  return found.held.reduce((best, one) => (isAbove(one, best) ? one : best), 'MEMBER');
}

function isAbove(one: Rank, other: Rank): boolean {
  return ranks.indexOf(one) > ranks.indexOf(other);
}

/** Answers the caller's rank. Throws `forbidden` (`rank_too_low`) if it is below this one. */
export async function requireRank(
  db: Kysely<Schema>,
  actor: Member,
  least: Rank,
  conversationId: ConversationId | null = null,
): Promise<Rank> {
  const own = await rankOf(db, actor.accountId, conversationId);
  if (isAbove(least, own)) throw rankTooLow();
  return own;
}

/** The same as a query, for a route that wants to know before it reads anything else. */
export async function holdRank(asking: Asking<Member>, input: { least: Rank }): Promise<void> {
  await requireRank(asking.db, asking.actor, input.least);
}

/**
 * Lets the caller act on somebody of a lower rank, whose row it locks. Throws `forbidden` (`rank_too_low`,
 * `own_account`) and `not_found` (`no_such_person`).
 */
export async function requirePowerOver(
  ctx: Context<Member>,
  target: AccountId,
  least: Rank,
  conversationId: ConversationId | null = null,
): Promise<Rank> {
  const own = await requireRank(ctx.tx, ctx.actor, least, conversationId);
  if (target === ctx.actor.accountId) {
    throw new DomainError('forbidden', 'own_account', 'You cannot do this to yourself');
  }
  await ctx.tx.selectFrom('accounts').select('id').where('id', '=', target).forUpdate().executeTakeFirst();
  if (!isAbove(own, await rankOf(ctx.tx, target, conversationId))) throw rankTooLow();
  return own;
}

interface RankChange {
  accountId: AccountId;
  rank: Rank;
  /** Null: everywhere. */
  conversationId: ConversationId | null;
  reason?: string | null;
}

/**
 * Gives somebody a rank below the caller's own; MEMBER takes away what they had. Throws as `requirePowerOver`, and
 * `not_found` (`no_such_conversation`).
 */
export async function assignRank(ctx: Context<Member>, input: RankChange): Promise<void> {
  const { accountId, rank, conversationId } = input;
  await requireConversation(ctx, conversationId);
  const own = await requirePowerOver(ctx, accountId, 'ADMIN', conversationId);
  if (!isAbove(own, rank)) throw rankTooLow();
  if (rank === 'MEMBER') {
    await dropRank(ctx, accountId, conversationId);
  } else {
    await sql`insert into moderator_roles (account_id, conversation_id, role, granted_by, created_at)
      values (${accountId}, ${conversationId}, ${rank}, ${ctx.actor.accountId}, ${new Date(ctx.now)})
      on conflict (account_id, coalesce(conversation_id, 0)) do update set
        role = excluded.role, granted_by = excluded.granted_by, created_at = excluded.created_at`.execute(ctx.tx);
  }
  await recordRank(ctx, 'ASSIGN_ROLE', input);
  await tellAccountChanged(ctx, accountId, 'profile');
}

/** Takes a rank away, if it is this one. Throws as `assignRank`, and `not_found` (`no_such_rank`). */
export async function removeRank(ctx: Context<Member>, input: RankChange): Promise<void> {
  await requireConversation(ctx, input.conversationId);
  await requirePowerOver(ctx, input.accountId, 'ADMIN', input.conversationId);
  const dropped = await dropRank(ctx, input.accountId, input.conversationId, input.rank);
  if (!dropped) throw new DomainError('not_found', 'no_such_rank', 'This user does not have that role');
  await recordRank(ctx, 'REMOVE_ROLE', input);
  await tellAccountChanged(ctx, input.accountId, 'profile');
}

async function dropRank(
  ctx: Context<Member>,
  account: AccountId,
  conversationId: ConversationId | null,
  rank?: Rank,
): Promise<boolean> {
  let dropping = ctx.tx
    .deleteFrom('moderator_roles')
    .where('account_id', '=', account)
    .where('conversation_id', conversationId === null ? 'is' : '=', conversationId);
  if (rank !== undefined) dropping = dropping.where('role', '=', rank);
  return (await dropping.returning('account_id').execute()).length > 0;
}

async function recordRank(
  ctx: Context<Member>,
  type: 'ASSIGN_ROLE' | 'REMOVE_ROLE',
  { accountId, rank, conversationId, reason }: RankChange,
): Promise<void> {
  const target = { type: 'ROLE', id: accountId } as const;
  await recordAction(ctx, { type, target, reason: reason ?? null, metadata: { rank, conversationId } });
}

async function requireConversation(ctx: Context<Member>, id: ConversationId | null): Promise<void> {
  if (id === null) return;
  const found = await ctx.tx
    .selectFrom('conversations')
    .select('id')
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (!found) throw noSuchConversation();
}

function rankTooLow(): DomainError {
  return new DomainError('forbidden', 'rank_too_low', 'Not enough permissions');
}
