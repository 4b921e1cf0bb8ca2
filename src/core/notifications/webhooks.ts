// The operator's webhook follows the log with a cursor of its own: one delivery for each change that somebody may see.
// They go out at least once, those of one conversation one after the other.

import { sql, type RawBuilder } from 'kysely';
import type { Context, System } from '../context.ts';
import type { AccountId, ConversationId, MessageId, Moment } from '../ids.ts';
import { horizon, logEpoch, logHead, type ChangeDetail } from '../log.ts';
import type { MessageKind } from '../messages/shape.ts';
import { moment } from '../sql.ts';
import { attemptsOf, endAttempts } from './attempts.ts';

const follower = 'webhooks';

/** Whose order delivery `v` keeps: its conversation's, or its account's. */
const line = sql<number>`coalesce(v.conversation_id, -v.account_id)`;

/** Log rows read in one step, and deliveries claimed in one. */
const stepSize = 500;

/** So many of a line are due at once. */
const lineStep = 100;

/** After so many attempts a delivery is given up: with the waits between them, more than half a day. */
const mostAttempts = 24;

/** In seconds: before the second attempt; doubled before each one after, and never longer than the longest. */
const firstWait = 5;
const longestWait = 3_600;

/** A claim whose process has not been heard of for this long, in milliseconds, is of one that died. */
const longestClaim = 300_000;

/** What is delivered: what the log says, and what a message says now. */
export interface WebhookClaim {
  id: number;
  attempt: number;
  /** Deliveries of one line go out one after the other. */
  line: number;
  kind: string;
  at: Moment;
  conversationId: ConversationId | null;
  changeNo: number | null;
  /** In whose own stream it is; null: in its conversation's. */
  accountId: AccountId | null;
  by: AccountId | null;
  concerning: AccountId[];
  detail: ChangeDetail | null;
  messageId: MessageId | null;
  /** Of what was sent or edited, unless it has been deleted since. */
  message: { kind: MessageKind; text: string | null; mediaUrl: string | null } | null;
}

/** `released`: it was not attempted, and is to be claimed again. */
export interface WebhookSettlement {
  claim: Pick<WebhookClaim, 'id' | 'attempt' | 'line'>;
  outcome: 'delivered' | 'failed' | 'released';
  reason: string;
  /** Seconds that the receiver asked for. */
  retryAfter?: number;
}

/** Begins to follow, from now on; or stops, and forgets what still waits. At the start of every process. */
export async function keepWebhooks(ctx: Context<System>, { on }: { on: boolean }): Promise<void> {
  if (on) {
    await sql`insert into followers (name, epoch, xid, id) values (${follower}, ${logEpoch}, ${logHead}, 0)
      on conflict (name) do nothing`.execute(ctx.tx);
    return;
  }
  const { rows } = await sql`delete from followers where name = ${follower} returning 1`.execute(ctx.tx);
  if (rows.length === 0) return;
  await sql`update deliveries set state = 'dropped', outcome = 'there is no webhook', updated_at = ${new Date(ctx.now)}
    where service = 'webhook' and state in ('waiting', 'sending')`.execute(ctx.tx);
}

/**
 * One step: promises a delivery for each of the next rows of the log, but for those of an own stream that a
 * conversation's row tells too. What has others of its line before it is due when they are over. Answers whether there
 * was anything to read.
 */
export async function planWebhooks(ctx: Context<System>, _input: object): Promise<boolean> {
  if (!(await holdLine(ctx))) return false;
  const now = new Date(ctx.now);
  const { rows } = await sql<{ read: number }>`
    with page as materialized (
      select l.* from followers p cross join lateral (
        select * from changes c where (c.epoch, c.xid, c.id) > (p.epoch, p.xid, p.id)
          and (c.epoch, c.xid) < (${logEpoch}, ${horizon})
        order by c.epoch, c.xid, c.id limit ${stepSize}) l
      where p.name = ${follower}),
    promised as (
      insert into deliveries (service, kind, subject_id, account_id, conversation_id, state, due_at, created_at, updated_at)
      select 'webhook', l.kind, l.id, case when l.conversation_id is null then l.account_id end, l.conversation_id,
        'waiting', case when not exists (
          select 1 from deliveries v where v.service = 'webhook' and v.state in ('waiting', 'sending')
            and ${line} = coalesce(l.conversation_id, -l.account_id)) then ${now}::timestamptz end, ${now}, ${now}
      from page l where not coalesce(l.detail ? 'xid', false) order by l.epoch, l.xid, l.id
      on conflict do nothing),
    moved as (
      update followers f set epoch = l.epoch, xid = l.xid, id = l.id
      from (select * from page order by epoch desc, xid desc, id desc limit 1) l where f.name = ${follower})
    select count(*) as read from page`.execute(ctx.tx);
  return rows[0]!.read > 0;
}

