// Events made again from the log, for whoever missed them: the log has no content, the rows it names do.

import { sql, type Kysely } from 'kysely';
import type { Audience, Event, EventType, ReceiptOf } from './events.ts';
import type { AccountId, ConversationId, MessageId, Moment } from './ids.ts';
import { messageJson, messageSource, type Message } from './messages/shape.ts';
import type { Schema } from './schema.ts';
import { moment } from './sql.ts';

/** As many as the hub asks for at once: what is not answered is passed over. */
const mostReplayed = 1000;

interface LoggedChange {
  change_no: number;
  kind: EventType;
  message_id: MessageId | null;
  subjects: AccountId[] | null;
  at: Moment;
  membership_version: number;
  message: Message | null;
  receipts: ReceiptOf[] | null;
  shown: boolean | null;
}

/**
 * The events of one conversation with `after` < change number <= `upto`, in order, at most 1000, as they look now. A kind
 * that nobody but its cause needs is left out.
 */
export async function replayChanges(
  db: Kysely<Schema>,
  conversationId: ConversationId,
  after: number,
  upto: number,
): Promise<Event[]> {
  const { rows } = await sql<LoggedChange>`
    select l.change_no, l.kind, l.message_id, l.subjects,
      (select json_agg(json_build_object('messageId', m.id, 'senderId', m.sender_id) order by m.message_no)
        from messages m where m.id = any(l.receipts)) as receipts,
      ${moment('l.created_at')} as at, c.membership_version,
      (select ${messageJson(null)} from ${messageSource} where m.id = l.message_id) as message,
      (select a.show_read_receipts from accounts a where a.id = l.subjects[1]) as shown
    from changes l join conversations c on c.id = l.conversation_id
    where l.conversation_id = ${conversationId} and l.change_no > ${after} and l.change_no <= ${upto}
    order by l.change_no limit ${mostReplayed}`.execute(db);
  return rows.flatMap((row) => eventOf(conversationId, row) ?? []);
}

function eventOf(conversationId: ConversationId, row: LoggedChange): Event | null {
  const [by, ...concerned] = row.subjects ?? [];
  const members = { kind: 'members', conversationId, membershipVersion: row.membership_version } as const;
  const common = { audience: members, change: { conversationId, no: row.change_no } };
  if (row.kind === 'message.sent' || row.kind === 'message.edited') {
    return row.message && row.message.deletedAt === null ? { type: row.kind, message: row.message, ...common } : null;
  }
  if (by === undefined) return null;
  switch (row.kind) {
    case 'message.deleted':
      return { type: row.kind, conversationId, messageId: row.message_id!, by, ...common };
    case 'messages.read': {
      const shown = row.shown ?? false;
      const audience: Audience = shown ? members : { kind: 'accounts', accounts: [by] };
      return {
        type: row.kind,
        conversationId,
        by,
        messages: row.receipts ?? [],
        at: row.at,
        shown,
        ...common,
        audience,
      };
    }
    case 'messages.delivered':
      return { type: row.kind, conversationId, by, messages: row.receipts ?? [], ...common };
    case 'conversation.created':
      return { type: row.kind, conversationId, by, ...common };
    case 'members.joined':
    case 'members.left':
      return {
        type: row.kind,
        conversationId,
        accounts: concerned,
        by,
        ...common,
        audience: { ...members, also: concerned },
      };
    default:
      return null;
  }
}
