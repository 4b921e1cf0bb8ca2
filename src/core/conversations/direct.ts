// The pair of a direct conversation, and whether one of them blocks the other: kept on its row, where sends look.

import { sql } from 'kysely';
import type { Context, Member } from '../context.ts';
import type { AccountId } from '../ids.ts';

/** What a pair's direct conversation is unique by. */
export function directKey(one: AccountId, other: AccountId): string {
  return `${Math.min(one, other)}:${Math.max(one, other)}`;
}

/**
 * Until the commit nobody else blocks, unblocks or opens anything between these two: a block that cannot see a
 * conversation just being opened, nor be seen by it, would have no effect on it.
 */
export async function holdPair(ctx: Context<Member>, one: AccountId, other: AccountId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`direct ${directKey(one, other)}`}, 0))`.execute(ctx.tx);
}

/** Writes on the pair's direct conversation, if there is one, whether one of them blocks the other. */
export async function settleBlock(ctx: Context<Member>, one: AccountId, other: AccountId): Promise<void> {
  await holdPair(ctx, one, other);
  await sql`update conversations set is_blocked = exists (select 1 from blocks
      where (blocker_id = ${one} and blocked_id = ${other}) or (blocker_id = ${other} and blocked_id = ${one}))
    where direct_key = ${directKey(one, other)}`.execute(ctx.tx);
}
