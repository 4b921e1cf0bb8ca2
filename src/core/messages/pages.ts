// Reading a conversation by page numbers: the offset counts what the caller can see, from the newest back.

import { sql } from 'kysely';
import type { Asking, Member } from '../context.ts';
import { noSuchConversation, noSuchMessage, notAMember } from '../conversations/membership.ts';
import type { ConversationId, MessageId } from '../ids.ts';
import { messageJson, messageSource, type Message } from './shape.ts';

/**
 * The `limit` messages that are `offset` visible ones away from the newest, oldest first. Numbers are dense, so the
 * page's first number is known but for those that are deleted or hidden above it, which have indexes of their own: a far
 * page costs what a near one does. Throws `not_found` (`no_such_conversation`) and `forbidden` (`not_a_member`).
 */
export async function pageOfMessages(
  asking: Asking<Member>,
  input: { conversationId: ConversationId; limit: number; offset: number },
): Promise<Message[]> {
  const viewer = asking.actor.accountId;
  const { conversationId, limit, offset } = input;
  const { rows } = await sql<{ member: boolean; messages: Message[] }>`/* prepare */
    with me as (
      select c.id, c.last_message_no as last_no, m.id is not null as member, coalesce(m.cleared_no, 0) as cleared_no
      from conversations c
      left join memberships m on m.conversation_id = c.id and m.account_id = ${viewer} and m.left_at is null
      where c.id = ${conversationId} and c.deleted_at is null),
    gone as (
      select d.message_no from me join messages d on d.conversation_id = me.id and d.deleted_at is not null
      where me.member and ${offset}::bigint > 0 and d.message_no > me.cleared_no
      union
      select h.message_no from me
      join message_hides h on h.conversation_id = me.id and h.account_id = ${viewer}
      where me.member and ${offset}::bigint > 0 and h.message_no > me.cleared_no),
    passed as (
      select count(*) as n from (
        select me.last_no - g.message_no - row_number() over (order by g.message_no desc) + 1 as newer
        from gone g cross join me) g
      where g.newer < ${offset}::bigint),
    page as materialized (
      select p.id from me cross join passed cross join lateral (
        select m.id from messages m
        where me.member and m.conversation_id = me.id and m.deleted_at is null and m.message_no > me.cleared_no
          and m.message_no <= me.last_no - ${offset}::bigint - passed.n
          and not exists (select 1 from message_hides h where h.conversation_id = m.conversation_id
            and h.account_id = ${viewer} and h.message_no = m.message_no)
        order by m.message_no desc limit ${limit}) p)
    select me.member, coalesce((select json_agg(${messageJson(viewer)} order by m.message_no)
      from page p join ${messageSource} on true where m.id = p.id), '[]'::json) as messages
    from me`.execute(asking.db);
  const [found] = rows;
  if (!found) throw noSuchConversation();
  if (!found.member) throw notAMember();
  return found.messages;
}

/** One message as the caller sees it. Throws `not_found` (`no_such_message`) and `forbidden` (`not_a_member`). */
export async function readMessage(asking: Asking<Member>, input: { id: MessageId }): Promise<Message> {
  const viewer = asking.actor.accountId;
  const { rows } = await sql<{ member: boolean; visible: boolean; message: Message }>`
    select b.id is not null as member,
      m.deleted_at is null and m.message_no > coalesce(b.cleared_no, 0) and not exists (
        select 1 from message_hides h where h.conversation_id = m.conversation_id and h.account_id = ${viewer}
          and h.message_no = m.message_no) as visible,
      ${messageJson(viewer)} as message
    from ${messageSource}
    left join memberships b on b.conversation_id = m.conversation_id and b.account_id = ${viewer} and b.left_at is null
    where m.id = ${input.id}`.execute(asking.db);
  const [found] = rows;
  if (!found) throw noSuchMessage();
  if (!found.member) throw notAMember();
  if (!found.visible) throw noSuchMessage();
  return found.message;
}
