// Forwarding: what the caller can read, said again by them.

import { sql } from 'kysely';
import type { Asking, Member } from '../context.ts';
import { enterable } from '../conversations/membership.ts';
import type { ConversationId, MessageId } from '../ids.ts';
import { messageJson, messageSource, type Message } from './shape.ts';
import type { Draft } from './send.ts';

/**
 * The drafts that forward these messages, in the order asked: same text, media and flags, no reply. Messages that are
 * deleted, or that the caller cannot see, are skipped. Throws `not_found` (`no_such_conversation`) and `forbidden`
 * (`not_a_member`) for the conversation they are to go to.
 */
export async function forwardDrafts(
  asking: Asking<Member>,
  input: { messages: readonly MessageId[]; to: ConversationId },
): Promise<Draft[]> {
  await enterable(asking, input.to);
  if (input.messages.length === 0) return [];
  const viewer = asking.actor.accountId;
  const { rows } = await sql<{ message: Message }>`
    select ${messageJson(viewer)} as message from ${messageSource}
    join memberships b on b.conversation_id = m.conversation_id and b.account_id = ${viewer} and b.left_at is null
    where m.id = any(${[...input.messages]}::bigint[]) and m.deleted_at is null and m.message_no > b.cleared_no
      and not exists (select 1 from message_hides h where h.conversation_id = m.conversation_id
        and h.account_id = ${viewer} and h.message_no = m.message_no)`.execute(asking.db);
  const readable = new Map(rows.map(({ message }) => [message.id, message]));
  return input.messages.flatMap((id) => {
    const message = readable.get(id);
    return message && message.kind !== 'system' ? [draftOf(message, input.to)] : [];
  });
}

function draftOf(message: Message, conversationId: ConversationId): Draft {
  const { kind, content, mediaUrl, thumbnailUrl, mediaSeconds, fileName, fileSize, metadata } = message;
  const { isEncrypted, envelope } = message;
  return {
    conversationId,
    kind,
    content,
    mediaUrl,
    thumbnailUrl,
    mediaSeconds,
    fileName,
    fileSize,
    metadata,
    isEncrypted,
    envelope,
    isForwarded: true,
  };
}
