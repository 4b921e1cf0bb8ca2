// What the server says in a conversation on somebody's behalf: who came, who went, how it is called now.

import { sql } from 'kysely';
import { originOf, type Context, type Member } from '../context.ts';
import { noSuchConversation } from '../conversations/membership.ts';
import type { ConversationId, MessageId } from '../ids.ts';
import { nextLogXid } from '../log.ts';
import { loadMessages, type Message, type SystemNotice } from './shape.ts';

/**
 * Stores one message of kind `system` by the caller, inside the command's own transaction, and tells the conversation as
 * every message is told. Whether the caller may is the command's matter: posting rules do not bind it, and who has just
 * left can still be named. Stored are what happened, which each reader is told in their own language, and the same in
 * English, which is what is searched. Throws `not_found` (`no_such_conversation`).
 */
export async function sayAsSystem(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; notice: SystemNotice },
): Promise<Message> {
  const { conversationId, notice } = input;
  const metadata = JSON.stringify({ notice });
  const now = new Date(ctx.now);
  const { rows } = await sql<{ id: MessageId; change_no: number; membership_version: number }>`
    with advanced as (
      update conversations set
        last_message_no = last_message_no + 1,
        last_change_no = last_change_no + 1,
        log_xid = ${nextLogXid},
        last_message_at = greatest(last_message_at, ${now}::timestamptz)
      where id = ${conversationId} and deleted_at is null
      returning last_message_no, last_change_no, log_xid, membership_version),
    stored as (
      insert into messages (conversation_id, message_no, sender_id, kind, content, metadata, sent_in, created_at,
        updated_at)
      select ${conversationId}, last_message_no, ${ctx.actor.accountId}, 'system', ${noticeInEnglish(notice)},
        ${metadata}::jsonb, ${ctx.actor.dialect}, ${now}, ${now} from advanced
      returning id),
    logged as (
      insert into changes (xid, conversation_id, change_no, kind, message_id, created_at)
      select v.log_xid, ${conversationId}, v.last_change_no, 'message.sent', s.id, ${now} from advanced v, stored s)
    select s.id, v.last_change_no as change_no, v.membership_version from advanced v, stored s`.execute(ctx.tx);
  const said = rows[0];
  if (!said) throw noSuchConversation();
  const [message] = await loadMessages(ctx.tx, [said.id], null);
  ctx.emit({
    type: 'message.sent',
    message: message!,
    change: { conversationId, no: said.change_no },
    audience: { kind: 'members', conversationId, membershipVersion: said.membership_version },
    origin: originOf(ctx),
  });
  return message!;
}

/** Up to three people by name; of more the first two, and how many others there are. */
export function enumerated(names: readonly string[]): { people: string[]; others: number } {
  return names.length > 3 ? { people: names.slice(0, 2), others: names.length - 2 } : { people: [...names], others: 0 };
}

/** What is stored of a notice as its text. */
export function noticeInEnglish(notice: SystemNotice): string {
  const { by } = notice;
  switch (notice.said) {
    case 'joined':
      return `${by} joined the group`;
    case 'asked':
      return `${by} asks to join the group`;
    case 'added':
      return `${by} added ${listed(notice)}`;
    case 'left':
      return `${by} left the group`;
    case 'removed':
      return `${by} removed ${notice.person}`;
    case 'renamed':
      return `${by} renamed the group to “${notice.name}”`;
    case 'founder':
      return `${by} made ${notice.person} the founder of the group`;
    case 'planned':
      return `${by} planned “${notice.title}”`;
  }
}

/** `Bob`, `Bob and Carol`, `Bob, Carol and 3 others`. */
function listed({ people, others }: { people: readonly string[]; others: number }): string {
  const all = others > 0 ? [...people, `${others} others`] : people;
  return [all.slice(0, -1).join(', '), ...all.slice(-1)].filter(Boolean).join(' and ');
}
