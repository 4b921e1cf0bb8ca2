// A second factor: time-based codes (RFC 6238), and eight codes for the day the phone is lost.

import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import type { Asking, Context, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import { tellAccountChanged } from './news.ts';
import { keyedHash, seal, unseal } from './sealing.ts';

const periodSeconds = 30;
const backupCodeCount = 8;

/** So many wrong codes in so long a time, and none is taken until it is over. */
const mostFailures = 5;
const failureWindow = 15 * 60_000;

const secretPurpose = 'two-factor secret';
const backupPurpose = 'backup code';

/** Whether the caller's second factor is on, and whether backup codes are left. */
export async function twoFactorStatus(
  asking: Asking<Member>,
  _input: object,
): Promise<{ enabled: boolean; hasBackupCodes: boolean }> {
  const { accountId } = asking.actor;
  const factor = await asking.db
    .selectFrom('two_factor')
    .select('enabled_at')
    .select((eb) =>
      eb
        .exists(
          eb
            .selectFrom('backup_codes')
            .select('code_hash')
            .where('account_id', '=', accountId)
            .where('used_at', 'is', null),
        )
        .as('backup'),
    )
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  const enabled = factor ? factor.enabled_at !== null : false;
  return { enabled, hasBackupCodes: enabled && factor?.backup === true };
}

/**
 * Makes a new secret, which counts once a code has proven it (`enableTwoFactor`); one not proven before is forgotten.
 * Throws `conflict` (`two_factor_on`).
 */
export async function setUpTwoFactor(
  ctx: Context<Member>,
  input: { issuer: string; label: string },
): Promise<{ secret: string; uri: string }> {
  const { accountId } = ctx.actor;
  const secret = new Secret({ size: 20 });
  const sealed = seal(ctx.settings.secret, secretPurpose, accountId, secret.base32);
  const stored = await ctx.tx
    .insertInto('two_factor')
    .values({ account_id: accountId, secret: sealed, created_at: new Date(ctx.now) })
    .onConflict((conflict) =>
      conflict
        .column('account_id')
        .doUpdateSet({ secret: sealed, last_step: 0, created_at: new Date(ctx.now) })
        .where('two_factor.enabled_at', 'is', null),
    )
    .returning('account_id')
    .executeTakeFirst();
  if (!stored) throw new DomainError('conflict', 'two_factor_on', 'Two-factor authentication is already enabled.');
  const uri = new TOTP({ issuer: input.issuer, label: input.label, secret, period: periodSeconds }).toString();
  return { secret: secret.base32, uri };
}

/**
 * Turns the second factor on by its first code, and answers the backup codes: the only time they are told. Throws
 * `conflict` (`two_factor_on`, `two_factor_off`), `invalid` (`wrong_code`) and `too_many` (`too_many_attempts`).
 */
export async function enableTwoFactor(ctx: Context<Member>, input: { code: string }): Promise<string[]> {
  const factor = await lock(ctx);
  if (!factor) throw new DomainError('conflict', 'two_factor_off', 'Set two-factor authentication up first.');
  if (factor.enabled_at !== null) {
    throw new DomainError('conflict', 'two_factor_on', 'Two-factor authentication is already enabled.');
  }
  await spend(ctx, factor, input.code);
  await ctx.tx
    .updateTable('two_factor')
    .set({ enabled_at: new Date(ctx.now) })
    .where('account_id', '=', ctx.actor.accountId)
    .execute();
  await tellAccountChanged(ctx, ctx.actor.accountId, 'security');
  return replaceBackupCodes(ctx);
}

/**
 * Turns the second factor off, by a code or a backup code. Throws `conflict` (`two_factor_off`), `invalid`
 * (`wrong_code`) and `too_many` (`too_many_attempts`).
 */
export async function disableTwoFactor(ctx: Context<Member>, input: { code: string }): Promise<void> {
  await spend(ctx, await lockEnabled(ctx), input.code);
  const { accountId } = ctx.actor;
  await ctx.tx.deleteFrom('backup_codes').where('account_id', '=', accountId).execute();
  await ctx.tx.deleteFrom('two_factor').where('account_id', '=', accountId).execute();
  await tellAccountChanged(ctx, accountId, 'security');
}

/** Eight new backup codes; the old ones are dead. Throws as `disableTwoFactor` does. */
export async function regenerateBackupCodes(ctx: Context<Member>, input: { code: string }): Promise<string[]> {
  await spend(ctx, await lockEnabled(ctx), input.code);
  await tellAccountChanged(ctx, ctx.actor.accountId, 'security');
  return replaceBackupCodes(ctx);
}

interface Factor {
  secret: string;
  enabled_at: Date | null;
  last_step: number;
  failures: number;
  failing_since: Date | null;
}

function lock(ctx: Context<Member>): Promise<Factor | undefined> {
  return ctx.tx
    .selectFrom('two_factor')
    .select(['secret', 'enabled_at', 'last_step', 'failures', 'failing_since'])
    .where('account_id', '=', ctx.actor.accountId)
    .forUpdate()
    .executeTakeFirst();
}

async function lockEnabled(ctx: Context<Member>): Promise<Factor> {
  const factor = await lock(ctx);
  if (!factor?.enabled_at) {
    throw new DomainError('conflict', 'two_factor_off', 'Two-factor authentication is not enabled.');
  }
  return factor;
}

/** Takes a code, which is then used up. The factor's row is locked, so that one code is not taken twice at once. */
async function spend(ctx: Context<Member>, factor: Factor, given: string): Promise<void> {
  const failingFor = factor.failing_since === null ? Infinity : ctx.now - factor.failing_since.getTime();
  const failures = failingFor < failureWindow ? factor.failures : 0;
  if (failures >= mostFailures) {
    throw new DomainError('too_many', 'too_many_attempts', 'Too many wrong codes. Try again later.', {
      retryAfter: (failureWindow - failingFor) / 1000,
    });
  }
  const code = given.replace(/[\s-]/g, '').toUpperCase();
  const step = /^\d{6}$/.test(code) ? stepOf(ctx, factor, code) : null;
  const isGood = step !== null || (factor.enabled_at !== null && (await spendBackupCode(ctx, code)));
  await ctx.tx
    .updateTable('two_factor')
    .set(
      isGood
        ? { failures: 0, failing_since: null, ...(step !== null && { last_step: step }) }
        : { failures: failures + 1, failing_since: failures === 0 ? new Date(ctx.now) : factor.failing_since },
    )
    .where('account_id', '=', ctx.actor.accountId)
    .execute();
  if (!isGood) {
    throw new DomainError('invalid', 'wrong_code', 'Invalid verification code.', { field: 'code', keepsChanges: true });
  }
}

/** The half minute a code belongs to, of this one and its neighbours; null if it is wrong, or not newer than the last. */
function stepOf(ctx: Context<Member>, factor: Factor, code: string): number | null {
  const secret = Secret.fromBase32(unseal(ctx.settings.secret, secretPurpose, ctx.actor.accountId, factor.secret));
  const delta = new TOTP({ secret, period: periodSeconds }).validate({ token: code, timestamp: ctx.now, window: 1 });
  if (delta === null) return null;
  const step = Math.floor(ctx.now / 1000 / periodSeconds) + delta;
  return step > factor.last_step ? step : null;
}

async function spendBackupCode(ctx: Context<Member>, code: string): Promise<boolean> {
  const { accountId } = ctx.actor;
  const used = await ctx.tx
    .updateTable('backup_codes')
    .set({ used_at: new Date(ctx.now) })
    .where('account_id', '=', accountId)
    .where('code_hash', '=', keyedHash(ctx.settings.secret, backupPurpose, accountId, code))
    .where('used_at', 'is', null)
    .returning('account_id')
    .executeTakeFirst();
  return used !== undefined;
}

async function replaceBackupCodes(ctx: Context<Member>): Promise<string[]> {
  const { accountId } = ctx.actor;
  const codes = new Set<string>();
  while (codes.size < backupCodeCount) codes.add(randomBytes(4).toString('hex').toUpperCase());
  await ctx.tx.deleteFrom('backup_codes').where('account_id', '=', accountId).execute();
  await ctx.tx
    .insertInto('backup_codes')
    .values(
      [...codes].map((code) => ({
        account_id: accountId,
        code_hash: keyedHash(ctx.settings.secret, backupPurpose, accountId, code),
        used_at: null,
      })),
    )
    .execute();
  return [...codes];
}
