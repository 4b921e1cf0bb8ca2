// Changing a message after it was sent: editing, deleting for everyone, hiding for oneself.

import type { Context, Member } from '../context.ts';
import { originOf } from '../conversations/create.ts';
import { noSuchMessage, reach } from '../conversations/membership.ts';
import { DomainError } from '../errors.ts';
import type { MessageId } from '../ids.ts';
import { recordChange, recordOwnChange } from '../log.ts';
import { loadMessages, type Message } from './shape.ts';

/** Replaces the text. Throws `not_found` (`no_such_message`) and `forbidden` (`not_a_member`, `not_the_sender`). */
export async function editMessage(
  ctx: Context<Member>,
  input: { messageId: MessageId; content: string },
): Promise<Message> {
  const { conversationId, messageId, isMine } = await reach(ctx, input.messageId);
  if (!isMine) throw new DomainError('forbidden', 'not_the_sender', 'Only the sender can edit a message.');
  const { change, membershipVersion } = await recordChange(ctx, {
    conversationId,
    kind: 'message.edited',
    messageId,
    subjects: [ctx.actor.accountId],
  });
  await ctx.tx
    .updateTable('messages')
    .set({ content: input.content, edited_at: new Date(ctx.now), updated_at: new Date(ctx.now) })
    .where('id', '=', messageId)
    .execute();
  const [message] = await loadMessages(ctx.tx, [messageId], null);
  if (!message) throw noSuchMessage();
  ctx.emit({
    type: 'message.edited',
    message,
    change,
    audience: { kind: 'members', conversationId, membershipVersion },
    origin: originOf(ctx),
  });
  const [own] = await loadMessages(ctx.tx, [messageId], ctx.actor.accountId);
  return own ?? message;
}

/**
 * Deletes a message for everyone: its place stays, what it said does not.
 * Throws `not_found` (`no_such_message`) and `forbidden` (`not_a_member`,
 * `not_the_sender`).
 */
export async function deleteMessage(ctx: Context<Member>, input: { messageId: MessageId }): Promise<void> {
  const { conversationId, messageId, isMine } = await reach(ctx, input.messageId);
  if (!isMine) throw new DomainError('forbidden', 'not_the_sender', 'Only the sender can delete a message for everyone.');
  const by = ctx.actor.accountId;
  const { change, membershipVersion } = await recordChange(ctx, {
    conversationId,
    kind: 'message.deleted',
    messageId,
    subjects: [by],
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
  ctx.emit({
    type: 'message.deleted',
    conversationId,
    messageId,
    by,
    change,
    audience: { kind: 'members', conversationId, membershipVersion },
    origin: originOf(ctx),
  });
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
  await recordOwnChange(ctx, { accountId, conversationId, messageId, kind: 'message.hidden' });
  ctx.emit({
    type: 'message.hidden',
    conversationId,
    messageId,
    audience: { kind: 'accounts', accounts: [accountId] },
    origin: originOf(ctx),
  });
}

/** URGE's one delete: for everyone by the sender, for oneself by anybody else. Throws as the two do. */
export async function deleteOrHide(ctx: Context<Member>, input: { messageId: MessageId }): Promise<void> {
  const { isMine } = await reach(ctx, input.messageId);
  return isMine ? deleteMessage(ctx, input) : hideMessage(ctx, input);
}
