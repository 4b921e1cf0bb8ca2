// What the caller has read, asked by message.

import { sql } from 'kysely';
import type { Asking, Member } from '../context.ts';
import { noSuchConversation, notAMember } from '../conversations/membership.ts';
import type { ConversationId, MessageId, Moment } from '../ids.ts';

/** As many are marked at once as are counted. */
const mostMarked = 1000;

/**
 * Since when the caller has read a message of theirs to see; null: they have not, or it is their own. Of two people the
 * time stands on the message; in a group it is that of the mark, which moves with what is read later.
 */
export async function readSince(asking: Asking<Member>, input: { id: MessageId }): Promise<Moment | null> {
  const viewer = asking.actor.accountId;
  const { rows } = await sql<{ at: Date | null }>`
    select case when m.sender_id <> ${viewer} then coalesce(
      case when c.kind = 'direct' then m.read_at end, r.read_at, case when m.message_no <= b.read_no then b.read_at end)
      end as at
    from messages m join conversations c on c.id = m.conversation_id
    join memberships b on b.conversation_id = c.id and b.account_id = ${viewer} and b.left_at is null
    left join message_reads r on r.conversation_id = c.id and r.account_id = ${viewer} and r.message_no = m.message_no
    where m.id = ${input.id}`.execute(asking.db);
  return rows[0]?.at?.getTime() ?? null;
}

/**
 * The caller's unread messages up to one of the conversation's, the newest of them. Throws `not_found`
 * (`no_such_conversation`) and `forbidden` (`not_a_member`).
 */
export async function unreadUpTo(
  asking: Asking<Member>,
  input: { conversationId: ConversationId; upTo: MessageId },
): Promise<MessageId[]> {
  const viewer = asking.actor.accountId;
  const { rows } = await sql<{ isMember: boolean; ids: MessageId[] }>`
    select b.id is not null as "isMember", array(
      select m.id from messages m where m.conversation_id = c.id and m.message_no > b.read_no
        and m.message_no <= (select u.message_no from messages u where u.id = ${input.upTo} and u.conversation_id = c.id)
        and m.sender_id <> ${viewer} and m.deleted_at is null
      order by m.message_no desc limit ${mostMarked}) as ids
    from conversations c
    left join memberships b on b.conversation_id = c.id and b.account_id = ${viewer} and b.left_at is null
    where c.id = ${input.conversationId} and c.deleted_at is null`.execute(asking.db);
  const [found] = rows;
  if (!found) throw noSuchConversation();
  if (!found.isMember) throw notAMember();
  return found.ids;
}
