// Announcements, and notifications of what is no message: calls, shared places, fences.

import { sql, type Kysely } from 'kysely';

const statements = [
  // What a row of an account's own stream is about: a call, a share, or a crossing.
  sql`alter table changes add column subject_id bigint`,

  // The language the device asked for when it registered: one of the catalogue's.
  sql`alter table devices add column language text`,

  // What somebody has sent to devices in so many words. recipients null: everybody. reached, upto: the accounts up to the
  // one are in the ledger, those up to the other will be. translations: {language: {title, body}} beside title and body.
  sql`create table announcements (
    id bigint generated always as identity primary key,
    account_id bigint not null references accounts,
    is_official boolean not null,
    recipients bigint[],
    platforms text[],
    type text not null,
    category text,
    title text not null,
    body text not null,
    translations jsonb,
    data jsonb,
    image_url text,
    click_action text,
    urgency text not null default 'normal' check (urgency in ('low', 'normal', 'high')),
    reached bigint not null default 0,
    upto bigint not null,
    scheduled_at timestamptz,
    created_at timestamptz not null default now(),
    finished_at timestamptz
  )`,
  sql`create index announcements_age on announcements (created_at)`,

  sql`create index deliveries_announced on deliveries (subject_id, state) where kind = 'announcement'`,
  sql`create index deliveries_account on deliveries (account_id, created_at) where device_id is not null`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
