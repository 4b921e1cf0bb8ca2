// A moderator deletes somebody's message for everyone.

import { sql } from 'kysely';
import type { Context, Member } from '../context.ts';
import { noSuchMessage } from '../conversations/membership.ts';
import type { AccountId, ConversationId, MessageId } from '../ids.ts';
import { eraseMessage } from '../messages/change.ts';
import { recordAction } from './actions.ts';
import { requirePowerOver, requireRank } from './ranks.ts';

/** The reason, where none is given. */
export const removedByModerator = 'Removed by a moderator';

/**
 * In channels; elsewhere only superusers, since groups and direct conversations are nobody's business. The sender's rank
 * must be lower, unless it is one's own message. Throws `not_found` (`no_such_message`) and `forbidden`
 * (`rank_too_low`).
 */
export async function removeMessage(
  ctx: Context<Member>,
  input: { messageId: MessageId; reason: string | null },
): Promise<void> {
  const { messageId, reason } = input;
  const { rows } = await sql<{ conversation_id: ConversationId; kind: string; sender_id: AccountId }>`
    select c.id as conversation_id, c.kind, m.sender_id
    from messages m join conversations c on c.id = m.conversation_id
    where m.id = ${messageId} and c.deleted_at is null for no key update of c`.execute(ctx.tx);
  const [found] = rows;
  if (!found) throw noSuchMessage();
  const conversationId = found.conversation_id;
  const least = found.kind === 'channel' ? 'MODERATOR' : 'SUPER_ADMIN';
  if (found.sender_id === ctx.actor.accountId) await requireRank(ctx.tx, ctx.actor, least, conversationId);
  else await requirePowerOver(ctx, found.sender_id, least, conversationId);
  await refuseDeleted(ctx, messageId);
  const actionId = await recordAction(ctx, {
    type: 'DELETE_MESSAGE',
    target: { type: 'MESSAGE', id: messageId },
    reason,
    metadata: { conversationId },
  });
  const removal = { actionId, reason: reason ?? removedByModerator };
  await eraseMessage(ctx, { conversationId, messageId, removal });
}

/** Looked at under the lock: somebody may have deleted it meanwhile. */
async function refuseDeleted(ctx: Context<Member>, messageId: MessageId): Promise<void> {
  const { deleted_at } = await ctx.tx
    .selectFrom('messages')
    .select('deleted_at')
    .where('id', '=', messageId)
    .executeTakeFirstOrThrow();
  if (deleted_at !== null) throw noSuchMessage();
}
