// Who wants to hear of something while away: the rules, in SQL, for both moments at which they are asked.

import { sql, type RawBuilder } from 'kysely';
import type { Moment } from '../ids.ts';
import { notificationSwitch } from './settings.ts';

/** What somebody can be notified of in a conversation. */
export type ConversationNoticeKind = 'new_message' | 'group_invite';

/** Nobody is told of what is older than this, in milliseconds: the server was down, or the vendor was. */
export const longestNews = 86_400_000;

/**
 * Joins what `wantsToKnow` looks at. One look-up a row, whatever the planner makes of tables it has no statistics of:
 * `offset 0` keeps it from joining them the other way round, which took seconds for a large channel.
 */
export function circumstances(conversation: string, account: string, message: string): RawBuilder<unknown> {
  return sql`
    cross join lateral (select * from memberships
      where conversation_id = ${sql.ref(conversation)} and account_id = ${sql.ref(account)} offset 0) s
    cross join lateral (select * from accounts where id = ${sql.ref(account)} offset 0) a
    cross join lateral (select * from conversations where id = ${sql.ref(conversation)} offset 0) c
    left join lateral (select * from messages where id = ${sql.ref(message)} offset 0) m on true`;
}

/** True if account `a` is reached at device `d`, and wants to be told of anything at all. */
export function isReachable(now: Moment): RawBuilder<boolean> {
  return sql<boolean>`(d.retired_at is null and d.account_id = a.id
    and not exists (select 1 from sessions e where e.id = d.session_id and e.ended_at is not null)
    and a.deleted_at is null and a.disabled_at is null and a.deactivated_at is null
    and (a.standing <> 'BANNED' or a.banned_until <= ${new Date(now)})
    and ${notificationSwitch('a.id', 'enabled')})`;
}

/**
 * True for a recipient who wants to know, asked twice: when a delivery is planned, and again at each attempt, since a
 * message may have been read, deleted or muted meanwhile. Over the aliases of `circumstances`, `s` (the
 * recipient's membership), `a` (their account), `c` (the conversation) and `m` (the message; null for an invitation), and
 * `d` (their device); `by` is who caused it.
 *
 * Archived conversations notify; system messages and what one has read, hidden or cleared do not. Blocks count both ways.
 */
export function wantsToKnow(by: string, now: Moment): RawBuilder<boolean> {
  const at = new Date(now);
  return sql<boolean>`(s.account_id <> ${sql.ref(by)} and s.left_at is null and c.deleted_at is null
    and ${isReachable(now)}
    and not exists (select 1 from blocks b where (b.blocker_id = s.account_id and b.blocked_id = ${sql.ref(by)})
      or (b.blocker_id = ${sql.ref(by)} and b.blocked_id = s.account_id))
    and (c.kind = 'direct' or ${notificationSwitch('s.account_id', 'groups')})
    and (m.id is null or (
      m.deleted_at is null and m.kind <> 'system' and m.created_at > ${new Date(now - longestNews)}
      and m.message_no > s.read_no and m.message_no > s.cleared_no and not c.mute_notifications
      and (s.muted_at is null or s.muted_until <= ${at}) and coalesce(s.muted_until <= ${at}, true)
      and not exists (select 1 from message_reads r where r.conversation_id = m.conversation_id
        and r.account_id = s.account_id and r.message_no = m.message_no)
      and not exists (select 1 from message_hides h where h.conversation_id = m.conversation_id
        and h.account_id = s.account_id and h.message_no = m.message_no)
      and ${notificationSwitch('s.account_id', 'messages')})))`;
}
