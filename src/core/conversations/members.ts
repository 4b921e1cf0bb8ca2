// Leaving and removing: a membership is ended, never deleted.

import type { Context, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, ConversationId } from '../ids.ts';
import { recordChange, recordOwnChange } from '../log.ts';
import { originOf } from './create.ts';
import { enter } from './membership.ts';
import { hideConversation } from './preferences.ts';

/** Roles that may take others out of a group (URGE's contract, 4.6). */
const mayRemove = new Set(['FOUNDER', 'RECRUITER', 'MODERATOR']);

/**
 * Takes a member out: oneself, or another if one's role allows. The conversation's row is locked first, so that no send
 * of theirs that waits for it is stored after. Throws `not_found` (`no_such_conversation`, `no_such_member`) and
 * `forbidden` (`not_a_member`, `direct_is_closed`, `founder_stays`, `role_too_low`).
 */
export async function removeMember(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; accountId: AccountId },
): Promise<void> {
  const { conversationId, accountId } = input;
  const passage = await enter(ctx, conversationId, { lock: true });
  if (passage.kind === 'direct') {
    throw new DomainError('forbidden', 'direct_is_closed', 'Nobody can leave a direct conversation.');
  }
  if (accountId !== ctx.actor.accountId && !mayRemove.has(passage.role)) {
    throw new DomainError('forbidden', 'role_too_low', 'Your role does not allow removing members.');
  }
  const left = await ctx.tx
    .updateTable('memberships')
    .set({ left_at: new Date(ctx.now) })
    .where('conversation_id', '=', conversationId)
    .where('account_id', '=', accountId)
    .where('left_at', 'is', null)
    .returning('role')
    .executeTakeFirst();
  if (!left) throw new DomainError('not_found', 'no_such_member', 'This person is not a member.');
  if (left.role === 'FOUNDER') {
    throw new DomainError('forbidden', 'founder_stays', 'The founder cannot leave before handing the group over.');
  }
  const { change, membershipVersion } = await recordChange(ctx, {
    conversationId,
    kind: 'members.left',
    subjects: [ctx.actor.accountId, accountId],
    membership: true,
  });
  await recordOwnChange(ctx, { accountId, conversationId, kind: 'members.left' });
  ctx.emit({
    type: 'members.left',
    conversationId,
    accounts: [accountId],
    by: ctx.actor.accountId,
    change,
    audience: { kind: 'members', conversationId, membershipVersion, also: [accountId] },
    origin: originOf(ctx),
  });
}

/**
 * URGE's one way to be rid of a conversation: a direct one leaves the caller's lists, a group is left. Throws as
 * `removeMember` does.
 */
export async function dropConversation(ctx: Context<Member>, input: { conversationId: ConversationId }): Promise<void> {
  const { kind } = await enter(ctx, input.conversationId, { lock: true });
  if (kind === 'direct') await hideConversation(ctx, input);
  else await removeMember(ctx, { ...input, accountId: ctx.actor.accountId });
}
