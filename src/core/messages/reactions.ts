// Reactions: one row for each person, message and emoji.

import { sql } from 'kysely';
import { usernameOf } from '../accounts/names.ts';
import { originOf, type Asking, type Context, type Member } from '../context.ts';
import { reach, type MessagePlace } from '../conversations/membership.ts';
import { DomainError } from '../errors.ts';
import type { MessageId, Moment, ReactionId } from '../ids.ts';
import { recordChange } from '../log.ts';

/**
 * Puts the caller's emoji on a message, or takes it off if it is there: whoever else does what at once, since the
 * conversation's row is locked. Throws `not_found` (`no_such_message`) and `forbidden` (`not_a_member`).
 */
export async function toggleReaction(
  ctx: Context<Member>,
  input: { messageId: MessageId; emoji: string },
): Promise<'add' | 'remove'> {
  const place = await reach(ctx, input.messageId);
  const { accountId } = ctx.actor;
  const removed = await ctx.tx
    .updateTable('reactions')
    .set({ removed_at: new Date(ctx.now) })
    .where('message_id', '=', input.messageId)
    .where('account_id', '=', accountId)
    .where('emoji', '=', input.emoji)
    .where('removed_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (removed) {
    await tell(ctx, place, 'reaction.removed', { reactionId: removed.id, emoji: input.emoji });
    return 'remove';
  }
  const { id } = await ctx.tx
    .insertInto('reactions')
    .values({
      message_id: input.messageId,
      account_id: accountId,
      emoji: input.emoji,
      created_at: new Date(ctx.now),
      removed_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await tell(ctx, place, 'reaction.added', { reactionId: id, emoji: input.emoji });
  return 'add';
}

/**
 * Takes one of the caller's own reactions off. Throws `not_found` (`no_such_reaction`, `no_such_message`) and
 * `forbidden` (`not_a_member`).
 */
export async function removeReaction(ctx: Context<Member>, input: { reactionId: ReactionId }): Promise<void> {
  const found = await ctx.tx
    .selectFrom('reactions')
    .select('message_id')
    .where('id', '=', input.reactionId)
    .where('account_id', '=', ctx.actor.accountId)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  if (!found) throw noSuchReaction();
  const place = await reach(ctx, found.message_id);
  const removed = await ctx.tx
    .updateTable('reactions')
    .set({ removed_at: new Date(ctx.now) })
    .where('id', '=', input.reactionId)
    .where('removed_at', 'is', null)
    .returning(['id', 'emoji'])
    .executeTakeFirst();
  if (!removed) throw noSuchReaction();
  await tell(ctx, place, 'reaction.removed', { reactionId: removed.id, emoji: removed.emoji });
}

/** The caller's own reaction made nearest to a moment, and no further from it than `within` milliseconds. Throws `not_found`. */
export async function reactionNear(
  asking: Asking<Member>,
  input: { moment: Moment; within: number },
): Promise<ReactionId> {
  const found = await asking.db
    .selectFrom('reactions')
    .select('id')
    .where('account_id', '=', asking.actor.accountId)
    .where('removed_at', 'is', null)
    .where('created_at', '>=', new Date(input.moment - input.within))
    .where('created_at', '<=', new Date(input.moment + input.within))
    .orderBy(sql`abs(extract(epoch from created_at - ${new Date(input.moment)}))`)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!found) throw noSuchReaction();
  return found.id;
}

export function noSuchReaction(): DomainError {
  return new DomainError('not_found', 'no_such_reaction', 'Reaction not found');
}

async function tell(
  ctx: Context<Member>,
  { conversationId, messageId }: MessagePlace,
  type: 'reaction.added' | 'reaction.removed',
  reaction: { reactionId: ReactionId; emoji: string },
): Promise<void> {
  const by = ctx.actor.accountId;
  const { change, membershipVersion } = await recordChange(ctx, {
    conversationId,
    kind: type,
    messageId,
    reactionId: reaction.reactionId,
    subjects: [by],
  });
  ctx.emit({
    type,
    conversationId,
    messageId,
    ...reaction,
    by,
    byName: await usernameOf(ctx.tx, by),
    change,
    audience: { kind: 'members', conversationId, membershipVersion },
    origin: originOf(ctx),
  });
}
