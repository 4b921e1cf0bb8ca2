// Events made again from the log, for whoever missed them: the log has no content, the rows it names do.

import { sql, type Kysely } from 'kysely';
import type { Audience, Event, EventType, ReceiptOf } from './events.ts';
import { usernamesJson } from './accounts/names.ts';
import { outlineJson } from './conversations/outline.ts';
import type { ConversationOutline, Role } from './conversations/shape.ts';
import type { AccountId, ConversationId, MessageId, Moment, ReactionId } from './ids.ts';
import { messageJson, messageSource, type Message } from './messages/shape.ts';
import type { Schema } from './schema.ts';
import { moment } from './sql.ts';

/** As many as the hub asks for at once: what is not answered is passed over. */
const mostReplayed = 1000;

/** Above this many members receipts are told to nobody, as in `messages/receipts.ts`. */
const mostTold = 256;

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
  members: number;
  role: Role | null;
  names: string[];
  outline: ConversationOutline | null;
  reaction: { reactionId: ReactionId; emoji: string } | null;
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
      (select a.show_read_receipts from accounts a where a.id = l.subjects[1]) as shown,
      (select count(*) from memberships o where o.conversation_id = c.id and o.left_at is null) as members,
      (select o.role from memberships o where o.conversation_id = c.id and o.account_id = l.subjects[2]) as role,
      ${usernamesJson(sql`l.subjects`)} as names,
      case when l.kind = 'conversation.created' then ${outlineJson} end as outline,
      (select json_build_object('reactionId', x.id, 'emoji', x.emoji) from reactions x where x.id = l.reaction_id)
        as reaction
    from changes l join conversations c on c.id = l.conversation_id
    where l.conversation_id = ${conversationId} and l.change_no > ${after} and l.change_no <= ${upto}
    order by l.change_no limit ${mostReplayed}`.execute(db);
  return rows.flatMap((row) => eventOf(conversationId, row) ?? []);
}

function eventOf(conversationId: ConversationId, row: LoggedChange): Event | null {
  const [by, ...concerned] = row.subjects ?? [];
  const [byName = '', ...usernames] = row.names;
  const members = { kind: 'members', conversationId, membershipVersion: row.membership_version } as const;
  const common = { audience: members, change: { conversationId, no: row.change_no } };
  if (row.kind === 'message.sent' || row.kind === 'message.edited') {
    return row.message && row.message.deletedAt === null ? { type: row.kind, message: row.message, ...common } : null;
  }
  if (by === undefined) return null;
  switch (row.kind) {
    case 'message.deleted':
      return { type: row.kind, conversationId, messageId: row.message_id!, by, byName, ...common };
    case 'message.mentioned': {
      const audience: Audience = { kind: 'accounts', accounts: concerned };
      const { message } = row;
      if (!message || message.deletedAt !== null) return null;
      return { type: row.kind, message, isEdit: row.at !== message.createdAt, ...common, audience };
    }
    case 'reaction.added':
    case 'reaction.removed':
      if (!row.reaction) return null;
      return { type: row.kind, conversationId, messageId: row.message_id!, ...row.reaction, by, byName, ...common };
    case 'messages.read':
    case 'messages.delivered': {
      const shown = row.shown ?? false;
      const audience: Audience = shown && row.members <= mostTold ? members : { kind: 'accounts', accounts: [by] };
      const told = { conversationId, by, messages: row.receipts ?? [], ...common, audience };
      return row.kind === 'messages.read'
        ? { type: row.kind, at: row.at, shown, ...told }
        : { type: row.kind, ...told };
    }
    case 'conversation.created':
      if (!row.outline) return null;
      return {
        type: row.kind,
        conversationId,
        by,
        conversation: row.outline,
        ...common,
        ...(row.outline.isPublic && { audience: { kind: 'everyone', besides: [] } }),
      };
    case 'conversation.updated':
      return { type: row.kind, conversationId, by, ...common };
    case 'conversation.deleted':
      return { type: row.kind, conversationId, by, ...common, audience: { ...members, also: concerned } };
    case 'members.role': {
      const [accountId] = concerned;
      if (accountId === undefined || row.role === null) return null;
      return { type: row.kind, conversationId, accountId, role: row.role, by, ...common };
    }
    case 'members.joined':
    case 'members.left':
      return {
        type: row.kind,
        conversationId,
        accounts: concerned,
        usernames,
        by,
        ...common,
        audience: { ...members, also: concerned },
      };
    default:
      return null;
  }
}
