// The ledger of what was sent to devices, and the one rule it is there for: nobody is notified twice of one thing.
//
// A row is claimed, and the claim committed, before anything is sent. What then becomes of it is written down after. If
// nobody can say what became of it (the service took the request and did not answer, or the process died in between) it
// is `unsure` and never tried again: the message is stored and unread all the same, and twice is worse than not at all.

import { sql } from 'kysely';
import type { Context, System } from '../context.ts';
import type { PushOutcome, PushService } from '../ports.ts';
import { attemptsOf, endAttempts } from './attempts.ts';
import { readClaims, type Claim } from './claims.ts';
import { serviceOf } from './plan.ts';

export type { Claim } from './claims.ts';

/** After so many attempts that failed for certain a delivery is given up: with the waits between them, half an hour. */
const mostAttempts = 8;

/** In seconds: before the second attempt; doubled before each one after, and never longer than the longest. */
const firstWait = 10;
const longestWait = 900;

/** A service that asks for more is not asked again that day. */
const longestAskedWait = 3_600;

/** A claim whose process has not been heard of for this long, in milliseconds, is of one that died. */
const longestClaim = 300_000;

/** So many unknown outcomes in a row, and a browser's endpoint is one that swallows what it gets. */
const mostFailures = 10;

/** A claim and what became of it; `dropped`: it was not sent, for a reason of our own. */
export interface Settlement {
  claim: Claim;
  outcome: PushOutcome | { kind: 'dropped'; reason: string };
}

/**
 * Writes down what became of earlier claims and makes new ones, at most `limit`, the oldest first and one for each
 * device at a time; only a call waits for nothing else. Deliveries that the recipient does not want any more are dropped on the way.
 */
export async function exchangeDeliveries(
  ctx: Context<System>,
  input: {
    service: PushService;
    adapter: string;
    settled: readonly Settlement[];
    limit: number;
    /** Seconds before the second attempt, instead of the usual. */
    firstWait?: number;
  },
): Promise<Claim[]> {
  await settle(ctx, input.settled, input.firstWait ?? firstWait);
  if (input.limit <= 0) return [];
  await giveUpLost(ctx, input.service);
  return claim(ctx, input);
}

async function settle(ctx: Context<System>, settled: readonly Settlement[], wait: number): Promise<void> {
  if (settled.length === 0) return;
  const lines = settled.map(({ claim: { id, attempt }, outcome }) => {
    const isLater = outcome.kind === 'later';
    const state = !isLater ? outcome.kind : attempt < mostAttempts ? 'waiting' : 'given_up';
    const asked = isLater ? Math.min(outcome.retryAfter ?? 0, longestAskedWait) : 0;
    const due = ctx.now + Math.max(asked, Math.min(wait * 2 ** (attempt - 1), longestWait)) * 1_000;
    return {
      id,
      attempt,
      state,
      outcome: (outcome.kind === 'delivered' ? 'delivered' : outcome.reason).slice(0, 200),
      vendor_id: outcome.kind === 'delivered' ? (outcome.vendorId?.slice(0, 500) ?? null) : null,
      due_at: state === 'waiting' ? new Date(due).toISOString() : null,
    };
  });
  await sql`
    update deliveries v set state = r.state, outcome = r.outcome, vendor_id = r.vendor_id, due_at = r.due_at,
      updated_at = ${new Date(ctx.now)}
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb)
      as r(id bigint, attempt int, state text, outcome text, vendor_id text, due_at timestamptz)
    where v.id = r.id and v.state = 'sending' and v.attempts = r.attempt`.execute(ctx.tx);
  await endAttempts(
    ctx,
    settled.map(({ claim: { id, attempt }, outcome }) => ({ id, attempt, outcome })),
  );
  await judgeDevices(ctx, settled);
}

