// Signing in by e-mail address or username, and names for those who bring none.

import { sql, type Kysely } from 'kysely';
import { prepared, type Asking, type Context, type Guest } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { Schema } from '../schema.ts';
import { passwordMatches } from './passwords.ts';
import { openSession, type SignedIn } from './sessions.ts';
import { assignedUsername } from './sign-up.ts';

/**
 * Signs in by e-mail address or username, in any case of letters, and password; who had deactivated their account is
 * back. Throws `unauthenticated` (`wrong_credentials`): one answer for unknown, wrong and disabled.
 */
export const signInByName = prepared(
  'signInByName',
  async (asking: Asking<Guest>, input: { name: string; password: string }) => {
    const account = await find(asking.db, input.name);
    const hash = account?.password_hash ?? null;
    return { hash, matches: await passwordMatches(input.password, hash, asking.settings.passwordRounds) };
  },
  async (ctx: Context<Guest>, input, { hash, matches }): Promise<SignedIn> => {
    const account = await find(ctx.tx, input.name);
    if (!matches || !account || account.password_hash !== hash || account.disabled_at !== null) {
      throw new DomainError('unauthenticated', 'wrong_credentials', 'Incorrect e-mail or password.');
    }
    if (account.deactivated_at !== null) {
      await ctx.tx.updateTable('accounts').set({ deactivated_at: null }).where('id', '=', account.id).execute();
    }
    return openSession(ctx, account);
  },
);

function find(db: Kysely<Schema>, name: string) {
  const column = name.includes('@') ? sql`lower(email)` : sql`lower(username)`;
  return db
    .selectFrom('accounts')
    .select(['id', 'username', 'password_hash', 'disabled_at', 'deactivated_at'])
    .where(column, '=', sql`lower(${name})`)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
}

/** The wanted username, or the first free one that it makes with a number. Somebody may take it meanwhile. */
export async function freeUsername(asking: Asking<Guest>, input: { wanted: string }): Promise<string> {
  const { wanted } = input;
  const { rows } = await sql<{ username: string }>`
    select lower(username) as username from accounts
    where starts_with(lower(username), ${wanted}) and substr(lower(username), ${wanted.length + 1}) ~ '^[0-9]*$'`.execute(
    asking.db,
  );
  const taken = new Set(rows.map((row) => row.username));
  if (!taken.has(wanted) && !assignedUsername.test(wanted)) return wanted;
  let number = 1;
  while (taken.has(`${wanted}${number}`)) number += 1;
  return `${wanted}${number}`;
}
