// What makes every change tellable again: what a row of the log is about, since when one is in a conversation, and how
// far the log has been trimmed.

import { sql, type Kysely } from 'kysely';

const statements = [
  // Switches and ids that no column holds, never content. In an account's own stream `{"xid", "id"}` is the conversation's
  // row that tells the same change.
  sql`alter table changes add column detail jsonb`,
  // Ids of transactions begin anew with each epoch.
  sql`drop index changes_conversation`,
  sql`create index changes_conversation on changes (conversation_id, epoch, xid, id) where change_no is not null`,
  sql`drop index changes_account`,
  sql`create index changes_account on changes (account_id, epoch, xid, id) where account_id is not null`,
  // Channels that everybody may find are news to everybody.
  sql`create index changes_opened on changes (epoch, xid, id) where kind = 'conversation.created' and change_no is not null`,

  // The change by which this person last came in: what happened before, or while they were out, is not told to them.
  sql`alter table memberships add column joined_no bigint not null default 0`,
  sql`update memberships m set joined_no = j.no from (
      select l.conversation_id, s.account_id, max(l.change_no) as no
      from changes l cross join unnest(l.subjects[2:]) s(account_id)
      where l.kind = 'members.joined' and l.change_no is not null group by 1, 2) j
    where m.conversation_id = j.conversation_id and m.account_id = j.account_id`,

  // Everything at or under this position has been removed.
  sql`insert into followers (name) values ('trimming')`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
