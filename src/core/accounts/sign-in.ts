// Proving who one is: by a code sent to a phone, or by a password.

import { sql, type Kysely } from 'kysely';
import type { Asking, Context, Guest, Member } from '../context.ts';
import { prepared } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, SessionId } from '../ids.ts';
import type { Schema } from '../schema.ts';
import { checkCode, useCode } from './codes.ts';
import { tellAccountChanged } from './news.ts';
import { hashPassword, passwordMatches } from './passwords.ts';
import { endSessions, openSession, type SignedIn } from './sessions.ts';
import { accountDisabled } from './tokens.ts';

interface PhoneAccount {
  id: AccountId;
  username: string;
}

/** Signs in by code, and uses the code up. Throws `invalid` (`wrong_code`) and `not_found` (`no_such_account`). */
export async function signInByCode(ctx: Context<Guest>, input: { phone: string; code: string }): Promise<SignedIn> {
  const { codeId } = await checkCode(ctx, { ...input, purpose: 'sign-in' });
  const account = await accountByPhone(ctx, input.phone);
  await useCode(ctx, { codeId });
  const signedIn = await openSession(ctx, account);
  await takePhone(ctx, account.id, signedIn.sessionId);
  return signedIn;
}

/**
 * Verifies a phone by code, and leaves the code good for the sign-in that URGE's client makes right after. The session
 * that verifies is the caller's own if it holds one of this account (`session`), else a new one. Throws as above.
 */
export async function verifyPhone(
  ctx: Context<Guest>,
  input: { phone: string; code: string; session?: SessionId | undefined },
): Promise<SignedIn> {
  await checkCode(ctx, { phone: input.phone, code: input.code, purpose: 'sign-in' });
  const account = await accountByPhone(ctx, input.phone);
  const signedIn = await openSession(ctx, account);
  await takePhone(ctx, account.id, signedIn.sessionId, input.session);
  return signedIn;
}

/**
 * Signs in by phone and password. An unverified phone is a profile field and signs nobody in. Throws `unauthenticated`
 * (`wrong_credentials`): one answer for unknown, unverified and wrong.
 */
export const signInByPassword = prepared(
  'signInByPassword',
  async (asking: Asking<Guest>, input: { phone: string; password: string }) => {
    const account = await asking.db
      .selectFrom('accounts')
      .select(['id', 'username', 'password_hash'])
      .where('phone', '=', input.phone)
      .where('phone_verified_at', 'is not', null)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    const hash = account?.password_hash ?? null;
    return { hash, matches: await passwordMatches(input.password, hash, asking.settings.passwordRounds) };
  },
  async (ctx: Context<Guest>, input, { hash, matches }): Promise<SignedIn> => {
    const account = await ctx.tx
      .selectFrom('accounts')
      .select(['id', 'username'])
      .where('phone', '=', input.phone)
      .where('phone_verified_at', 'is not', null)
      .where('deleted_at', 'is', null)
      .where('password_hash', '=', hash)
      .executeTakeFirst();
    if (!matches || !account) throw wrongCredentials();
    return openSession(ctx, account);
  },
);

/**
 * Signs in by username, in exactly its letters, and password. Throws `unauthenticated` (`wrong_credentials`), one answer
 * for unknown and wrong, and `forbidden` (`account_disabled`) to who knows the password.
 */
export const signInByUsername = prepared(
  'signInByUsername',
  async (asking: Asking<Guest>, input: { username: string; password: string }) => {
    const account = await namedAccount(asking.db, input.username);
    const hash = account?.password_hash ?? null;
    return { hash, matches: await passwordMatches(input.password, hash, asking.settings.passwordRounds) };
  },
  async (ctx: Context<Guest>, input, { hash, matches }): Promise<SignedIn> => {
    const account = await namedAccount(ctx.tx, input.username);
    if (!matches || !account || account.password_hash !== hash) {
      throw new DomainError('unauthenticated', 'wrong_credentials', 'Incorrect username or password.');
    }
    if (account.disabled_at !== null) throw accountDisabled();
    return openSession(ctx, account);
  },
);

function namedAccount(db: Kysely<Schema>, username: string) {
  return db
    .selectFrom('accounts')
    .select(['id', 'username', 'password_hash', 'disabled_at'])
    .where(sql`lower(username)`, '=', sql`lower(${username})`)
    .where('username', '=', username)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
}

