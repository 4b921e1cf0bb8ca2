// What the server says in a conversation on somebody's behalf: who came, who went, how it is called now.

import { sql } from 'kysely';
import type { Context, Member } from '../context.ts';
import { noSuchConversation } from '../conversations/membership.ts';
import { originOf } from '../conversations/create.ts';
import type { ConversationId, MessageId } from '../ids.ts';
import { nextLogXid } from '../log.ts';
import { loadMessages, type Message } from './shape.ts';

/**
 * Stores one message of kind `system` by the caller, inside the command's own transaction, and tells the conversation as
 * every message is told. Whether the caller may is the command's matter: posting rules do not bind it, and who has just
 * left can still be named. Throws `not_found` (`no_such_conversation`).
 */
export async function sayAsSystem(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; content: string },
): Promise<Message> {
  const { conversationId, content } = input;
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
      insert into messages (conversation_id, message_no, sender_id, kind, content, sent_in, created_at, updated_at)
      select ${conversationId}, last_message_no, ${ctx.actor.accountId}, 'system', ${content}, ${ctx.actor.dialect},
        ${now}, ${now} from advanced
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

/** `Bob`, `Bob and Carol`, `Bob, Carol and 3 others`. */
export function enumerated(names: readonly string[]): string {
  const [first = '', second, third] = names;
  if (second === undefined) return first;
  if (third === undefined) return `${first} and ${second}`;
  return names.length === 3 ? `${first}, ${second} and ${third}` : `${first}, ${second} and ${names.length - 2} others`;
}
