// What only the operator does, at the command line: making accounts, superusers, passwords, disabling.

import { sql } from 'kysely';
import { prepared, type Asking, type Context, type System } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId } from '../ids.ts';
import { hashPassword } from './passwords.ts';
import { endSessions } from './sessions.ts';
import { asTaken } from './sign-up.ts';

export interface AccountSummary {
  id: AccountId;
  username: string;
  email: string | null;
  phone: string | null;
  isSuperuser: boolean;
  isDisabled: boolean;
}

/** Makes an account that signs in by username and password. Throws `conflict` (`username_taken`, `email_taken`). */
export const createAccount = prepared(
  'createAccount',
  async (asking: Asking<System>, input: NewAccount) => ({
    passwordHash: await hashPassword(input.password, asking.settings.passwordRounds),
  }),
  async (ctx: Context<System>, input: NewAccount, { passwordHash }): Promise<{ id: AccountId }> => {
    try {
      return await ctx.tx
        .insertInto('accounts')
        .values({
          username: input.username,
          username_chosen: true,
          email: input.email ?? null,
          email_verified_at: input.email ? new Date(ctx.now) : null,
          password_hash: passwordHash,
          password_changed_at: new Date(ctx.now),
          is_superuser: input.isSuperuser,
          social_links: '{}',
          created_in: 'operator',
          created_at: new Date(ctx.now),
          updated_at: new Date(ctx.now),
        })
        .returning('id')
        .executeTakeFirstOrThrow();
    } catch (error) {
      throw asTaken(error);
    }
  },
);

export interface NewAccount {
  username: string;
  password: string;
  email?: string | undefined;
  isSuperuser: boolean;
}

/** Finds an account by username, e-mail or phone, whole. Throws `not_found` (`no_such_account`). */
export async function findAccount(asking: Asking<System>, input: { name: string }): Promise<AccountSummary> {
  const found = await asking.db
    .selectFrom('accounts')
    .select([
      'id',
      'username',
      'email',
      'phone',
      'is_superuser as isSuperuser',
      sql<boolean>`disabled_at is not null`.as('isDisabled'),
    ])
    .where('deleted_at', 'is', null)
    .where((eb) =>
      eb.or([
        eb(sql`lower(username)`, '=', input.name.toLowerCase()),
        eb(sql`lower(email)`, '=', input.name.toLowerCase()),
        eb('phone', '=', input.name),
      ]),
    )
    .executeTakeFirst();
  if (!found) throw new DomainError('not_found', 'no_such_account', `There is no account named ${input.name}.`);
  return found;
}

/** Makes or unmakes a superuser. Throws `conflict` (`last_superuser`) rather than leave none who can sign in. */
export async function setSuperuser(ctx: Context<System>, input: { id: AccountId; on: boolean }): Promise<void> {
  if (!input.on) await requireAnotherSuperuser(ctx, input.id);
  await ctx.tx
    .updateTable('accounts')
    .set({ is_superuser: input.on, updated_at: new Date(ctx.now) })
    .where('id', '=', input.id)
    .execute();
}

/**
 * Disables an account, or lets it in again. Its sessions stay: their tokens are refused while it is disabled, and work
 * again after (DECISIONS 6). Throws `conflict` (`last_superuser`).
 */
export async function setDisabled(ctx: Context<System>, input: { id: AccountId; on: boolean }): Promise<void> {
  if (input.on) await requireAnotherSuperuser(ctx, input.id);
  await ctx.tx
    .updateTable('accounts')
    .set({
      disabled_at: input.on ? new Date(ctx.now) : null,
      access_changed_at: sql`clock_timestamp()`,
      updated_at: new Date(ctx.now),
    })
    .where('id', '=', input.id)
    .execute();
}

/** Sets a password and ends every session. */
export const setPassword = prepared(
  'setPassword',
  async (asking: Asking<System>, input: { id: AccountId; password: string }) => ({
    passwordHash: await hashPassword(input.password, asking.settings.passwordRounds),
  }),
  async (ctx: Context<System>, input, { passwordHash }): Promise<void> => {
    await ctx.tx
      .updateTable('accounts')
      .set({ password_hash: passwordHash, password_session_id: null, password_changed_at: new Date(ctx.now) })
      .where('id', '=', input.id)
      .execute();
    await endSessions(ctx, { account: input.id, reason: 'password_reset' });
  },
);

async function requireAnotherSuperuser(ctx: Context<System>, besides: AccountId): Promise<void> {
  const superusers = await ctx.tx
    .selectFrom('accounts')
    .select('id')
    .where('is_superuser', '=', true)
    .where('disabled_at', 'is', null)
    .where('deleted_at', 'is', null)
    .forUpdate()
    .execute();
  if (superusers.some(({ id }) => id === besides) && superusers.length === 1) {
    throw new DomainError('conflict', 'last_superuser', 'This is the last superuser: make another one first.');
  }
}