/** A device that is gone is retired, unless it was registered again since the claim. */
async function judgeDevices(ctx: Context<System>, settled: readonly Settlement[]): Promise<void> {
  const of = (kind: string) => settled.filter(({ outcome }) => outcome.kind === kind).map(({ claim: one }) => one);
  const delivered = of('delivered').map((one) => one.deviceId);
  const unsure = of('unsure').map((one) => one.deviceId);
  const gone = of('gone');
  if (delivered.length > 0) {
    await ctx.tx
      .updateTable('devices')
      .set({ failures: 0 })
      .where('id', 'in', delivered)
      .where('failures', '>', 0)
      .execute();
  }
  if (gone.length + unsure.length === 0) return;
  await sql`
    with gone as (
      update devices d set retired_at = ${new Date(ctx.now)}, retire_reason = 'gone'
      from unnest(${gone.map((one) => one.deviceId)}::bigint[], ${gone.map((one) => one.claimedAt)}::bigint[]) r(id, at)
      where d.id = r.id and d.retired_at is null and d.last_used_at <= to_timestamp(r.at / 1000.0) returning d.id),
    silent as (
      update devices d set failures = failures + 1,
        retired_at = case when ${serviceOf} = 'browser' and failures + 1 >= ${mostFailures} then ${new Date(ctx.now)}::timestamptz
          else retired_at end,
        retire_reason = case when ${serviceOf} = 'browser' and failures + 1 >= ${mostFailures} then 'never answers'
          else retire_reason end
      where d.id = any(${unsure}::bigint[]) and d.retired_at is null returning d.id, d.retired_at)
    update deliveries set state = 'gone', outcome = 'the device is gone', updated_at = ${new Date(ctx.now)}
    where state = 'waiting' and device_id in (
      select id from gone union select id from silent where retired_at is not null)`.execute(ctx.tx);
}

/** Their processes died between the claim and its outcome. */
async function giveUpLost(ctx: Context<System>, service: PushService): Promise<void> {
  const outcome = { kind: 'unsure', reason: 'the process died' } as const;
  const lost = await ctx.tx
    .updateTable('deliveries')
    .set({ state: outcome.kind, outcome: outcome.reason, updated_at: new Date(ctx.now) })
    .where('service', '=', service)
    .where('state', '=', 'sending')
    .where('claimed_at', '<', new Date(ctx.now - longestClaim))
    .returning(['id', 'attempts as attempt'])
    .execute();
  await endAttempts(
    ctx,
    lost.map((one) => ({ ...one, outcome })),
  );
}

async function claim(
  ctx: Context<System>,
  { service, adapter, limit }: { service: PushService; adapter: string; limit: number },
): Promise<Claim[]> {
  const now = new Date(ctx.now);
  const claimed = await sql<{ id: number; attempt: number }>`
    with chosen as (
      select v.id, v.asked_by from deliveries v
      where v.service = ${service} and v.state = 'waiting' and v.due_at <= ${now}
        and (v.kind = 'incoming_call' or (select true from deliveries o where o.device_id = v.device_id and o.id <> v.id
          and o.state in ('waiting', 'sending')
          and (o.state = 'sending' or (o.id < v.id and o.due_at <= ${now})) limit 1) is null)
      order by v.due_at, v.id limit ${limit} for update skip locked),
    claimed as (
      update deliveries v set state = 'sending', attempts = attempts + 1, adapter = ${adapter}, claimed_at = ${now},
        asked_by = null, updated_at = ${now}
      from chosen c where v.id = c.id returning v.id, v.attempts as attempt, c.asked_by),
    begun as (${attemptsOf(sql`claimed`, { adapter, now })})
    select id, attempt from claimed`.execute(ctx.tx);
  const ids = claimed.rows.map((row) => row.id);
  if (ids.length === 0) return [];
  const claims = await readClaims(ctx, ids);
  const wanted = new Set(claims.map((one) => one.id));
  const unwanted = claimed.rows.filter(({ id }) => !wanted.has(id));
  if (unwanted.length > 0) {
    const outcome = { kind: 'dropped', reason: 'not wanted any more' } as const;
    await ctx.tx
      .updateTable('deliveries')
      .set({ state: outcome.kind, outcome: outcome.reason, updated_at: now })
      .where(
        'id',
        'in',
        unwanted.map(({ id }) => id),
      )
      .execute();
    await endAttempts(
      ctx,
      unwanted.map((one) => ({ ...one, outcome })),
    );
  }
  return claims;
}

/** How long retired devices are kept, in days. */
const retiredDays = 90;

/**
 * Forgets of the ledger, of announcements and of retired devices what is older than it is kept, a little at a time.
 * Answers how many rows went; 0 when there are no more.
 */
export async function trimDeliveries(ctx: Context<System>, { keepDays }: { keepDays: number }): Promise<number> {
  const day = 86_400_000;
  const old = new Date(ctx.now - keepDays * day);
  const { rows } = await sql<{ trimmed: number }>`
    with lines as (
      delete from deliveries where id in (
        select id from deliveries where created_at < ${old} limit 1000) returning 1),
    words as (
      delete from announcements where id in (
        select id from announcements where created_at < ${old} and finished_at < ${old} limit 1000) returning 1),
    retired as (
      delete from devices where id in (
        select id from devices where retired_at < ${new Date(ctx.now - Math.max(keepDays, retiredDays) * day)} limit 1000)
      returning 1)
    select (select count(*) from lines) + (select count(*) from words) + (select count(*) from retired) as trimmed`.execute(
    ctx.tx,
  );
  return rows[0]!.trimmed;
}
