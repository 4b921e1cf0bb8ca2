// Superusers whom the settings name, by id or e-mail address (DECISIONS 5).

import { sql } from 'kysely';
import type { Actor, Context, System } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId } from '../ids.ts';

/**
 * Makes superusers of the accounts that the settings name, at every start. Where anybody may claim an address
 * (`settings.admins.mayRegister` is false), only a verified one counts: the operator's word verifies it, or a letter's
 * code. Answers who has become one.
 */
export async function promoteNamed(ctx: Context<System>, input: { ids: readonly AccountId[] }): Promise<string[]> {
  const { emails = [], mayRegister = true } = ctx.settings.admins ?? {};
  const { rows } = await sql<{ username: string }>`
    update accounts set is_superuser = true, updated_at = ${new Date(ctx.now)}
    where not is_superuser and deleted_at is null and (id = any(${[...input.ids]}::bigint[])
      or lower(email) = any(${emails.map((email) => email.toLowerCase())}::text[])
        and (${mayRegister} or email_verified_at is not null))
    returning username`.execute(ctx.tx);
  return rows.map((row) => row.username);
}

/**
 * Whether the account now made with this address is a superuser's by it. Throws `forbidden` (`email_reserved`) for
 * anybody but the operator where an address alone proves nothing.
 */
export function isNamedAdmin(ctx: Context<Actor>, email: string | null | undefined): boolean {
  const { emails = [], mayRegister = true } = ctx.settings.admins ?? {};
  const isNamed = typeof email === 'string' && emails.some((one) => one.toLowerCase() === email.toLowerCase());
  if (!isNamed || mayRegister || ctx.actor.kind === 'system') return isNamed;
  throw new DomainError('forbidden', 'email_reserved', 'This address is an administrator’s: see npm run user.', {
    field: 'email',
  });
}