/**
 * Claims the oldest deliveries that are due, each line's in order and none of a line that is under way. One process at a
 * time: answers nothing to another.
 */
export async function claimWebhooks(
  ctx: Context<System>,
  { limit, adapter }: { limit: number; adapter: string },
): Promise<WebhookClaim[]> {
  if (!(await holdLine(ctx))) return [];
  const now = new Date(ctx.now);
  await reviveLost(ctx);
  const { rows } = await sql<{ id: number }>`
    with due as materialized (
      select v.id, v.asked_by, ${line} as line from deliveries v
      where v.service = 'webhook' and v.state = 'waiting' and v.due_at <= ${now} order by v.id limit ${limit}),
    free as (
      select d.id, d.asked_by from due d where not exists (
        select 1 from deliveries v where v.service = 'webhook' and v.state in ('waiting', 'sending')
          and ${line} = d.line and v.id < d.id and (v.state = 'sending' or v.due_at > ${now}))),
    claimed as (
      update deliveries v set state = 'sending', attempts = attempts + 1, adapter = ${adapter}, claimed_at = ${now},
        asked_by = null, updated_at = ${now}
      from free f where v.id = f.id returning v.id, v.attempts as attempt, f.asked_by),
    begun as (${attemptsOf(sql`claimed`, { adapter, now })})
    select id from claimed`.execute(ctx.tx);
  const claimed = rows.map(({ id }) => id);
  if (claimed.length === 0) return [];
  const found = await sql<WebhookClaim>`
    select v.id, v.attempts as attempt, ${line} as line, v.kind, ${moment('l.created_at')} as at,
      l.conversation_id as "conversationId", l.change_no as "changeNo", l.account_id as "accountId",
      coalesce(l.subjects[1], m.sender_id) as by, coalesce(l.subjects[2:], '{}') as concerning, l.detail,
      l.message_id as "messageId", case when l.kind in ('message.sent', 'message.edited') and m.deleted_at is null then
        json_build_object('kind', m.kind, 'text', case when not m.is_encrypted then m.content end,
          'mediaUrl', m.media_url) end as message
    from deliveries v join changes l on l.id = v.subject_id left join messages m on m.id = l.message_id
    where v.id = any(${claimed}::bigint[]) order by v.id`.execute(ctx.tx);
  await dropForgotten(ctx, claimed, found.rows);
  return found.rows;
}

/** Planning, claiming and settling take turns, each with a statement begun after this one: none sees half of another. */
async function holdLine(ctx: Context<System>, waits = false): Promise<boolean> {
  const held = ctx.tx.selectFrom('followers').select('name').where('name', '=', follower).forUpdate();
  return (await (waits ? held : held.skipLocked()).executeTakeFirst()) !== undefined;
}

/** A process died with them: whether they arrived nobody knows, so they go out again. */
async function reviveLost(ctx: Context<System>): Promise<void> {
  const lost = await ctx.tx
    .updateTable('deliveries')
    .set({ state: 'waiting', outcome: 'the process died', updated_at: new Date(ctx.now) })
    .where('service', '=', 'webhook')
    .where('state', '=', 'sending')
    .where('claimed_at', '<', new Date(ctx.now - longestClaim))
    .returning(['id', 'attempts as attempt'])
    .execute();
  const outcome = { kind: 'unsure', reason: 'the process died' } as const;
  await endAttempts(
    ctx,
    lost.map((one) => ({ ...one, outcome })),
  );
}

