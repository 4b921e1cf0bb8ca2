// Every attempt to deliver something, deliveries to a receiver of the operator's, and what keeps requests that are made
// again.

import { sql, type Kysely } from 'kysely';

const statements = [
  // What became of each attempt. asked_by: the superuser who asked for it again.
  sql`create table delivery_attempts (
    delivery_id bigint not null references deliveries on delete cascade,
    no integer not null,
    adapter text,
    asked_by bigint,
    began_at timestamptz not null,
    ended_at timestamptz,
    outcome text,
    reason text,
    vendor_id text,
    primary key (delivery_id, no)
  )`,
  // Of the attempt that waits.
  sql`alter table deliveries add column asked_by bigint`,
  sql`insert into delivery_attempts (delivery_id, no, adapter, began_at, ended_at, outcome, reason, vendor_id)
    select id, attempts, adapter, coalesce(claimed_at, created_at), case when state <> 'sending' then updated_at end,
      case state when 'sending' then null when 'waiting' then 'later' when 'given_up' then 'later' else state end,
      outcome, vendor_id
    from deliveries where attempts > 0`,

  sql`alter table deliveries drop constraint deliveries_service_check`,
  sql`alter table deliveries add constraint deliveries_service_check
    check (service in ('app', 'browser', 'sms', 'mail', 'webhook'))`,
  // subject_id: the log's row. Deliveries of one conversation, or of one account besides, go out one after the other.
  sql`create unique index deliveries_webhook on deliveries (subject_id) where service = 'webhook'`,
  sql`create index deliveries_webhook_lines on deliveries (coalesce(conversation_id, -account_id), id)
    where service = 'webhook' and state in ('waiting', 'sending')`,

  // For whoever looks through the ledger.
  sql`create index deliveries_state on deliveries (service, state, id)`,
  sql`create index deliveries_recipient on deliveries (account_id, id) where account_id is not null`,

  // By step of the request: one may execute several commands.
  sql`update idempotency_keys set result = '{}' where result is null`,
  sql`alter table idempotency_keys alter column result set not null`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
