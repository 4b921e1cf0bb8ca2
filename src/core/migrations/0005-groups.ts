// What groups bring (invite codes, events, requests to join), and what people set on their accounts: a second factor,
// a request for the badge, the public keys of their devices.

import { sql, type Kysely } from 'kysely';

const statements = [
  // Groups made before they had codes. The first twelve digits of a version-4 UUID are random.
  sql`update conversations set invite_code = left(replace(gen_random_uuid()::text, '-', ''), 12)
    where kind = 'group' and invite_code is null`,
  sql`create unique index memberships_founder on memberships (conversation_id)
    where role = 'FOUNDER' and left_at is null`,

  sql`create table join_requests (
    conversation_id bigint not null references conversations,
    account_id bigint not null references accounts,
    created_at timestamptz not null,
    primary key (conversation_id, account_id)
  )`,

  sql`create table group_events (
    id bigint generated always as identity primary key,
    conversation_id bigint not null references conversations,
    title text not null,
    description text,
    location text,
    start_at timestamptz not null,
    end_at timestamptz,
    is_online boolean not null,
    meeting_link text,
    max_attendees integer,
    created_by bigint not null references accounts,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz
  )`,
  sql`create index group_events_conversation on group_events (conversation_id, start_at) where deleted_at is null`,
  sql`create table event_answers (
    event_id bigint not null references group_events,
    account_id bigint not null references accounts,
    status text not null check (status in ('going', 'maybe', 'not_going')),
    updated_at timestamptz not null,
    primary key (event_id, account_id)
  )`,

  // secret: sealed under the server's own. last_step: no code of this half minute or before is good any more.
  sql`create table two_factor (
    account_id bigint primary key references accounts,
    secret text not null,
    enabled_at timestamptz,
    last_step bigint not null default 0,
    failures integer not null default 0,
    failing_since timestamptz,
    created_at timestamptz not null
  )`,
  sql`create table backup_codes (
    account_id bigint not null references accounts,
    code_hash text not null,
    used_at timestamptz,
    primary key (account_id, code_hash)
  )`,

  sql`create table badge_requests (
    id bigint generated always as identity primary key,
    account_id bigint not null references accounts,
    full_name text not null,
    reason text not null,
    social_proof text,
    created_at timestamptz not null
  )`,
  sql`create index badge_requests_account on badge_requests (account_id, id desc)`,

  sql`create table device_keys (
    account_id bigint not null references accounts,
    device_id text not null,
    algorithm text not null,
    public_key text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (account_id, device_id)
  )`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
