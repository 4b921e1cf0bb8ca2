// One-time codes sent to phones. A code is not stored: it is derived from its row's nonce and the server's secret.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import type { Asking, Context, Guest, System } from '../context.ts';
import { DomainError } from '../errors.ts';
import { refuseTooMany, regionOf } from './code-caps.ts';

export type CodePurpose = 'sign-in' | 'reset';

/** URGE's contract, section 5: six digits, five minutes, three attempts. */
const lifetimeSeconds = 300;
const mostFailures = 3;

/**
 * Makes a code for a phone and promises to send it. Earlier codes of the same purpose die. Whether the number has an
 * account does not show: all happens as if it had, and the job sends nothing. Throws `too_many`.
 */
export async function requestCode(ctx: Context<Guest>, input: { phone: string; purpose: CodePurpose }): Promise<void> {
  const { phone, purpose } = input;
  if (ctx.settings.limits) await refuseTooMany(ctx, phone);
  const { id } = await ctx.tx
    .insertInto('codes')
    .values({
      phone,
      purpose,
      nonce: randomBytes(16).toString('base64url'),
      address: ctx.actor.address,
      region: regionOf(phone),
      expires_at: new Date(ctx.now + lifetimeSeconds * 1000),
      used_at: null,
      created_at: new Date(ctx.now),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await ctx.enqueue({ name: 'send-code', data: { codeId: id } });
}

/**
 * Accepts or refuses a code; does not use it up (`useCode` does). Three wrong tries kill it, also when they come at
 * once: the row is locked. Throws `invalid` with reason `wrong_code`, keeping the counted failure.
 */
export async function checkCode(
  ctx: Context<Guest>,
  input: { phone: string; purpose: CodePurpose; code: string },
): Promise<{ codeId: number }> {
  const latest = await ctx.tx
    .selectFrom('codes')
    .select(['id', 'nonce', 'failures', 'expires_at', 'used_at'])
    .where('phone', '=', input.phone)
    .where('purpose', '=', input.purpose)
    .orderBy('id', 'desc')
    .limit(1)
    .forUpdate()
    .executeTakeFirst();
  const alive =
    latest && latest.used_at === null && latest.failures < mostFailures && latest.expires_at.getTime() > ctx.now;
  if (!alive) throw wrongCode();
  const expected = deriveCode(ctx.settings.secret, input.phone, input.purpose, latest.nonce);
  if (!sameText(expected, input.code)) {
    await ctx.tx
      .updateTable('codes')
      .set({ failures: sql`failures + 1` })
      .where('id', '=', latest.id)
      .execute();
    throw wrongCode();
  }
  return { codeId: latest.id };
}

/** No code may be used twice to sign in or to reset. */
export async function useCode(ctx: Context<Guest>, input: { codeId: number }): Promise<void> {
  await ctx.tx
    .updateTable('codes')
    .set({ used_at: new Date(ctx.now) })
    .where('id', '=', input.codeId)
    .execute();
}

/** What the job sends; null when the code has died since, or is to reset the password of nobody. */
export async function codeToSend(
  asking: Asking<System>,
  input: { codeId: number },
): Promise<{ phone: string; code: string; purpose: CodePurpose } | null> {
  const row = await asking.db
    .selectFrom('codes')
    .select(['phone', 'purpose', 'nonce', 'expires_at', 'used_at'])
    .where('id', '=', input.codeId)
    .where((eb) =>
      eb.or([
        eb('purpose', '<>', 'reset'),
        eb.exists(
          eb
            .selectFrom('accounts')
            .select('accounts.id')
            .whereRef('accounts.phone', '=', 'codes.phone')
            .where('accounts.deleted_at', 'is', null),
        ),
      ]),
    )
    .executeTakeFirst();
  if (!row || row.used_at !== null || row.expires_at.getTime() <= asking.now) return null;
  const purpose = row.purpose as CodePurpose;
  return { phone: row.phone, purpose, code: deriveCode(asking.settings.secret, row.phone, purpose, row.nonce) };
}

/** Six digits for a phone or an e-mail address. */
export function deriveCode(secret: Uint8Array, to: string, purpose: CodePurpose | 'email', nonce: string): string {
  const digest = createHmac('sha256', secret).update(`code\n${purpose}\n${to}\n${nonce}`).digest();
  return String(digest.readUIntBE(0, 6) % 1_000_000).padStart(6, '0');
}

/** Compares in a time that does not tell how much was right. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The caller has counted the failure, which stays. */
export function wrongCode(): DomainError {
  return new DomainError('invalid', 'wrong_code', 'Invalid or expired verification code.', {
    field: 'code',
    keepsChanges: true,
  });
}
