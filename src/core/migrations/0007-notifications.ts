// Devices and what was sent to them, settings screens, and what one-time codes are capped by.

import { sql, type Kysely } from 'kysely';

const statements = [
  // address: the token of an app, or the URL that a browser subscribed at, whose messages are encrypted to its keys.
  // failures: attempts in a row whose outcome nobody knows.
  sql`create table devices (
    id bigint generated always as identity primary key,
    account_id bigint not null references accounts,
    session_id bigint,
    dialect text not null,
    platform text not null check (platform in ('ios', 'android', 'web')),
    address text not null unique,
    keys jsonb,
    device_id text,
    app_version text,
    device_name text,
    os_version text,
    failures integer not null default 0,
    last_used_at timestamptz not null default now(),
    retired_at timestamptz,
    retire_reason text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  sql`create index devices_account on devices (account_id, last_used_at) where retired_at is null`,
  sql`create index devices_retired on devices (retired_at) where retired_at is not null`,

  // One JSON document per account and screen, checked by the dialect or the core that owns the screen.
  sql`create table account_settings (
    account_id bigint not null references accounts,
    screen text not null,
    document jsonb not null,
    updated_at timestamptz not null default now(),
    primary key (account_id, screen)
  )`,

  // The ledger: one row per device and subject, or per one-time code, whatever the number of attempts. No content, no
  // token, no number. subject_id: a message, a row of the log (an invitation), or a code.
  sql`create table deliveries (
    id bigint generated always as identity primary key,
    service text not null check (service in ('app', 'browser', 'sms')),
    adapter text,
    kind text not null,
    subject_id bigint not null,
    device_id bigint,
    account_id bigint,
    conversation_id bigint,
    caused_by bigint,
    state text not null,
    attempts integer not null default 0,
    outcome text,
    vendor_id text,
    due_at timestamptz,
    claimed_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  sql`create unique index deliveries_device on deliveries (device_id, kind, subject_id) where device_id is not null`,
  sql`create unique index deliveries_code on deliveries (subject_id) where service = 'sms'`,
  sql`create index deliveries_due on deliveries (service, due_at, id) where state = 'waiting'`,
  sql`create index deliveries_under_way on deliveries (claimed_at) where state = 'sending'`,
  sql`create index deliveries_open on deliveries (device_id, id) where state in ('waiting', 'sending')`,
  sql`create index deliveries_age on deliveries (created_at)`,

  // part: how far, by account, the row after the position is done; a large audience takes several steps.
  sql`alter table followers add column part bigint not null default 0`,
  // From here on: nobody wants to be told of what happened before.
  sql`insert into followers (name, epoch, xid, id)
    select 'notifications', coalesce(l.epoch, 0), coalesce(l.xid, 0), coalesce(l.id, 0)
    from (select 1) one left join lateral (
      select epoch, xid, id from changes order by epoch desc, xid desc, id desc limit 1) l on true`,

  // region: the country's calling code, or a number's first digits.
  sql`alter table codes add column region text not null default ''`,
  sql`create index codes_age on codes (created_at, region)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
