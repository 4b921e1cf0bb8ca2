// What the operator does at the command line, and superusers through an API: making accounts, superusers, passwords,
// disabling. Every command here throws `forbidden` (`not_a_superuser`) to anybody else.

import { sql } from 'kysely';
import { prepared, type Asking, type Context, type System } from '../context.ts';
import { DomainError } from '../errors.ts';
import { tellAccountChanged } from './news.ts';
import type { AccountId } from '../ids.ts';
import { isNamedAdmin } from './named-admins.ts';
import { hashPassword, passwordMatches } from './passwords.ts';
import { noSuchPerson } from './people.ts';
import { endSessions } from './sessions.ts';
import { assignedUsername, asTaken, usernameReserved } from './sign-up.ts';
import { refuseSelf, requireSuperuser, type Operator } from './superusers.ts';

export interface AccountSummary {
  id: AccountId;
  username: string;
  email: string | null;
  phone: string | null;
  isSuperuser: boolean;
  isDisabled: boolean;
}

/**
 * Makes an account that signs in by username and password. The operator's word verifies an e-mail address, a
 * superuser's does not. Throws `conflict` (`username_taken`, `email_taken`, `phone_taken`) and `invalid`
 * (`username_reserved`).
 */
export const createAccount = prepared(
  'createAccount',
  async (asking: Asking<Operator>, input: NewAccount) => ({
    passwordHash: await hashPassword(input.password, asking.settings.passwordRounds),
  }),
  async (ctx: Context<Operator>, input: NewAccount, { passwordHash }): Promise<{ id: AccountId }> => {
    await requireSuperuser(ctx.tx, ctx.actor);
    if (assignedUsername.test(input.username)) throw usernameReserved();
    try {
      return await ctx.tx
        .insertInto('accounts')
        .values(rowOf(ctx, input, passwordHash))
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
  phone?: string | null;
  displayName?: string | null;
  isSuperuser: boolean;
}

function rowOf(ctx: Context<Operator>, input: NewAccount, passwordHash: string) {
  const now = new Date(ctx.now);
  const through = ctx.actor.kind === 'member' ? ctx.actor.dialect : null;
  return {
    username: input.username,
    username_chosen: true,
    email: input.email ?? null,
    email_dialects: input.email && through ? [through] : [],
    email_verified_at: input.email && !through ? now : null,
    phone: input.phone ?? null,
    display_name: input.displayName ?? null,
    password_hash: passwordHash,
    password_changed_at: now,
    is_superuser: isNamedAdmin(ctx, input.email) || input.isSuperuser,
    social_links: '{}',
    created_in: through ?? 'operator',
    created_at: now,
    updated_at: now,
  };
}

/**
 * Makes the superuser that the settings name, at every start of every process: one who is there already is left as is,
 * but for the right itself. Someone else who took the name first gets nothing: the password must be theirs.
 */
export const keepSuperuser = prepared(
  'keepSuperuser',
  async (asking: Asking<System>, input: { username: string; email: string | null; password: string }) => {
    const { passwordRounds } = asking.settings;
    const known = await asking.db
      .selectFrom('accounts')
      .select(['id', 'password_hash', 'is_superuser'])
      .where(sql`lower(username)`, '=', sql`lower(${input.username})`)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    if (!known) return { passwordHash: await hashPassword(input.password, passwordRounds) };
    const isTheirs = known.is_superuser || (await passwordMatches(input.password, known.password_hash, passwordRounds));
    return { known, isTheirs };
  },
  async (ctx: Context<System>, input, found): Promise<'made' | 'kept' | 'name_taken' | 'email_taken'> => {
    if (found.passwordHash !== undefined) {
      const account = { ...input, email: input.email ?? undefined, isSuperuser: true };
      const made = await ctx.tx
        .insertInto('accounts')
        .values(rowOf(ctx, account, found.passwordHash))
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .executeTakeFirst();
      if (made) return 'made';
      // Another process was faster, or somebody else has the e-mail address.
      const named = await ctx.tx
        .selectFrom('accounts')
        .select('id')
        .where(sql`lower(username)`, '=', sql`lower(${input.username})`)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return named ? 'kept' : 'email_taken';
    }
    if (!found.isTheirs) return 'name_taken';
    await ctx.tx
      .updateTable('accounts')
      .set({ is_superuser: true, updated_at: new Date(ctx.now) })
      .where('id', '=', found.known.id)
      .where('is_superuser', '=', false)
      .execute();
    return 'kept';
  },
);

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

/**
 * Makes or unmakes a superuser. Throws `invalid` (`own_account`), `not_found` (`no_such_person`), and `conflict`
 * (`last_superuser`) rather than leave none who can sign in.
 */
export async function setSuperuser(
  ctx: Context<Operator>,
  input: { id: AccountId; on: boolean | 'toggle' },
): Promise<void> {
  await requireSuperuser(ctx.tx, ctx.actor);
  refuseSelf(ctx, input.id);
  const { isSuperuser } = await lockAccount(ctx, input.id);
  const on = input.on === 'toggle' ? !isSuperuser : input.on;
  if (on === isSuperuser) return;
  if (!on) await requireAnotherSuperuser(ctx, input.id);
  await ctx.tx
    .updateTable('accounts')
    .set({ is_superuser: on, updated_at: new Date(ctx.now) })
    .where('id', '=', input.id)
    .execute();
  await tellAccountChanged(ctx, input.id, 'profile');
}

/**
 * Disables an account, or lets it in again. Its sessions stay: their tokens are refused while it is disabled, and work
 * again after (DECISIONS 6). Throws `invalid` (`own_account`), `not_found` (`no_such_person`) and `conflict`
 * (`last_superuser`).
 */
export async function setDisabled(ctx: Context<Operator>, input: { id: AccountId; on: boolean }): Promise<void> {
  await requireSuperuser(ctx.tx, ctx.actor);
  if (input.on) refuseSelf(ctx, input.id);
  if (input.on) await requireAnotherSuperuser(ctx, input.id);
  const { isDisabled } = await lockAccount(ctx, input.id);
  if (isDisabled === input.on) return;
  await ctx.tx
    .updateTable('accounts')
    .set({
      disabled_at: input.on ? new Date(ctx.now) : null,
      access_changed_at: sql`clock_timestamp()`,
      updated_at: new Date(ctx.now),
    })
    .where('id', '=', input.id)
    .execute();
  const sessions = await ctx.tx
    .selectFrom('sessions')
    .select('id')
    .where('account_id', '=', input.id)
    .where('ended_at', 'is', null)
    .execute();
  ctx.emit({
    type: 'access.changed',
    sessions: sessions.map((session) => session.id),
    allowed: !input.on,
    audience: { kind: 'accounts', accounts: [input.id] },
  });
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

/** The account, locked. Throws `not_found` (`no_such_person`). */
export async function lockAccount(
  ctx: Context<Operator>,
  id: AccountId,
): Promise<{ isSuperuser: boolean; isDisabled: boolean }> {
  const found = await ctx.tx
    .selectFrom('accounts')
    .select(['is_superuser as isSuperuser', sql<boolean>`disabled_at is not null`.as('isDisabled')])
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (!found) throw noSuchPerson();
  return found;
}

/** Throws `conflict` (`last_superuser`) if nobody but this account could administer. */
export async function requireAnotherSuperuser(ctx: Context<Operator>, besides: AccountId): Promise<void> {
  const superusers = await ctx.tx
    .selectFrom('accounts')
    .select('id')
    .where('is_superuser', '=', true)
    .where('disabled_at', 'is', null)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute();
  if (superusers.some(({ id }) => id === besides) && superusers.length === 1) {
    throw new DomainError('conflict', 'last_superuser', 'This is the last superuser: make another one first.');
  }
}
