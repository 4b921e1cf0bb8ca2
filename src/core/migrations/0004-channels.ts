// What channels bring: mentions, reactions, roles above membership, and what moderators did.

import { sql, type Kysely } from 'kysely';

const statements = [
  // No foreign keys on what hangs on messages, as there.
  sql`create table mentions (
    message_id bigint not null,
    account_id bigint not null,
    conversation_id bigint not null,
    created_at timestamptz not null default now(),
    primary key (message_id, account_id)
  )`,
  sql`create index mentions_account on mentions (account_id, created_at desc, message_id desc)`,

  // A row that was taken back stays, so that the log can still say which one it was.
  sql`create table reactions (
    id bigint generated always as identity primary key,
    message_id bigint not null,
    account_id bigint not null,
    emoji text not null,
    created_at timestamptz not null default now(),
    removed_at timestamptz
  )`,
  sql`create unique index reactions_one on reactions (message_id, account_id, emoji) where removed_at is null`,
  sql`create index reactions_account on reactions (account_id, created_at) where removed_at is null`,
  sql`alter table changes add column reaction_id bigint`,

  sql`create index conversations_public on conversations (created_at, id)
    where kind = 'channel' and is_public and deleted_at is null`,

  // MODERATOR, ADMIN, SUPER_ADMIN; everywhere, or in one conversation.
  sql`create table moderator_roles (
    account_id bigint not null references accounts,
    conversation_id bigint references conversations,
    role text not null,
    granted_by bigint references accounts,
    created_at timestamptz not null default now()
  )`,
  sql`create unique index moderator_roles_one on moderator_roles (account_id, coalesce(conversation_id, 0))`,

  sql`create table moderation_actions (
    id bigint generated always as identity primary key,
    admin_id bigint not null references accounts,
    action_type text not null,
    target_type text not null,
    target_id bigint not null,
    reason text,
    metadata jsonb,
    created_at timestamptz not null default now()
  )`,
  sql`create index moderation_actions_admin on moderation_actions (admin_id, id desc)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
