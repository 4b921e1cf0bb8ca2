// One-time codes in the ledger: one line a code, claimed before it is sent, without number or code.

import { sql } from 'kysely';
import type { Context, System } from '../context.ts';
import type { NotSentKind } from '../ports.ts';

/**
 * Claims a code for one attempt to send it. False: it was sent, it never will be, or nobody knows; then it is not sent
 * again, since its owner can ask for another.
 */
export async function claimCode(ctx: Context<System>, input: { codeId: number; adapter: string }): Promise<boolean> {
  const now = new Date(ctx.now);
  const { rows } = await sql<{ state: string }>`
    insert into deliveries (service, adapter, kind, subject_id, state, attempts, claimed_at, created_at, updated_at)
    values ('sms', ${input.adapter}, 'code', ${input.codeId}, 'sending', 1, ${now}, ${now}, ${now})
    on conflict (subject_id) where service = 'sms' do update set
      state = case deliveries.state when 'waiting' then 'sending' else 'unsure' end,
      outcome = case deliveries.state when 'waiting' then deliveries.outcome else 'the process died' end,
      attempts = deliveries.attempts + case deliveries.state when 'waiting' then 1 else 0 end,
      claimed_at = ${now}, updated_at = ${now}
    where deliveries.state in ('waiting', 'sending')
    returning state`.execute(ctx.tx);
  return rows[0]?.state === 'sending';
}

/** Writes down what became of a claimed code; `later` leaves it to be claimed again. */
export async function settleCode(
  ctx: Context<System>,
  input: { codeId: number; outcome: 'delivered' | NotSentKind; reason: string; vendorId?: string },
): Promise<void> {
  await ctx.tx
    .updateTable('deliveries')
    .set({
      state: input.outcome === 'later' ? 'waiting' : input.outcome,
      outcome: input.reason.slice(0, 200),
      vendor_id: input.vendorId?.slice(0, 500) ?? null,
      updated_at: new Date(ctx.now),
    })
    .where('service', '=', 'sms')
    .where('subject_id', '=', input.codeId)
    .where('state', '=', 'sending')
    .execute();
}
