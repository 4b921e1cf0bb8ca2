// A retried write gets the first result again (DECISIONS 31). Kept with the change, in its transaction.

import { createHash } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import { DomainError } from './errors.ts';
import type { Repeatable } from './execute.ts';
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

/**
 * Runs `write` unless this account has already used the key; then answers what the first write answered. `write` must
 * answer plain JSON without secrets: ids. Two at once: the second waits for the first's commit.
 */
export async function once<R>(
  tx: Kysely<Schema>,
  account: AccountId,
  repeatable: Repeatable,
  write: () => Promise<R>,
): Promise<R> {
  const hash = requestHash(repeatable);
  const claimed = await tx
    .insertInto('idempotency_keys')
    .values({ account_id: account, key: repeatable.key, route: repeatable.route, request_hash: hash, result: null })
    .onConflict((conflict) => conflict.columns(['account_id', 'key']).doNothing())
    .returning('key')
    .executeTakeFirst();
  if (!claimed) {
    const first = await tx
      .selectFrom('idempotency_keys')
      .select(['request_hash', 'result'])
      .where('account_id', '=', account)
      .where('key', '=', repeatable.key)
      .executeTakeFirstOrThrow();
    if (first.request_hash !== hash) throw keyReused();
    return (first.result as { value?: R } | null)?.value as R;
  }
  // A send keeps its key on its message.
  const sent = await tx
    .selectFrom('messages')
    .select('id')
    .where('sender_id', '=', account)
    .where('idempotency_key', '=', repeatable.key)
    .executeTakeFirst();
  if (sent) throw keyReused();
  const value = await write().catch(async (error: unknown) => {
    // A refusal is no result, not even one whose changes are kept.
    if (error instanceof DomainError && error.details.keepsChanges) {
      await tx
        .deleteFrom('idempotency_keys')
        .where('account_id', '=', account)
        .where('key', '=', repeatable.key)
        .execute();
    }
    throw error;
  });
  await tx
    .updateTable('idempotency_keys')
    .set({ result: sql`${JSON.stringify({ value })}::jsonb` })
    .where('account_id', '=', account)
    .where('key', '=', repeatable.key)
    .execute();
  return value;
}