/** Nothing can be said of a change that the log has been trimmed of. */
async function dropForgotten(ctx: Context<System>, claimed: number[], found: WebhookClaim[]): Promise<void> {
  const known = new Set(found.map(({ id }) => id));
  const forgotten = claimed.filter((id) => !known.has(id));
  if (forgotten.length === 0) return;
  const outcome = { kind: 'dropped', reason: 'the log is trimmed' } as const;
  const dropped = await ctx.tx
    .updateTable('deliveries')
    .set({ state: outcome.kind, outcome: outcome.reason, updated_at: new Date(ctx.now) })
    .where('id', 'in', forgotten)
    .returning(['id', 'attempts as attempt'])
    .execute();
  await endAttempts(
    ctx,
    dropped.map((one) => ({ ...one, outcome })),
  );
}

/** Writes down what became of claims of one line. What failed waits, and what comes after it in the line too. */
export async function settleWebhooks(
  ctx: Context<System>,
  { settled }: { settled: readonly WebhookSettlement[] },
): Promise<void> {
  await holdLine(ctx, true);
  for (const one of settled.filter(({ outcome }) => outcome === 'released')) await release(ctx, one.claim);
  for (const one of settled.filter(({ outcome }) => outcome !== 'released')) await settle(ctx, one);
  const [first] = settled;
  if (first) await rouse(ctx, sql`and ${line} = ${first.claim.line}::bigint`);
}

async function release(ctx: Context<System>, { id, attempt }: WebhookSettlement['claim']): Promise<void> {
  await ctx.tx.deleteFrom('delivery_attempts').where('delivery_id', '=', id).where('no', '=', attempt).execute();
  await sql`update deliveries set state = 'waiting', attempts = attempts - 1, updated_at = ${new Date(ctx.now)}
    where id = ${id} and state = 'sending' and attempts = ${attempt}`.execute(ctx.tx);
}

async function settle(ctx: Context<System>, settlement: WebhookSettlement): Promise<void> {
  const { claim, outcome, reason, retryAfter = 0 } = settlement;
  const isOver = outcome === 'delivered' || claim.attempt >= mostAttempts;
  const wait = Math.max(Math.min(retryAfter, longestWait), Math.min(firstWait * 2 ** (claim.attempt - 1), longestWait));
  const due = new Date(ctx.now + wait * 1_000);
  const { rows } = await sql`
    update deliveries set state = ${!isOver ? 'waiting' : outcome === 'delivered' ? 'delivered' : 'given_up'},
      outcome = ${reason.slice(0, 200)}, due_at = ${isOver ? null : due}::timestamptz, updated_at = ${new Date(ctx.now)}
    where id = ${claim.id} and state = 'sending' and attempts = ${claim.attempt} returning 1`.execute(ctx.tx);
  await endAttempts(ctx, [{ ...claim, outcome: { kind: outcome === 'delivered' ? outcome : 'later', reason } }]);
  if (isOver || rows.length === 0) return;
  await sql`update deliveries v set due_at = ${due} where v.service = 'webhook' and v.state = 'waiting'
    and v.id > ${claim.id} and ${line} = ${claim.line}::bigint and v.due_at < ${due}`.execute(ctx.tx);
}

/** Lines in which nothing is due and nothing under way, though something waits: the next of each is due now. */
export async function rouseWebhooks(ctx: Context<System>, _input: object): Promise<void> {
  if (await holdLine(ctx)) await rouse(ctx, sql``);
}

async function rouse(ctx: Context<System>, which: RawBuilder<unknown>): Promise<void> {
  await sql`
    with asleep as (
      select ${line} as line from deliveries v
      where v.service = 'webhook' and v.state in ('waiting', 'sending') ${which}
      group by 1 having bool_and(v.state = 'waiting' and v.due_at is null))
    update deliveries set due_at = ${new Date(ctx.now)} where id in (
      select n.id from asleep a cross join lateral (
        select v.id from deliveries v where v.service = 'webhook' and v.state in ('waiting', 'sending')
          and ${line} = a.line order by v.id limit ${lineStep}) n)`.execute(ctx.tx);
}
