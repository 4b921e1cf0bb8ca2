// Roles, reports, and the indexes behind lists of direct messages.

import { sql, type Kysely } from 'kysely';

const statements = [
  sql`create table roles (
    id bigint generated always as identity primary key,
    name text not null unique,
    description text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  sql`create table account_roles (
    account_id bigint not null references accounts on delete cascade,
    role_id bigint not null references roles on delete cascade,
    created_at timestamptz not null default now(),
    primary key (account_id, role_id)
  )`,
  sql`create index account_roles_role on account_roles (role_id)`,

  // message_id, conversation_id and account_id: what the report points at, if at anything.
  sql`create table reports (
    id bigint generated always as identity primary key,
    reporter_id bigint not null references accounts on delete cascade,
    title text not null,
    content text not null,
    status text not null default 'open' check (status in ('open', 'in_progress', 'resolved')),
    comment text,
    resolved_at timestamptz,
    resolved_by bigint references accounts on delete set null,
    message_id bigint,
    conversation_id bigint,
    account_id bigint,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  sql`create index reports_reporter on reports (reporter_id, id desc)`,
  sql`create index reports_status on reports (status, id desc)`,

  // A label is only ever looked for inside one conversation, there newest first.
  sql`drop index messages_label`,
  sql`create index messages_label on messages (conversation_id, label, message_no)
    include (sender_id, deleted_at) where label is not null`,

  // An inbound text message is matched by the digits of its sender's number alone.
  sql`create index accounts_phone_digits on accounts (regexp_replace(phone, '\\D', '', 'g'))
    where deleted_at is null and phone is not null`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