/**
 * Replaces the caller's own password and ends all their sessions but this one. Throws `invalid` (`wrong_password`).
 */
export const changePassword = prepared(
  'changePassword',
  async (asking: Asking<Member>, input: { current: string; next: string }) => {
    const { accountId } = asking.actor;
    const { passwordRounds } = asking.settings;
    const { password_hash: hash } = await asking.db
      .selectFrom('accounts')
      .select('password_hash')
      .where('id', '=', accountId)
      .executeTakeFirstOrThrow();
    if (!(await passwordMatches(input.current, hash, passwordRounds))) throw wrongPassword();
    return { hash, passwordHash: await hashPassword(input.next, passwordRounds) };
  },
  async (ctx: Context<Member>, _input, { hash, passwordHash }): Promise<void> => {
    const { accountId, sessionId } = ctx.actor;
    const changed = await ctx.tx
      .updateTable('accounts')
      .set({
        password_hash: passwordHash,
        password_session_id: sessionId,
        password_changed_at: new Date(ctx.now),
        updated_at: new Date(ctx.now),
      })
      .where('id', '=', accountId)
      .where('password_hash', '=', hash)
      .returning('id')
      .executeTakeFirst();
    if (!changed) throw wrongPassword();
    await tellAccountChanged(ctx, accountId, 'security');
    await endSessions(ctx, { account: accountId, except: [sessionId], reason: 'password_changed' });
  },
);

/** Sets a new password by a reset code, uses the code up, and ends every session. Throws `invalid` (`wrong_code`). */
export const resetPassword = prepared(
  'resetPassword',
  async (asking: Asking<Guest>, input: { phone: string; code: string; newPassword: string }) => ({
    passwordHash: await hashPassword(input.newPassword, asking.settings.passwordRounds),
  }),
  async (ctx: Context<Guest>, input, { passwordHash }): Promise<void> => {
    const { codeId } = await checkCode(ctx, { phone: input.phone, code: input.code, purpose: 'reset' });
    const account = await accountByPhone(ctx, input.phone);
    await useCode(ctx, { codeId });
    await takePhone(ctx, account.id, undefined);
    await ctx.tx
      .updateTable('accounts')
      .set({ password_hash: passwordHash, password_session_id: null, password_changed_at: new Date(ctx.now) })
      .where('id', '=', account.id)
      .execute();
    await tellAccountChanged(ctx, account.id, 'security');
    await endSessions(ctx, { account: account.id, reason: 'password_reset' });
  },
);

/** True while the reset code is good; does not use it up. Throws `invalid` (`wrong_code`). */
export async function checkResetCode(ctx: Context<Guest>, input: { phone: string; code: string }): Promise<void> {
  await checkCode(ctx, { ...input, purpose: 'reset' });
}

async function accountByPhone(ctx: Context<Guest>, phone: string): Promise<PhoneAccount> {
  const account = await ctx.tx
    .selectFrom('accounts')
    .select(['id', 'username'])
    .where('phone', '=', phone)
    .where('deleted_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (!account) throw new DomainError('not_found', 'no_such_account', 'Phone number not registered.');
  return account;
}

/**
 * The number is proven. The first proof makes it theirs alone: whoever registered it before loses every session and
 * the password, unless it was set in a session that stays (DECISIONS 2).
 */
async function takePhone(
  ctx: Context<Guest>,
  account: AccountId,
  newSession: SessionId | undefined,
  ownSession?: SessionId,
): Promise<void> {
  const staying = [newSession, ownSession].filter((session) => session !== undefined);
  const first = await ctx.tx
    .updateTable('accounts')
    .set((eb) => ({
      phone_verified_at: new Date(ctx.now),
      updated_at: new Date(ctx.now),
      password_hash:
        staying.length === 0
          ? null
          : eb.case().when('password_session_id', 'in', staying).then(eb.ref('password_hash')).else(null).end(),
    }))
    .where('id', '=', account)
    .where('phone_verified_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (!first) return;
  await endSessions(ctx, { account, except: staying, reason: 'phone_verified' });
}

function wrongCredentials(): DomainError {
  return new DomainError('unauthenticated', 'wrong_credentials', 'Invalid phone number or password.');
}

function wrongPassword(): DomainError {
  return new DomainError('invalid', 'wrong_password', 'The current password is wrong.', { field: 'current_password' });
}
