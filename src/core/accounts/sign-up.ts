// Making an account.

import { randomBytes } from 'node:crypto';
import type { Asking, Context, Guest } from '../context.ts';
import { prepared } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, SessionId } from '../ids.ts';
import { isUniqueViolation } from '../retry.ts';
import { isNamedAdmin } from './named-admins.ts';
import { hashPassword } from './passwords.ts';
import { openSession, type SignedIn } from './sessions.ts';

export interface SignUp {
  phone?: string | null;
  email?: string | null;
  /** Absent: one is assigned, and the account counts as not having chosen. */
  username?: string;
  displayName?: string | null;
  avatarUrl?: string | null;
  bio?: string | null;
  password?: string | undefined;
}

/** The pattern of assigned usernames; nobody may choose one (DECISIONS 3). */
export const assignedUsername = /^user_[a-z2-7]{12}$/i;

/**
 * Makes an account and signs it in. A phone given here is not verified and signs nobody in later. Throws `conflict`
 * (`phone_taken`, `email_taken`, `username_taken`), `invalid` (`username_reserved`) and `forbidden` (`email_reserved`).
 */
export const signUp = prepared(
  'signUp',
  async (asking: Asking<Guest>, input: SignUp) => ({
    passwordHash:
      input.password === undefined ? null : await hashPassword(input.password, asking.settings.passwordRounds),
  }),
  async (ctx: Context<Guest>, input: SignUp, { passwordHash }): Promise<SignedIn> => {
    if (input.username !== undefined && assignedUsername.test(input.username)) {
      throw usernameReserved();
    }
    const account = await insertAccount(ctx, input, passwordHash);
    const signedIn = await openSession(ctx, account);
    if (passwordHash !== null) await rememberPasswordSession(ctx, account.id, signedIn.sessionId);
    return signedIn;
  },
);

export function usernameReserved(): DomainError {
  return new DomainError('invalid', 'username_reserved', 'This username is reserved.', { field: 'username' });
}

async function insertAccount(
  ctx: Context<Guest>,
  input: SignUp,
  passwordHash: string | null,
): Promise<{ id: AccountId; username: string }> {
  const now = new Date(ctx.now);
  const isSuperuser = isNamedAdmin(ctx, input.email);
  try {
    return await ctx.tx
      .insertInto('accounts')
      .values({
        username: input.username ?? `user_${base32(randomBytes(12))}`,
        username_chosen: input.username !== undefined,
        email: input.email ?? null,
        email_dialects: input.email ? [ctx.actor.dialect] : [],
        phone: input.phone ?? null,
        display_name: input.displayName ?? null,
        avatar_url: input.avatarUrl ?? null,
        bio: input.bio ?? null,
        password_hash: passwordHash,
        is_superuser: isSuperuser,
        password_changed_at: passwordHash === null ? null : now,
        social_links: '{}',
        created_in: ctx.actor.dialect,
        created_at: now,
        updated_at: now,
      })
      .returning(['id', 'username'])
      .executeTakeFirstOrThrow();
  } catch (error) {
    throw asTaken(error);
  }
}

async function rememberPasswordSession(ctx: Context<Guest>, account: AccountId, session: SessionId): Promise<void> {
  await ctx.tx.updateTable('accounts').set({ password_session_id: session }).where('id', '=', account).execute();
}

/** A unique violation on an account, in the core's words; anything else unchanged. */
export function asTaken(error: unknown): unknown {
  if (isUniqueViolation(error, 'accounts_phone')) {
    return new DomainError('conflict', 'phone_taken', 'Phone number already registered.', { field: 'phone_number' });
  }
  if (isUniqueViolation(error, 'accounts_email')) {
    return emailTaken();
  }
  if (isUniqueViolation(error, 'accounts_username')) {
    return new DomainError('conflict', 'username_taken', 'Username already taken.', { field: 'username' });
  }
  return error;
}

export function emailTaken(): DomainError {
  return new DomainError('conflict', 'email_taken', 'Email already registered.', { field: 'email' });
}

function base32(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte & 31]).join('');
}
