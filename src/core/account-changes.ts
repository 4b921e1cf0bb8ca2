// What happened to an account, as the operator reads it: kinds, ids and times of the log, never content.

import { sql } from 'kysely';
import { noSuchPerson } from './accounts/people.ts';
import { requireSuperuser } from './accounts/superusers.ts';
import { pageOf, progressOf, stateOf, type LogState } from './catch-up.ts';
import type { Asking, Member } from './context.ts';
import type { EventType } from './events.ts';
import type { AccountId, ConversationId, MessageId, Moment } from './ids.ts';
import type { ChangeDetail, LogPosition } from './log.ts';
import { moment } from './sql.ts';

export interface LoggedChange {
  kind: EventType;
  at: Moment;
  /** In whose stream it is: the account's own, or that of a conversation it is in. */
  stream: 'own' | 'conversation';
  conversationId: ConversationId | null;
  changeNo: number | null;
  messageId: MessageId | null;
  by: AccountId | null;
  concerning: AccountId[];
  detail: ChangeDetail | null;
}

export interface LoggedChanges {
  /** The log does not reach back to `after`: go on from `position`. */
  trimmed: boolean;
  changes: LoggedChange[];
  position: LogPosition;
  more: boolean;
}

/**
 * The changes that the account may hear (`catch-up.ts`), in the order of the log; `after` null: from its beginning. What
 * stands in two streams is there twice. Throws `forbidden` (`not_a_superuser`) and `not_found` (`no_such_person`).
 */
export async function changesOf(
  asking: Asking<Member>,
  input: { account: AccountId; after: LogPosition | null; limit: number },
): Promise<LoggedChanges> {
  const { db } = asking;
  const { account, limit } = input;
  await requireSuperuser(db, asking.actor);
  const found = await db
    .selectFrom('accounts')
    .innerJoin('followers', (join) => join.on('followers.name', '=', 'trimming'))
    .select(['followers.epoch', 'followers.xid', 'followers.id'])
    .where('accounts.id', '=', account)
    .executeTakeFirst();
  if (!found) throw noSuchPerson();
  const after = input.after ?? found;
  const { rows } = await sql<LogState & { changes: LoggedChange[] | null }>`${pageOf(account, after, limit, 'settled')}
    select ${stateOf(after)}, (select json_agg(json_build_object('kind', l.kind, 'at', ${moment('l.created_at')},
        'stream', case when l.own is null then 'conversation' else 'own' end, 'conversationId', l.conversation_id,
        'changeNo', l.change_no, 'messageId', l.message_id, 'by', coalesce(l.subjects[1], m.sender_id),
        'concerning', coalesce(to_json(l.subjects[2:]), '[]'), 'detail', l.detail - 'xid' - 'id')
        order by l.epoch, l.xid, l.id)
      from entry l left join messages m on m.id = l.message_id) as changes`.execute(db);
  const page = rows[0]!;
  const progress = progressOf(page, limit);
  return { ...progress, changes: progress.trimmed ? [] : (page.changes ?? []) };
}
