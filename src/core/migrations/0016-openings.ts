// That a public channel opened is news to everybody, and no longer the first change of the channel's own order, which
// only those who are in it follow.

import { sql, type Kysely } from 'kysely';

const opened = sql`l.kind = 'conversation.created' and c.id = l.conversation_id and c.kind = 'channel' and c.is_public`;

const statements = [
  sql`delete from changes l using conversations c where ${opened} and l.account_id is not null`,
  sql`update changes l set change_no = null from conversations c where ${opened} and l.change_no is not null`,
  sql`drop index changes_opened`,
  sql`create index changes_public on changes (epoch, xid, id) where account_id is null and change_no is null`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
