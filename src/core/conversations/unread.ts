// Unread counts are derived, never counters that drift (DECISIONS 21).

import { sql, type RawBuilder } from 'kysely';
import type { AccountId } from '../ids.ts';

/** Beyond this many messages after the mark, counting stops. */
const mostCounted = 1000;

/**
 * How many messages of conversation `c` the viewer, whose membership is `m`, has not read: after the mark and after
 * the viewer's own last message (who writes has read), not the viewer's, not deleted, hidden or singly read. Reads one
 * index, newest first.
 */
export function unreadCount(viewer: AccountId): RawBuilder<number> {
  return sql<number>`(
    select count(*) from (
      select n.message_no, n.sender_id, n.deleted_at,
        max(n.message_no) filter (where n.sender_id = ${viewer}) over () as own_no
      from (select message_no, sender_id, deleted_at from messages
        where conversation_id = c.id and message_no > greatest(m.read_no, m.cleared_no)
        order by message_no desc limit ${mostCounted}) n) u
    where u.sender_id <> ${viewer} and u.deleted_at is null and u.message_no > coalesce(u.own_no, 0)
      and not exists (select 1 from message_reads d where d.conversation_id = c.id and d.account_id = ${viewer}
        and d.message_no = u.message_no)
      and not exists (select 1 from message_hides h where h.conversation_id = c.id and h.account_id = ${viewer}
        and h.message_no = u.message_no))`;
}
