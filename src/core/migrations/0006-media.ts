// Files people share, and the leave to bring one.

import { sql, type Kysely } from 'kysely';

const statements = [
  // name: random, since whoever knows it may read the file. deleted_at: its bytes are being removed.
  sql`create table media (
    id bigint generated always as identity primary key,
    account_id bigint not null references accounts,
    name text not null unique,
    key text not null unique,
    kind text not null check (kind in ('image', 'video', 'audio', 'document')),
    type text not null,
    file_name text not null,
    size bigint not null,
    width integer,
    height integer,
    seconds integer,
    thumbnail_key text,
    thumbnail_size bigint,
    created_at timestamptz not null default now(),
    deleted_at timestamptz
  )`,
  sql`create index media_account on media (account_id, id)`,

  // One row for each file on its way, until the job that was promised with it has looked after what is left.
  sql`create table uploads (
    id bigint generated always as identity primary key,
    account_id bigint not null references accounts,
    incoming_key text not null unique,
    name text not null unique,
    key text not null unique,
    file_name text not null,
    type text not null,
    expires_at timestamptz not null,
    media_id bigint references media on delete set null,
    created_at timestamptz not null default now()
  )`,
  sql`create index uploads_account on uploads (account_id) where media_id is null`,
  sql`create index uploads_media on uploads (media_id) where media_id is not null`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
