// The search index, apart from the messages: it follows the log and may be made again from nothing.

import { sql, type Kysely } from 'kysely';

const statements = [
  // How far each follower of the log has come: everything below (epoch, xid, id) is done.
  sql`create table followers (
    name text primary key,
    epoch integer not null default 0,
    xid bigint not null default 0,
    id bigint not null default 0
  )`,
  sql`insert into followers (name) values ('search')`,
  // words: what the text is found by; the conversation is one of them, so that one index answers both.
  sql`create table search_entries (
    message_id bigint primary key,
    conversation_id bigint not null,
    text text not null,
    words tsvector not null
  )`,
  sql`create index search_entries_words on search_entries using gin (words)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
