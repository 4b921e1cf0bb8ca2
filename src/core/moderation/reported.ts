// What a report is about, as superusers see it: the message it points at, among what was said around it.

import { sql } from 'kysely';
import { requireSuperuser } from '../accounts/superusers.ts';
import type { Asking, Member } from '../context.ts';
import type { AccountId, ConversationId, MessageId, Moment, ReportId } from '../ids.ts';
import type { MessageKind } from '../messages/shape.ts';
import { moment } from '../sql.ts';
import { noSuchReport } from './reports.ts';

/** So many before the message, and so many after. */
const around = 5;

interface Named {
  id: AccountId;
  username: string;
}

export interface Said {
  id: MessageId;
  sender: Named;
  kind: MessageKind;
  /** Null: sealed, or deleted since. */
  content: string | null;
  mediaUrl: string | null;
  createdAt: Moment;
  isReported: boolean;
}

export interface Reported {
  account: Named | null;
  conversation: { id: ConversationId; kind: 'direct' | 'group' | 'channel'; name: string | null } | null;
  /** Oldest first; none where no message is reported. */
  messages: Said[];
}

/**
 * For a superuser: the reported message and those next to it, which nobody but the people of the conversation sees
 * otherwise. Throws `forbidden` (`not_a_superuser`) and `not_found` (`no_such_report`).
 */
export async function reported(asking: Asking<Member>, input: { id: ReportId }): Promise<Reported> {
  await requireSuperuser(asking.db, asking.actor);
  const { rows } = await sql<Reported>`
    select
      (select json_build_object('id', a.id, 'username', a.username) from accounts a where a.id = r.account_id) as account,
      (select json_build_object('id', c.id, 'kind', c.kind, 'name', c.name)
        from conversations c where c.id = r.conversation_id) as conversation,
      coalesce((select json_agg(json_build_object('id', m.id,
          'sender', json_build_object('id', s.id, 'username', s.username), 'kind', m.kind,
          'content', case when m.deleted_at is null and not m.is_encrypted then m.content end,
          'mediaUrl', case when m.deleted_at is null and not m.is_encrypted then m.media_url end,
          'createdAt', ${moment('m.created_at')}, 'isReported', m.id = r.message_id) order by m.message_no)
        from messages x join messages m on m.conversation_id = x.conversation_id
          and m.message_no between x.message_no - ${around} and x.message_no + ${around}
        join accounts s on s.id = m.sender_id
        where x.id = r.message_id), '[]'::json) as messages
    from reports r where r.id = ${input.id}`.execute(asking.db);
  if (!rows[0]) throw noSuchReport();
  return rows[0];
}
