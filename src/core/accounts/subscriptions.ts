// Plans. The free one works; the others wait for somebody who takes payments.

import { sql } from 'kysely';
import type { Asking, Context, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { Moment } from '../ids.ts';
import { moment } from '../sql.ts';
import { tellAccountChanged } from './news.ts';

export const plans = ['free', 'premium', 'business'] as const;
export type Plan = (typeof plans)[number];

export interface Subscription {
  plan: Plan;
  expiresAt: Moment | null;
}

/** The caller's plan; one that has run out is the free one again. */
export async function subscription(asking: Asking<Member>, _input: object): Promise<Subscription> {
  const stored = await asking.db
    .selectFrom('accounts')
    .select(['subscription_plan', moment('subscription_expires_at').as('expires_at')])
    .where('id', '=', asking.actor.accountId)
    .executeTakeFirstOrThrow();
  return standing(stored, asking.now);
}

/**
 * Changes to another plan. Throws `invalid` (`no_such_plan`), `conflict` (`same_plan`) and, for one that costs money,
 * `unavailable` (`no_payments`).
 */
export async function choosePlan(ctx: Context<Member>, input: { plan: string }): Promise<Subscription> {
  const plan = plans.find((one) => one === input.plan);
  if (!plan) throw new DomainError('invalid', 'no_such_plan', 'There is no such plan.', { field: 'plan_id' });
  const current = await lockSubscription(ctx);
  if (current.plan === plan) throw new DomainError('conflict', 'same_plan', 'This is your plan already.');
  if (plan !== 'free') throw noPayments();
  return makeFree(ctx);
}

/** Back to the free plan, at once. Throws `conflict` (`same_plan`). */
export async function cancelPlan(ctx: Context<Member>, _input: object): Promise<Subscription> {
  const current = await lockSubscription(ctx);
  if (current.plan === 'free') throw new DomainError('conflict', 'same_plan', 'You are on the free plan already.');
  return makeFree(ctx);
}

/** Nobody is set up who could take money, or know whether it was paid. */
export function noPayments(): DomainError {
  return new DomainError('unavailable', 'no_payments', 'Payments are not set up on this server.');
}

async function lockSubscription(ctx: Context<Member>): Promise<Subscription> {
  const stored = await ctx.tx
    .selectFrom('accounts')
    .select(['subscription_plan', sql<Moment | null>`${moment('subscription_expires_at')}`.as('expires_at')])
    .where('id', '=', ctx.actor.accountId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  return standing(stored, ctx.now);
}

async function makeFree(ctx: Context<Member>): Promise<Subscription> {
  await ctx.tx
    .updateTable('accounts')
    .set({ subscription_plan: 'free', subscription_expires_at: null, updated_at: new Date(ctx.now) })
    .where('id', '=', ctx.actor.accountId)
    .execute();
  await tellAccountChanged(ctx, ctx.actor.accountId, 'profile');
  return { plan: 'free', expiresAt: null };
}

function standing(stored: { subscription_plan: string; expires_at: Moment | null }, now: Moment): Subscription {
  const plan = plans.find((one) => one === stored.subscription_plan) ?? 'free';
  const isOver = stored.expires_at !== null && stored.expires_at <= now;
  return isOver ? { plan: 'free', expiresAt: null } : { plan, expiresAt: stored.expires_at };
}
