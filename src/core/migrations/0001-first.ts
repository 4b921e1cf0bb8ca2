// Every field that any of the four contracts puts on people, sessions, conversations, memberships, messages, receipts
// and codes: a later dialect needs new tables, not changed ones. `bigint` ids stay below 2^53; times are `timestamptz`.

import { sql, type Kysely } from 'kysely';

const statements = [
  // What the server made for itself: secrets, the id key, the log's epoch, cursors.
  sql`create table server_values (
    name text primary key,
    value text not null
  )`,

  sql`create table accounts (
    id bigint generated always as identity primary key,
    username text not null,
    username_chosen boolean not null default false,
    email text,
    email_dialects text[] not null default '{}',
    email_verified_at timestamptz,
    phone text,
    phone_verified_at timestamptz,
    password_hash text,
    password_session_id bigint,
    password_changed_at timestamptz,
    display_name text,
    first_name text,
    last_name text,
    bio text,
    avatar_url text,
    avatar_thumbnail_url text,
    social_links jsonb not null default '{}',
    location text,
    website text,
    date_of_birth timestamptz,
    status text not null default 'offline',
    status_message text,
    language text,
    metadata jsonb,
    standing_role text not null default 'REGULAR',
    is_superuser boolean not null default false,
    badge_status text not null default 'none',
    subscription_plan text not null default 'free',
    subscription_expires_at timestamptz,
    show_online_status boolean not null default true,
    show_last_seen boolean not null default true,
    show_profile_photo boolean not null default true,
    show_read_receipts boolean not null default true,
    disabled_at timestamptz,
    access_changed_at timestamptz,
    deactivated_at timestamptz,
    standing text not null default 'ACTIVE',
    banned_until timestamptz,
    last_seen_at timestamptz,
    created_in text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
  )`,
  sql`create unique index accounts_username on accounts (lower(username)) where deleted_at is null`,
  sql`create unique index accounts_email on accounts (lower(email)) where deleted_at is null and email is not null`,
  sql`create unique index accounts_phone on accounts (phone) where deleted_at is null and phone is not null`,

  sql`create index accounts_access_changed on accounts (access_changed_at) where access_changed_at is not null`,

  sql`create table sessions (
    id bigint generated always as identity primary key,
    account_id bigint not null references accounts,
    dialect text not null,
    device text,
    address text,
    expires_at timestamptz not null,
    ended_at timestamptz,
    end_reason text,
    last_used_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  sql`create index sessions_account on sessions (account_id) where ended_at is null`,
  sql`create index sessions_ended on sessions (ended_at) where ended_at is not null`,

  sql`create table refresh_tokens (
    id bigint generated always as identity primary key,
    session_id bigint not null references sessions on delete cascade,
    token_hash text not null unique,
    expires_at timestamptz not null,
    used_at timestamptz,
    created_at timestamptz not null default now()
  )`,
  sql`create index refresh_tokens_session on refresh_tokens (session_id)`,

  // A code is never stored: it is derived from the row's nonce and the server's secret.
  sql`create table codes (
    id bigint generated always as identity primary key,
    phone text not null,
    purpose text not null,
    nonce text not null,
    address text not null,
    failures integer not null default 0,
    expires_at timestamptz not null,
    used_at timestamptz,
    created_at timestamptz not null default now()
  )`,
  sql`create index codes_phone on codes (phone, purpose, id desc)`,
  sql`create index codes_address on codes (address, created_at)`,

  sql`create table blocks (
    blocker_id bigint not null references accounts,
    blocked_id bigint not null references accounts,
    created_at timestamptz not null default now(),
    primary key (blocker_id, blocked_id)
  )`,
  sql`create index blocks_blocked on blocks (blocked_id)`,

  // last_message_no and last_change_no are dense; log_xid keeps the log in change_no order (see core/log.ts).
  // is_blocked: one side of this direct conversation blocks the other; on the row, so that the row's lock covers it.
  sql`create table conversations (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('direct', 'group', 'channel')),
    direct_key text unique,
    name text,
    description text,
    avatar_url text,
    created_by bigint references accounts,
    created_in text not null,
    is_public boolean not null default false,
    is_blocked boolean not null default false,
    only_admins_can_post boolean not null default false,
    only_admins_can_edit_info boolean not null default true,
    allow_member_invites boolean not null default true,
    require_admin_approval boolean not null default false,
    mute_notifications boolean not null default false,
    theme_color text,
    invite_code text unique,
    invite_enabled boolean not null default true,
    last_message_no bigint not null default 0,
    last_change_no bigint not null default 0,
    log_xid bigint not null default 0,
    membership_version bigint not null default 1,
    last_message_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
  )`,
  sql`create unique index conversations_channel_name on conversations (name)
    where kind = 'channel' and created_in = 'pythia' and deleted_at is null`,

  // One row per person, ended by left_at, never deleted. read_no, delivered_no, cleared_no and hidden_no are marks by
  // message_no: everything at or under them.
  sql`create table memberships (
    id bigint generated always as identity primary key,
    conversation_id bigint not null references conversations,
    account_id bigint not null references accounts,
    role text not null default 'MEMBER',
    read_no bigint not null default 0,
    read_at timestamptz,
    delivered_no bigint not null default 0,
    cleared_no bigint not null default 0,
    hidden_no bigint,
    archived_at timestamptz,
    muted_at timestamptz,
    muted_until timestamptz,
    favourite_at timestamptz,
    pinned_at timestamptz,
    joined_at timestamptz not null default now(),
    left_at timestamptz,
    unique (conversation_id, account_id)
  )`,
  sql`create index memberships_account on memberships (account_id, conversation_id) where left_at is null`,

  // No foreign keys here: each costs the hot path 3 to 5 µs, and rows are only ever written under the gate.
  sql`create table messages (
    id bigint generated always as identity primary key,
    conversation_id bigint not null,
    message_no bigint not null,
    sender_id bigint not null,
    kind text not null default 'text',
    content text not null default '',
    media_url text,
    thumbnail_url text,
    media_seconds integer,
    file_name text,
    file_size bigint,
    metadata jsonb,
    reply_to_id bigint,
    label text,
    is_forwarded boolean not null default false,
    is_encrypted boolean not null default false,
    envelope jsonb,
    sent_in text not null,
    idempotency_key text,
    request_hash text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    edited_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    deleted_at timestamptz,
    deleted_by bigint
  )`,
  // Unread counts read this index alone: sender and deletion are in it.
  sql`create unique index messages_order on messages (conversation_id, message_no) include (sender_id, deleted_at)`,
  // Totals are derived: all, less the deleted.
  sql`create index messages_deleted on messages (conversation_id, message_no) where deleted_at is not null`,
  sql`create unique index messages_key on messages (sender_id, idempotency_key) where idempotency_key is not null`,
  sql`create index messages_label on messages (label) where label is not null`,

  // Single messages read above the reader's mark; folded into the mark when contiguous.
  sql`create table message_reads (
    account_id bigint not null,
    conversation_id bigint not null,
    message_no bigint not null,
    read_at timestamptz not null default now(),
    primary key (conversation_id, account_id, message_no)
  )`,
  sql`create table message_hides (
    account_id bigint not null,
    conversation_id bigint not null,
    message_no bigint not null,
    created_at timestamptz not null default now(),
    primary key (conversation_id, account_id, message_no)
  )`,
  sql`create table stars (
    account_id bigint not null,
    message_id bigint not null,
    conversation_id bigint not null,
    created_at timestamptz not null default now(),
    primary key (account_id, message_id)
  )`,

  // The log: one row per durable change, no content. Ordered by (xid, id) inside an epoch; moving to another database
  // bumps the epoch's default.
  sql`create table changes (
    epoch integer not null default 1,
    xid bigint not null,
    id bigint generated always as identity,
    conversation_id bigint,
    account_id bigint,
    change_no bigint,
    kind text not null,
    message_id bigint,
    receipts bigint[],
    subjects bigint[],
    created_at timestamptz not null default now(),
    primary key (epoch, xid, id)
  )`,
  sql`create index changes_conversation on changes (conversation_id, xid, id) where change_no is not null`,
  sql`create index changes_account on changes (account_id, xid, id) where account_id is not null`,

  sql`create table idempotency_keys (
    account_id bigint not null,
    key text not null,
    route text not null,
    request_hash text not null,
    result jsonb,
    created_at timestamptz not null default now(),
    primary key (account_id, key)
  )`,
  sql`create index idempotency_keys_age on idempotency_keys (created_at)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
