// The ledger as the operator sees it: what was sent to whom and what became of it, without content; and once more by hand.

import { sql, type RawBuilder } from 'kysely';
import { requireSuperuser, type Operator } from '../accounts/superusers.ts';
import type { Asking, Context } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, ConversationId, Moment } from '../ids.ts';
import type { Job } from '../ports.ts';
import { moment } from '../sql.ts';

/** By which way something is delivered, and where it stands. */
export const deliveryServices = ['app', 'browser', 'sms', 'mail', 'webhook'] as const;
export type DeliveryService = (typeof deliveryServices)[number];
export const deliveryStates = [
  'waiting',
  'sending',
  'delivered',
  'refused',
  'unsure',
  'gone',
  'dropped',
  'given_up',
] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** Who is meant, as the operator reads it. */
export interface Named {
  id: AccountId;
  username: string;
}

export interface Delivery {
  id: number;
  service: DeliveryService;
  adapter: string | null;
  kind: string;
  state: DeliveryState;
  attempts: number;
  outcome: string | null;
  vendorId: string | null;
  account: Named | null;
  conversationId: ConversationId | null;
  dueAt: Moment | null;
  createdAt: Moment;
  updatedAt: Moment;
}

export interface Attempt {
  no: number;
  adapter: string | null;
  beganAt: Moment;
  /** Null: it is under way. */
  endedAt: Moment | null;
  outcome: string | null;
  reason: string | null;
  vendorId: string | null;
  /** The superuser who asked for it. */
  askedBy: Named | null;
}

/** What is done again on request: by which job, where no process looks for it by itself. */
const jobs: Partial<Record<DeliveryService, Job['name']>> = { sms: 'send-code', mail: 'send-email-code' };

/** The newest first, those before `before`. Throws `forbidden` (`not_a_superuser`), as all in this file. */
export async function listDeliveries(
  asking: Asking<Operator>,
  input: { limit: number; before?: number; service?: DeliveryService; state?: DeliveryState; account?: AccountId },
): Promise<Delivery[]> {
  await requireSuperuser(asking.db, asking.actor);
  const { limit, before = Number.MAX_SAFE_INTEGER, service, state, account } = input;
  const services = service ? [service] : [...deliveryServices];
  const states = state ? [state] : [...deliveryStates];
  // Each line is found in an index, whatever is rare: an account's own, or that of each service and state.
  const found =
    account === undefined
      ? sql`unnest(${services}::text[]) s cross join unnest(${states}::text[]) t cross join lateral (
          select * from deliveries where service = s and state = t and id < ${before} order by id desc limit ${limit}) v`
      : sql`(select * from deliveries where account_id = ${account} and id < ${before}
          and service = any(${services}::text[]) and state = any(${states}::text[]) order by id desc limit ${limit}) v`;
  const { rows } = await sql<Delivery>`
    select ${deliveryColumns} from ${found} left join accounts a on a.id = v.account_id
    order by v.id desc limit ${limit}`.execute(asking.db);
  return rows;
}

/** One of them with all its attempts, the first first. Throws `not_found` (`no_such_delivery`). */
export async function deliveryOf(
  asking: Asking<Operator>,
  { id }: { id: number },
): Promise<Delivery & { history: Attempt[] }> {
  await requireSuperuser(asking.db, asking.actor);
  const { rows } = await sql<Delivery & { history: Attempt[] }>`
    select ${deliveryColumns}, (
      select coalesce(json_agg(json_build_object('no', t.no, 'adapter', t.adapter, 'beganAt', ${moment('t.began_at')},
        'endedAt', ${moment('t.ended_at')}, 'outcome', t.outcome, 'reason', t.reason, 'vendorId', t.vendor_id,
        'askedBy', ${named('b')}) order by t.no), '[]')
      from (select * from delivery_attempts where delivery_id = v.id order by no desc limit 100) t
      left join accounts b on b.id = t.asked_by) as history
    from deliveries v left join accounts a on a.id = v.account_id where v.id = ${id}`.execute(asking.db);
  if (!rows[0]) throw noSuchDelivery();
  return rows[0];
}

/** How many lines stand where, among the newest 10,000. */
export async function countDeliveries(
  asking: Asking<Operator>,
  _input: object,
): Promise<{ service: DeliveryService; state: DeliveryState; count: number }[]> {
  await requireSuperuser(asking.db, asking.actor);
  const { rows } = await sql<{ service: DeliveryService; state: DeliveryState; count: number }>`
    select service, state, count(*) as count
    from (select service, state from deliveries order by id desc limit 10000) newest
    group by service, state order by service, state`.execute(asking.db);
  return rows;
}

/**
 * Lets one delivery be attempted again under the same id, whatever became of it before: that it may arrive twice is the
 * superuser's word. Whether it is still wanted is asked at the attempt, as always. Throws `not_found`
 * (`no_such_delivery`) and `conflict` (`under_way`) while it waits or is being sent.
 */
export async function replayDelivery(ctx: Context<Operator>, { id }: { id: number }): Promise<void> {
  await requireSuperuser(ctx.tx, ctx.actor);
  const found = await ctx.tx
    .selectFrom('deliveries')
    .select(['service', 'state', 'subject_id'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (!found) throw noSuchDelivery();
  if (found.state === 'waiting' || found.state === 'sending') {
    throw new DomainError('conflict', 'under_way', 'This delivery is under way.');
  }
  const now = new Date(ctx.now);
  const asked_by = ctx.actor.kind === 'member' ? ctx.actor.accountId : null;
  await ctx.tx
    .updateTable('deliveries')
    .set({ state: 'waiting', due_at: now, asked_by, updated_at: now })
    .where('id', '=', id)
    .execute();
  const name = jobs[found.service];
  if (name) await ctx.enqueue({ name, data: { codeId: found.subject_id } });
}

function noSuchDelivery(): DomainError {
  return new DomainError('not_found', 'no_such_delivery', 'Delivery not found.');
}

/** Account `alias`, or null where there is none. */
function named(alias: string): RawBuilder<Named | null> {
  const id = sql.ref(`${alias}.id`);
  return sql`case when ${id} is not null then json_build_object('id', ${id}, 'username', ${sql.ref(`${alias}.username`)}) end`;
}

const deliveryColumns = sql`v.id, v.service, v.adapter, v.kind, v.state, v.attempts, v.outcome, v.vendor_id as "vendorId",
  ${named('a')} as account, v.conversation_id as "conversationId", ${moment('v.due_at')} as "dueAt",
  ${moment('v.created_at')} as "createdAt", ${moment('v.updated_at')} as "updatedAt"`;
