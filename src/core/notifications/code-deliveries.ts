// One-time codes in the ledger: one line a code, claimed before it is sent, without number, address or code.

import { sql } from 'kysely';
import type { Context, System } from '../context.ts';
import type { NotSentKind } from '../ports.ts';
import { attemptsOf, endAttempts } from './attempts.ts';

/** By which way a code goes: its id is unique there. */
export type CodeService = 'sms' | 'mail';

/** A line of the ledger, and which attempt at it. */
export interface CodeClaim {
  id: number;
  attempt: number;
}

/**
 * Claims a code for one attempt to send it. Null: it was sent, it never will be, or nobody knows; then it is not sent
 * again by itself, since its owner can ask for another.
 */
export async function claimCode(
  ctx: Context<System>,
  input: { service: CodeService; codeId: number; adapter: string },
): Promise<CodeClaim | null> {
  const { service, codeId, adapter } = input;
  const now = new Date(ctx.now);
  const { rows } = await sql<CodeClaim & { state: string }>`
    insert into deliveries (service, adapter, kind, subject_id, state, attempts, claimed_at, created_at, updated_at)
    values (${service}, ${adapter}, 'code', ${codeId}, 'sending', 1, ${now}, ${now}, ${now})
    on conflict (subject_id) where service = ${sql.lit(service)} do update set
      state = case deliveries.state when 'waiting' then 'sending' else 'unsure' end,
      outcome = case deliveries.state when 'waiting' then deliveries.outcome else 'the process died' end,
      attempts = deliveries.attempts + case deliveries.state when 'waiting' then 1 else 0 end,
      claimed_at = ${now}, updated_at = ${now}
    where deliveries.state in ('waiting', 'sending')
    returning id, attempts as attempt, state`.execute(ctx.tx);
  const [claim] = rows;
  if (!claim) return null;
  if (claim.state !== 'sending') {
    await endAttempts(ctx, [{ ...claim, outcome: { kind: 'unsure', reason: 'the process died' } }]);
    return null;
  }
  const claimed = sql`(select id, attempts as attempt, asked_by from deliveries where id = ${claim.id}) one`;
  await attemptsOf(claimed, { adapter, now }).execute(ctx.tx);
  await ctx.tx.updateTable('deliveries').set({ asked_by: null }).where('id', '=', claim.id).execute();
  return claim;
}

/** Writes down what became of a claimed code; `later` leaves it to be claimed again. */
export async function settleCode(
  ctx: Context<System>,
  { claim, ...input }: { claim: CodeClaim; outcome: 'delivered' | NotSentKind; reason: string; vendorId?: string },
): Promise<void> {
  await ctx.tx
    .updateTable('deliveries')
    .set({
      state: input.outcome === 'later' ? 'waiting' : input.outcome,
      outcome: input.reason.slice(0, 200),
      vendor_id: input.vendorId?.slice(0, 500) ?? null,
      updated_at: new Date(ctx.now),
    })
    .where('id', '=', claim.id)
    .where('attempts', '=', claim.attempt)
    .where('state', '=', 'sending')
    .execute();
  const { outcome: kind, reason, vendorId } = input;
  await endAttempts(ctx, [{ ...claim, outcome: { kind, reason, ...(vendorId !== undefined && { vendorId }) } }]);
}

/** A code that waited to be sent has died: nobody will claim it. */
export async function dropCode(ctx: Context<System>, input: { service: CodeService; codeId: number }): Promise<void> {
  await ctx.tx
    .updateTable('deliveries')
    .set({ state: 'dropped', outcome: 'no longer good', due_at: null, updated_at: new Date(ctx.now) })
    .where('service', '=', input.service)
    .where('subject_id', '=', input.codeId)
    .where('state', '=', 'waiting')
    .execute();
}
