// Codes sent by mail, what people did with their accounts, calls that a process which died may have left behind, and how
// old crossings are.

import { sql, type Kysely } from 'kysely';

const statements = [
  // As with phones, a code is never stored: it is derived from the row's nonce and the server's secret.
  sql`create table email_codes (
    id bigint generated always as identity primary key,
    account_id bigint not null references accounts,
    email text not null,
    nonce text not null,
    failures integer not null default 0,
    expires_at timestamptz not null,
    used_at timestamptz,
    created_at timestamptz not null default now()
  )`,
  sql`create index email_codes_account on email_codes (account_id, id desc)`,
  sql`create index email_codes_email on email_codes (lower(email), created_at)`,
  sql`create index email_codes_age on email_codes (created_at)`,

  sql`alter table deliveries drop constraint deliveries_service_check`,
  sql`alter table deliveries add constraint deliveries_service_check
    check (service in ('app', 'browser', 'sms', 'mail'))`,
  sql`create unique index deliveries_email_code on deliveries (subject_id) where service = 'mail'`,

  sql`create table activities (
    id bigint generated always as identity primary key,
    account_id bigint not null references accounts,
    action text not null,
    created_at timestamptz not null default now()
  )`,
  sql`create index activities_account on activities (account_id, id desc)`,

  sql`create index geofence_events_age on geofence_events (created_at)`,

  // Who shows a file, by the last part of its address: asked when its owner is deleted.
  sql`create index messages_media on messages (substring(media_url from '([^/?#]+)(?:[?#].*)?$')) where media_url is not null`,

  // deserted_at: since when perhaps nobody is in it any more.
  sql`alter table calls add column deserted_at timestamptz`,
  sql`create index calls_ongoing on calls (id) where status = 'ongoing'`,
  sql`create index calls_deserted on calls (deserted_at) where deserted_at is not null and status = 'ongoing'`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
