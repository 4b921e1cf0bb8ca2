// Calls and who takes part in them.

import { sql, type Kysely } from 'kysely';

const statements = [
  sql`create table calls (
    id bigint generated always as identity primary key,
    channel_name text not null unique,
    kind text not null check (kind in ('video', 'audio')),
    status text not null default 'initiated' check (status in ('initiated', 'ongoing', 'ended')),
    initiated_by bigint not null references accounts,
    is_group boolean not null default false,
    ring_until timestamptz not null,
    started_at timestamptz not null default now(),
    answered_at timestamptz,
    ended_at timestamptz,
    ended_by bigint,
    end_reason text
  )`,
  sql`create index calls_ringing on calls (ring_until) where status = 'initiated'`,

  // joined_at null: invited, has not answered. uid is the person's number inside the call, for vendors that want one.
  sql`create table call_participants (
    id bigint generated always as identity primary key,
    call_id bigint not null references calls,
    account_id bigint not null references accounts,
    uid integer not null,
    invited_at timestamptz not null,
    joined_at timestamptz,
    left_at timestamptz,
    quality_rating integer,
    unique (call_id, account_id)
  )`,
  sql`create index call_participants_account on call_participants (account_id, call_id desc)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
