// Who may administer: the operator at the command line, and superusers, whose right is read at every use.

import type { Kysely } from 'kysely';
import type { Asking, Context, Member, System } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId } from '../ids.ts';
import type { Schema } from '../schema.ts';

export type Operator = System | Member;

export async function isSuperuser(db: Kysely<Schema>, actor: Operator): Promise<boolean> {
  if (actor.kind === 'system') return true;
  const found = await db
    .selectFrom('accounts')
    .select('is_superuser')
    .where('id', '=', actor.accountId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return found?.is_superuser ?? false;
}

/** Throws `forbidden` (`not_a_superuser`). */
export async function requireSuperuser(db: Kysely<Schema>, actor: Operator): Promise<void> {
  if (await isSuperuser(db, actor)) return;
  throw new DomainError('forbidden', 'not_a_superuser', 'Not enough permissions.');
}

/** The same for a route that wants to know before it reads anything else. */
export async function mayAdminister(asking: Asking<Member>, _input: object): Promise<void> {
  await requireSuperuser(asking.db, asking.actor);
}

/** Throws `invalid` (`own_account`): nobody locks themselves out. */
export function refuseSelf(ctx: Context<Operator>, id: AccountId): void {
  if (ctx.actor.kind === 'member' && ctx.actor.accountId === id) {
    throw new DomainError('invalid', 'own_account', 'You cannot do this to your own account.');
  }
}
