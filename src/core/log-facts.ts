// What rows of the log tell, read in the statement that reads them: the log has no content, the rows it names do. All is
// as it looks now.

import { sql, type RawBuilder } from 'kysely';
import { usernamesJson } from './accounts/names.ts';
import { callJson } from './calls/shape.ts';
import { outlineJson } from './conversations/outline.ts';
import type { EventType } from './events.ts';
import type { AccountId, ConversationId, MessageId, Moment } from './ids.ts';
import { crossingJson, shareJson } from './location/shape.ts';
import type { ChangeDetail } from './log.ts';
import { authorJson, messageJson, messageSource, type Author, type Message } from './messages/shape.ts';
import { removedByModerator } from './moderation/removal.ts';
import { moment } from './sql.ts';

/** Above this many members receipts are told to nobody, as in `messages/receipts.ts`. */
const mostTold = 256;

/** A row of the log with what its kind needs besides, as an array: a page holds many. */
export type Row = [
  kind: EventType,
  /** In this account's own stream. */
  own: AccountId | null,
  epoch: number,
  xid: number,
  id: number,
  conversation: ConversationId | null,
  no: number | null,
  message: MessageId | null,
  subjects: AccountId[] | null,
  subject: number | null,
  detail: ChangeDetail | null,
  at: Moment,
  names: string[] | null,
  about: unknown,
];

/** The columns that `factsOf` selects: what a page of log rows tells, each message, person and conversation once. */
export interface Facts {
  entries: Row[] | null;
  messages: (Omit<Message, 'sender'> & { sender: AccountId })[] | null;
  senders: Author[] | null;
  rooms: { id: ConversationId; version: number; isSmall: boolean | null }[] | null;
}

/**
 * A page of the log as CTE `entry`, to stand after the CTE `page (own, epoch, xid, id)`. There xid and id are those of the
 * row to be read: of the conversation's, where an account's own points at it (`pointedId`).
 */
export const entries: RawBuilder<unknown> = sql`entry as materialized (
  select p.own, l.* from page p join changes l on l.epoch = p.epoch and l.xid = p.xid and l.id = p.id)`;

/** Where row `l` is told from. A conversation's row and what points at it are placed alike. */
export const pointedId = sql<number>`coalesce((l.detail->>'id')::bigint, l.id)`;

/** What the rows of CTE `entry` tell; to one viewer, as far as they may see it, or for the hub (`null`). */
export function factsOf(viewer: AccountId | null): RawBuilder<Facts> {
  const visible =
    viewer === null
      ? { source: sql``, holds: sql`` }
      : {
          source: sql`join conversations v on v.id = m.conversation_id
            left join memberships b on b.conversation_id = v.id and b.account_id = ${viewer} and b.left_at is null`,
          holds: sql`and (b.id is not null or v.is_public) and m.message_no > coalesce(b.cleared_no, 0)
            and not exists (select 1 from message_hides h where h.conversation_id = m.conversation_id
              and h.account_id = ${viewer} and h.message_no = m.message_no)`,
        };
  return sql<Facts>`
    (select json_agg(json_build_array(l.kind, l.own, l.epoch, l.xid, l.id, l.conversation_id, l.change_no, l.message_id,
      l.subjects, l.subject_id, l.detail, ${moment('l.created_at')}, ${names}, ${aboutJson(viewer)})
      order by l.epoch, l.xid, l.id) from entry l) as entries,
    (select json_agg(${messageJson(null, sql`m.sender_id`)}) from ${messageSource} ${visible.source}
      where m.id in (select message_id from entry where ${hasMessage}) and m.deleted_at is null
        ${visible.holds}) as messages,
    (select json_agg(${authorJson('a')}) from accounts a where a.id in (
      select m.sender_id from entry e join messages m on m.id = e.message_id where e.${hasMessage})) as senders,
    (select json_agg(json_build_object('id', c.id, 'version', c.membership_version, 'isSmall', case when r.receipts then
        (select count(*) from (select 1 from memberships o where o.conversation_id = c.id and o.left_at is null
          limit ${mostTold + 1}) few) <= ${mostTold} end))
      from (select conversation_id, bool_or(receipts is not null) as receipts from entry group by 1) r
      join conversations c on c.id = r.conversation_id) as rooms`;
}

const hasMessage = sql`kind in ('message.sent', 'message.edited', 'message.mentioned')`;

/** How the subjects of row `l` are called, where that is said. */
const names = sql`case when l.kind in ('message.deleted', 'reaction.added', 'reaction.removed', 'members.joined',
  'members.left') then ${usernamesJson(sql`l.subjects`)} end`;

/** What only its kind knows how to read: see `eventOf`. */
function aboutJson(viewer: AccountId | null): RawBuilder<unknown> {
  const isShown =
    viewer === null
      ? sql`true`
      : sql`c.is_public or exists (select 1 from memberships b
          where b.conversation_id = c.id and b.account_id = ${viewer} and b.left_at is null)`;
  return sql`case l.kind when 'message.sent' then null when 'message.edited' then null
    when 'messages.read' then ${receiptsJson}
    when 'messages.delivered' then ${receiptsJson}
    when 'reaction.added' then ${reactionJson}
    when 'reaction.removed' then ${reactionJson}
    when 'message.deleted' then (select to_json(coalesce(d.reason, ${removedByModerator}))
      from moderation_actions d where d.id = l.subject_id)
    when 'message.starred' then to_json(exists (
      select 1 from stars s where s.account_id = l.own and s.message_id = l.message_id))
    when 'conversation.created' then (select ${outlineJson} from conversations c
      where c.id = l.conversation_id and c.deleted_at is null and (${isShown}))
    when 'conversation.preference' then (select to_json(case l.detail->>'preference'
        when 'archived' then o.archived_at is not null when 'muted' then o.muted_at is not null
        when 'favourite' then o.favourite_at is not null when 'hidden' then o.hidden_no is not null else true end)
      from memberships o where o.conversation_id = l.conversation_id and o.account_id = l.own)
    when 'members.role' then (select to_json(o.role) from memberships o
      where o.conversation_id = l.conversation_id and o.account_id = l.subjects[2])
    when 'block.changed' then to_json(exists (
      select 1 from blocks b where b.blocker_id = l.own and b.blocked_id = l.subjects[2]))
    when 'fence.crossed' then (select ${crossingJson} from geofence_events e join geofences f on f.id = e.geofence_id
      where e.id = l.subject_id and e.account_id = l.own)
    else case
      when l.kind like 'call.%' then (select ${callJson} from calls c where c.id = l.subject_id)
      when l.kind like 'share.%' then (select ${shareJson} from location_shares h where h.id = l.subject_id) end
    end`;
}

const receiptsJson = sql`(select json_agg(json_build_object('messageId', m.id, 'senderId', m.sender_id)
  order by m.message_no) from messages m where m.id = any(l.receipts))`;

const reactionJson = sql`(select json_build_object('reactionId', x.id, 'emoji', x.emoji)
  from reactions x where x.id = l.reaction_id)`;
