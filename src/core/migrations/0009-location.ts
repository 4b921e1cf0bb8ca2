// Where people are, whom they show it to, and the fences around places.

import { sql, type Kysely } from 'kysely';

const statements = [
  sql`create table location_points (
    id bigint generated always as identity primary key,
    account_id bigint not null references accounts,
    latitude double precision not null,
    longitude double precision not null,
    accuracy double precision,
    altitude double precision,
    speed double precision,
    heading double precision,
    address text,
    device_at timestamptz not null,
    created_at timestamptz not null default now()
  )`,
  sql`create index location_points_account on location_points (account_id, id desc)`,
  sql`create index location_points_age on location_points (created_at)`,

  // The latest position of each account, by the device's clock; its tenth-of-a-degree cell is what nearby looks up.
  sql`create table current_locations (
    account_id bigint primary key references accounts,
    point_id bigint not null,
    latitude double precision not null,
    longitude double precision not null,
    cell_y integer not null,
    cell_x integer not null,
    device_at timestamptz not null,
    created_at timestamptz not null
  )`,
  sql`create index current_locations_cell on current_locations (cell_y, cell_x)`,

  // target_account_id and target_conversation_id both null: a public share.
  sql`create table location_shares (
    id bigint generated always as identity primary key,
    account_id bigint not null references accounts,
    target_account_id bigint references accounts,
    target_conversation_id bigint references conversations,
    precision text not null default 'exact' check (precision in ('exact', 'street', 'district')),
    expires_at timestamptz,
    duration_minutes integer,
    is_live boolean not null default true,
    update_interval integer not null default 30,
    created_at timestamptz not null default now(),
    stopped_at timestamptz
  )`,
  sql`create index location_shares_account on location_shares (account_id) where stopped_at is null`,
  sql`create index location_shares_target on location_shares (target_account_id) where stopped_at is null`,
  sql`create index location_shares_expiry on location_shares (expires_at) where stopped_at is null`,

  sql`create table geofences (
    id bigint generated always as identity primary key,
    account_id bigint not null references accounts,
    name text not null,
    description text,
    latitude double precision not null,
    longitude double precision not null,
    radius_meters integer not null,
    notify_on_entry boolean not null default true,
    notify_on_exit boolean not null default true,
    is_active boolean not null default true,
    is_inside boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
  )`,
  sql`create index geofences_account on geofences (account_id) where deleted_at is null`,

  sql`create table geofence_events (
    id bigint generated always as identity primary key,
    geofence_id bigint not null references geofences,
    account_id bigint not null,
    kind text not null check (kind in ('entry', 'exit')),
    latitude double precision not null,
    longitude double precision not null,
    accuracy double precision,
    created_at timestamptz not null default now()
  )`,
  sql`create index geofence_events_account on geofence_events (account_id, id desc)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
