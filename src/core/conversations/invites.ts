// Coming into a group by its invite code.

import { namesOf } from '../accounts/names.ts';
import type { Context, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { ConversationId } from '../ids.ts';
import { sayAsSystem } from '../messages/notices.ts';
import { newInviteCode } from './create.ts';
import { enterGroup, tellUpdated } from './groups.ts';
import { admit } from './members.ts';

export function noSuchInvite(): DomainError {
  return new DomainError('not_found', 'no_such_invite', 'This invite link is not valid.');
}

/**
 * Makes a new code; the old one is dead at once. Throws `not_found` (`no_such_conversation`, `no_such_group`) and
 * `forbidden` (`not_a_member`, `role_too_low`).
 */
export async function regenerateInvite(
  ctx: Context<Member>,
  input: { conversationId: ConversationId },
): Promise<string> {
  const { conversationId } = input;
  await enterGroup(ctx, conversationId, 'govern');
  const code = newInviteCode();
  await ctx.tx
    .updateTable('conversations')
    .set({ invite_code: code, updated_at: new Date(ctx.now) })
    .where('id', '=', conversationId)
    .execute();
  await tellUpdated(ctx, conversationId);
  return code;
}

/**
 * Joins by code. Where newcomers need approval the wish is kept, said once in the group, and granted by whoever adds the
 * person. Throws `not_found` (`no_such_invite`), `conflict` (`already_member`) and `forbidden` (`approval_needed`).
 */
export async function joinByCode(
  ctx: Context<Member>,
  input: { code: string },
): Promise<{ conversationId: ConversationId }> {
  const self = ctx.actor.accountId;
  // Locked by its code: one that is changed meanwhile is not found.
  const group = await ctx.tx
    .selectFrom('conversations')
    .select(['id', 'kind', 'require_admin_approval'])
    .where('invite_code', '=', input.code)
    .where('invite_enabled', '=', true)
    .where('deleted_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!group) throw noSuchInvite();
  const conversationId = group.id;
  const own = await ctx.tx
    .selectFrom('memberships')
    .select('id')
    .where('conversation_id', '=', conversationId)
    .where('account_id', '=', self)
    .where('left_at', 'is', null)
    .executeTakeFirst();
  if (own) throw new DomainError('conflict', 'already_member', 'You are a member of this group already.');
  const [me] = await namesOf(ctx.tx, [self]);
  if (group.require_admin_approval) {
    const asked = await ctx.tx
      .insertInto('join_requests')
      .values({ conversation_id: conversationId, account_id: self, created_at: new Date(ctx.now) })
      .onConflict((conflict) => conflict.doNothing())
      .returning('account_id')
      .executeTakeFirst();
    if (asked) await sayAsSystem(ctx, { conversationId, notice: { said: 'asked', by: me!.shown } });
    throw new DomainError(
      'forbidden',
      'approval_needed',
      'An admin of this group has to let you in. Your request was sent.',
      { keepsChanges: true },
    );
  }
  await admit(ctx, { conversationId, accounts: [self] });
  if (group.kind === 'group') await sayAsSystem(ctx, { conversationId, notice: { said: 'joined', by: me!.shown } });
  return { conversationId };
}
