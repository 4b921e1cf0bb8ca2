// Leaving a group for whoever cannot hand it over first: the next in line takes it (DECISIONS 12).

import type { Context, Member } from '../context.ts';
import type { AccountId, ConversationId } from '../ids.ts';
import { transferGroup } from './groups.ts';
import { removeMember } from './members.ts';
import { enter } from './membership.ts';

/**
 * Takes the caller out of a group. A founder's successor is the admin who has been there longest, or else the member.
 * Throws as `removeMember` does, but for `founder_stays`.
 */
export async function leaveGroup(ctx: Context<Member>, input: { conversationId: ConversationId }): Promise<void> {
  const { conversationId } = input;
  const self = ctx.actor.accountId;
  const { role, kind } = await enter(ctx, conversationId, { lock: true });
  if (kind !== 'direct' && role === 'FOUNDER') {
    const heir = await successorOf(ctx, conversationId, self);
    if (heir === null) await resign(ctx, conversationId, self);
    else await transferGroup(ctx, { conversationId, to: heir });
  }
  await removeMember(ctx, { conversationId, accountId: self });
}

async function successorOf(
  ctx: Context<Member>,
  conversationId: ConversationId,
  founder: AccountId,
): Promise<AccountId | null> {
  const heir = await ctx.tx
    .selectFrom('memberships')
    .select('account_id')
    .where('conversation_id', '=', conversationId)
    .where('account_id', '<>', founder)
    .where('left_at', 'is', null)
    .orderBy((eb) => eb('role', '=', 'MEMBER'))
    .orderBy('joined_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return heir?.account_id ?? null;
}

/** The last one out leaves nobody to lead. */
async function resign(ctx: Context<Member>, conversationId: ConversationId, founder: AccountId): Promise<void> {
  await ctx.tx
    .updateTable('memberships')
    .set({ role: 'MEMBER' })
    .where('conversation_id', '=', conversationId)
    .where('account_id', '=', founder)
    .execute();
}
