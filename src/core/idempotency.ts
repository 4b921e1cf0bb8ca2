// A retried write gets the first result again (DECISIONS 31). Kept with the change, in its transaction.

import { createHash } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { Context, Repeatable, System } from './context.ts';
import { DomainError } from './errors.ts';
import type { AccountId } from './ids.ts';
import type { Schema } from './schema.ts';

/** Names a request by its route and body, so that the same key on another request is noticed. */
export function requestHash(repeatable: Repeatable): string {
  return createHash('sha256')
    .update(repeatable.route)
    .update('\n')
    .update(JSON.stringify(repeatable.body) ?? '')
    .digest('base64url');
}

export function keyReused(): DomainError {
  return new DomainError('invalid', 'key_reused', 'This Idempotency-Key was used for another request.', {
    field: 'Idempotency-Key',
  });
}

/** One command of a request: its name, and a number if the request executes it again. */
export interface Step {
  account: AccountId;
  repeatable: Repeatable;
  name: string;
}

/** By step; `value` is absent where the command answers nothing. */
type Results = Record<string, { value?: unknown }>;

/**
 * Runs `write` unless this account has already done this step of the request; then answers what it answered first.
 * `write` must answer plain JSON without secrets: ids. Two at once: the second waits for the first's commit. Throws
 * `invalid` (`key_reused`) for the key of another request.
 */
export async function once<R>(tx: Kysely<Schema>, step: Step, write: () => Promise<R>): Promise<R> {
  const { account, repeatable, name } = step;
  const hash = requestHash(repeatable);
  await tx
    .insertInto('idempotency_keys')
    .values({ account_id: account, key: repeatable.key, route: repeatable.route, request_hash: hash, result: '{}' })
    .onConflict((conflict) => conflict.columns(['account_id', 'key']).doNothing())
    .execute();
  const kept = await tx
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'result'])
    .where('account_id', '=', account)
    .where('key', '=', repeatable.key)
    .forUpdate()
    .executeTakeFirst();
  const done = kept && resultOf(kept, hash, name);
  if (done) return done.value as R;
  // A send keeps its key on its message.
  const sent = await tx
    .selectFrom('messages')
    .select('request_hash')
    .where('sender_id', '=', account)
    .where('idempotency_key', '=', repeatable.key)
    .executeTakeFirst();
  if (sent && sent.request_hash !== hash) throw keyReused();
  const value = await write().catch(async (error: unknown) => {
    // A refusal is no result, not even one whose changes are kept.
    if (error instanceof DomainError && error.details.keepsChanges) {
      await sql`delete from idempotency_keys
        where account_id = ${account} and key = ${repeatable.key} and result = '{}'`.execute(tx);
    }
    throw error;
  });
  await sql`update idempotency_keys set result = result || ${JSON.stringify({ [name]: { value } })}::jsonb
    where account_id = ${account} and key = ${repeatable.key}`.execute(tx);
  return value;
}

/** What an earlier request answered at this step, if there was one. Throws as `once`. */
export async function answered(db: Kysely<Schema>, step: Step): Promise<{ value?: unknown } | undefined> {
  const { account, repeatable, name } = step;
  const kept = await db
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'result'])
    .where('account_id', '=', account)
    .where('key', '=', repeatable.key)
    .executeTakeFirst();
  return kept && resultOf(kept, requestHash(repeatable), name);
}

function resultOf(
  kept: { request_hash: string; result: Results },
  hash: string,
  step: string,
): { value?: unknown } | undefined {
  if (kept.request_hash !== hash) throw keyReused();
  return kept.result[step];
}

/** How long a key is remembered, in days; a message remembers its own as long as it is there. */
const keptDays = 7;

/** Forgets old keys, a little at a time. Answers how many; 0 when there are no more. */
export async function forgetKeys(ctx: Context<System>, { limit }: { limit: number }): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from idempotency_keys where (account_id, key) in (
      select account_id, key from idempotency_keys where created_at < ${new Date(ctx.now - keptDays * 86_400_000)}
      order by created_at limit ${limit} for update skip locked)`.execute(ctx.tx);
  return Number(numAffectedRows ?? 0);
}
