// Reading a conversation back, a page at a time, each page one statement.

import { sql } from 'kysely';
import type { Asking, Member } from '../context.ts';
import { noSuchConversation, notAMember } from '../conversations/membership.ts';
import type { AccountId, ConversationId, MessageId, Moment } from '../ids.ts';
import { messageJson, messageSource, type Message } from './shape.ts';

export interface HistoryRequest {
  conversationId: ConversationId;
  limit: number;
  /** Strictly older than this message, or than this moment. */
  before?: { message: MessageId } | { moment: Moment };
  /** As many of the newest that match are passed over. Default 0. */
  offset?: number;
}

export interface HistoryPage {
  /** Oldest first: the newest `limit` that match. */
  messages: Message[];
  /** All that the caller can still see of the conversation. */
  total: number;
  hasMore: boolean;
}

/**
 * What the caller sees of a conversation: not what they cleared or hid, not what is deleted. Throws `not_found`
 * (`no_such_conversation`) and `forbidden` (`not_a_member`). The total is derived from numbers, not counted.
 */
export async function history(asking: Asking<Member>, input: HistoryRequest): Promise<HistoryPage> {
  const viewer = asking.actor.accountId;
  const { rows } = await sql<{ member: boolean; total: number; messages: Message[] }>`/* prepare */
    with me as (
      select c.id, c.last_message_no, m.id is not null as member, coalesce(m.cleared_no, 0) as cleared_no
      from conversations c
      left join memberships m on m.conversation_id = c.id and m.account_id = ${viewer} and m.left_at is null
      where c.id = ${input.conversationId} and c.deleted_at is null),
    page as (
      select p.id from me cross join lateral (
        select m.id from messages m
        where me.member and m.conversation_id = me.id and m.message_no > me.cleared_no and m.deleted_at is null
          and ${older(input)}
          and not exists (select 1 from message_hides h where h.conversation_id = m.conversation_id
            and h.account_id = ${viewer} and h.message_no = m.message_no)
        order by m.message_no desc limit ${input.limit + 1} offset ${input.offset ?? 0}) p)
    select me.member,
      me.last_message_no - me.cleared_no
        - (select count(*) from messages m where m.conversation_id = me.id and m.deleted_at is not null
          and m.message_no > me.cleared_no)
        - (select count(*) from message_hides h join messages m
            on m.conversation_id = h.conversation_id and m.message_no = h.message_no
          where h.conversation_id = me.id and h.account_id = ${viewer} and h.message_no > me.cleared_no
            and m.deleted_at is null) as total,
      coalesce((select json_agg(${messageJson(viewer)} order by m.message_no)
        from page p join ${messageSource} on true where m.id = p.id), '[]'::json) as messages
    from me`.execute(asking.db);
  const found = rows[0];
  if (!found) throw noSuchConversation();
  if (!found.member) throw notAMember();
  const hasMore = found.messages.length > input.limit;
  return { messages: hasMore ? found.messages.slice(1) : found.messages, total: found.total, hasMore };
}

function older(input: HistoryRequest) {
  if (!input.before) return sql<boolean>`true`;
  if ('moment' in input.before) return sql<boolean>`m.created_at < ${new Date(input.before.moment)}`;
  return sql<boolean>`m.message_no < (select b.message_no from messages b
    where b.id = ${input.before.message} and b.conversation_id = ${input.conversationId})`;
}

/** Where these messages are, and whose; who may know is the next step’s matter. Unknown ids are left out. */
export async function whereAre(
  asking: Asking<Member>,
  input: { messages: readonly MessageId[] },
): Promise<{ id: MessageId; conversationId: ConversationId; senderId: AccountId }[]> {
  if (input.messages.length === 0) return [];
  const rows = await asking.db
    .selectFrom('messages')
    .select(['id', 'conversation_id', 'sender_id'])
    .where('id', 'in', [...input.messages])
    .execute();
  return rows.map((row) => ({ id: row.id, conversationId: row.conversation_id, senderId: row.sender_id }));
}
