// Every attempt to deliver something, and what became of it: a line of the ledger keeps only the last.

import { sql, type RawBuilder } from 'kysely';
import type { Context, System } from '../context.ts';
import type { NotSentKind } from '../ports.ts';

/** How an attempt ended. `gone`: the device is not there any more; `dropped`: a reason of our own. */
export interface AttemptOutcome {
  kind: 'delivered' | 'gone' | 'dropped' | NotSentKind;
  reason?: string;
  vendorId?: string | null;
}

/** The statement that notes the beginning of an attempt for each row (id, attempt, asked_by) of `claimed`. */
export function attemptsOf(claimed: RawBuilder<unknown>, about: { adapter: string; now: Date }): RawBuilder<unknown> {
  return sql`insert into delivery_attempts (delivery_id, no, adapter, asked_by, began_at)
    select id, attempt, ${about.adapter}::text, asked_by, ${about.now}::timestamptz from ${claimed}`;
}

/** Notes what became of attempts; one whose end is noted already keeps it. */
export async function endAttempts(
  ctx: Context<System>,
  ended: readonly { id: number; attempt: number; outcome: AttemptOutcome }[],
): Promise<void> {
  if (ended.length === 0) return;
  const lines = ended.map(({ id, attempt, outcome: { kind, reason, vendorId } }) => ({
    id,
    attempt,
    outcome: kind,
    reason: reason?.slice(0, 200) ?? null,
    vendor_id: vendorId?.slice(0, 500) ?? null,
  }));
  await sql`
    update delivery_attempts a set ended_at = ${new Date(ctx.now)}, outcome = r.outcome, reason = r.reason,
      vendor_id = r.vendor_id
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb)
      as r(id bigint, attempt int, outcome text, reason text, vendor_id text)
    where a.delivery_id = r.id and a.no = r.attempt and a.ended_at is null`.execute(ctx.tx);
}
