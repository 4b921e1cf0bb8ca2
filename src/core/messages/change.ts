// Changing a message after it was sent: editing, deleting for everyone, hiding for oneself.

import { usernameOf } from '../accounts/names.ts';
import { originOf, type Context, type Member } from '../context.ts';
import { noSuchMessage, reach } from '../conversations/membership.ts';
import { DomainError } from '../errors.ts';
import type { Event } from '../events.ts';
import type { ActionId, ConversationId, MessageId } from '../ids.ts';
import { recordChange, recordOwnChange, recordOwnChanges } from '../log.ts';
import { namedElsewhere, replaceMentions, tellMentioned } from './mentions.ts';
import { loadMessages } from './shape.ts';

/**
 * Replaces the text, and whom it mentions: who is named for the first time is told. Throws `not_found`
 * (`no_such_message`) and `forbidden` (`not_a_member`, `not_the_sender`).
 */
export async function editMessage(
  ctx: Context<Member>,
  input: {
    messageId: MessageId;
    content: string;
    mentions?: readonly string[];
    /** What the new text is sealed with; the old one fits no more. */
    envelope?: Record<string, unknown> | null;
  },
): Promise<void> {
  const { conversationId, messageId, isMine, isEncrypted } = await reach(ctx, input.messageId);
  if (!isMine) throw new DomainError('forbidden', 'not_the_sender', 'Only the sender can edit a message.');
  const isSealed = isEncrypted || Boolean(input.envelope);
  const recorded = await recordWhatBecame(ctx, { conversationId, messageId, kind: 'message.edited' });
  await ctx.tx
    .updateTable('messages')
    .set({
      content: input.content,
      envelope: input.envelope ? JSON.stringify(input.envelope) : null,
      is_encrypted: isSealed,
      edited_at: new Date(ctx.now),
      updated_at: new Date(ctx.now),
    })
    .where('id', '=', messageId)
    .execute();
  const names = isSealed ? [] : (input.mentions ?? []);
  const newlyNamed = await replaceMentions(ctx, { conversationId, messageId, names });
  const [message] = await loadMessages(ctx.tx, [messageId], null);
  if (!message) throw noSuchMessage();
  ctx.emit({
    type: 'message.edited',
    message,
    ...recorded,
    origin: originOf(ctx),
  });
  if (newlyNamed.length > 0) await tellMentioned(ctx, message, newlyNamed);
}

/** Who may delete for everyone is the dialect's rule: the sender, or in a direct conversation either of the two. */
export type DeletionRule = 'sender' | 'either-of-two';

/**
 * Deletes a message for everyone: its place stays, what it said does not. `among`: it is nowhere else. Throws `not_found` (`no_such_message`) and
 * `forbidden` (`not_a_member`, `not_the_sender`).
 */
export async function deleteMessage(
  ctx: Context<Member>,
  input: { messageId: MessageId; rule?: DeletionRule; among?: ConversationId | 'direct' },
): Promise<void> {
  const { conversationId, messageId, isMine, isDirect } = await reach(ctx, input.messageId, input.among);
  if (!isMine && !(isDirect && input.rule === 'either-of-two'))
    throw new DomainError('forbidden', 'not_the_sender', 'Only the sender can delete a message for everyone.');
  await eraseMessage(ctx, { conversationId, messageId });
}

/**
 * Leaves the tombstone, and tells. Who may is the caller's matter; the conversation's row must be locked. `removal` is a
 * moderator's.
 */
export async function eraseMessage(
  ctx: Context<Member>,
  input: {
    conversationId: ConversationId;
    messageId: MessageId;
    removal?: { actionId: ActionId; reason: string };
  },
): Promise<void> {
  const { conversationId, messageId, removal } = input;
  const by = ctx.actor.accountId;
  const recorded = await recordWhatBecame(ctx, {
    conversationId,
    messageId,
    kind: 'message.deleted',
    ...(removal && { subjectId: removal.actionId }),
  });
  await ctx.tx
    .updateTable('messages')
    .set({
      content: '',
      media_url: null,
      thumbnail_url: null,
      media_seconds: null,
      file_name: null,
      file_size: null,
      metadata: null,
      envelope: null,
      deleted_at: new Date(ctx.now),
      deleted_by: by,
      updated_at: new Date(ctx.now),
    })
    .where('id', '=', messageId)
    .execute();
  for (const table of ['mentions', 'reactions'] as const) {
    await ctx.tx.deleteFrom(table).where('message_id', '=', messageId).execute();
  }
  ctx.emit({
    type: 'message.deleted',
    conversationId,
    messageId,
    by,
    byName: await usernameOf(ctx.tx, by),
    ...(removal && { reason: removal.reason }),
    ...recorded,
    origin: originOf(ctx),
  });
}

/** For those in the conversation, and whom the message names elsewhere. */
async function recordWhatBecame(
  ctx: Context<Member>,
  input: {
    conversationId: ConversationId;
    messageId: MessageId;
    kind: 'message.edited' | 'message.deleted';
    subjectId?: ActionId;
  },
): Promise<Pick<Event, 'change' | 'logged' | 'audience'>> {
  const { conversationId, messageId, kind } = input;
  const named = await namedElsewhere(ctx, messageId);
  const { change, membershipVersion, logged } = await recordChange(ctx, {
    ...input,
    subjects: [ctx.actor.accountId, ...named],
  });
  const audience = { kind: 'members', conversationId, membershipVersion } as const;
  if (named.length === 0) return { change, audience };
  await recordOwnChanges(ctx, { accounts: named, conversationId, messageId, kind, of: logged });
  return { change, logged, audience: { ...audience, also: named } };
}

/** Takes a message out of the caller's own view. Throws `not_found` (`no_such_message`), `forbidden` (`not_a_member`). */
export async function hideMessage(ctx: Context<Member>, input: { messageId: MessageId }): Promise<void> {
  const { conversationId, messageId, no } = await reach(ctx, input.messageId);
  const { accountId } = ctx.actor;
  await ctx.tx
    .insertInto('message_hides')
    .values({ account_id: accountId, conversation_id: conversationId, message_no: no, created_at: new Date(ctx.now) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const logged = await recordOwnChange(ctx, { accountId, conversationId, messageId, kind: 'message.hidden' });
  ctx.emit({
    type: 'message.hidden',
    conversationId,
    messageId,
    logged,
    audience: { kind: 'accounts', accounts: [accountId] },
    origin: originOf(ctx),
  });
}

/** URGE's one delete: for everyone by the sender, for oneself by anybody else. Throws as the two do. */
export async function deleteOrHide(ctx: Context<Member>, input: { messageId: MessageId }): Promise<void> {
  const { isMine } = await reach(ctx, input.messageId);
  return isMine ? deleteMessage(ctx, input) : hideMessage(ctx, input);
}
