// Roles: names that superusers give to accounts. They grant nothing by themselves.

import { sql } from 'kysely';
import type { Asking, Context, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import { tellAccountChanged } from './news.ts';
import type { AccountId, Moment, RoleId } from '../ids.ts';
import { moment } from '../sql.ts';
import { noSuchPerson } from './people.ts';
import { requireSuperuser } from './superusers.ts';

export interface Role {
  id: RoleId;
  name: string;
  description: string | null;
  createdAt: Moment;
  updatedAt: Moment;
}

const columns = [
  'roles.id',
  'roles.name',
  'roles.description',
  moment('roles.created_at').as('createdAt'),
  moment('roles.updated_at').as('updatedAt'),
] as const;

/** All roles. Throws `forbidden` (`not_a_superuser`), as all in this file. */
export async function listRoles(asking: Asking<Member>, _input: object): Promise<Role[]> {
  await requireSuperuser(asking.db, asking.actor);
  return asking.db.selectFrom('roles').select(columns).orderBy('roles.id').execute();
}

/** Makes a role. Throws `conflict` (`role_taken`). */
export async function createRole(
  ctx: Context<Member>,
  input: { name: string; description: string | null },
): Promise<Role> {
  await requireSuperuser(ctx.tx, ctx.actor);
  const made = await ctx.tx
    .insertInto('roles')
    .values({ ...input, created_at: new Date(ctx.now), updated_at: new Date(ctx.now) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning(columns)
    .executeTakeFirst();
  if (!made) throw new DomainError('conflict', 'role_taken', 'A role with this name already exists.');
  return made;
}

/** Takes a role from everybody, and away. Throws `not_found` (`no_such_role`). */
export async function deleteRole(ctx: Context<Member>, input: { id: RoleId }): Promise<void> {
  await requireSuperuser(ctx.tx, ctx.actor);
  const gone = await ctx.tx.deleteFrom('roles').where('id', '=', input.id).returning('id').executeTakeFirst();
  if (!gone) throw new DomainError('not_found', 'no_such_role', 'Role not found.');
}

/** Gives an account exactly these roles; unknown ones are passed over. Throws `not_found` (`no_such_person`). */
export async function assignRoles(
  ctx: Context<Member>,
  input: { account: AccountId; roles: readonly RoleId[] },
): Promise<void> {
  await requireSuperuser(ctx.tx, ctx.actor);
  const account = await ctx.tx
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', input.account)
    .where('deleted_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (!account) throw noSuchPerson();
  await sql`with given as (select id from roles where id = any(${[...input.roles]}::bigint[])),
    taken as (delete from account_roles where account_id = ${account.id} and role_id not in (select id from given))
    insert into account_roles (account_id, role_id, created_at)
    select ${account.id}, id, ${new Date(ctx.now)} from given on conflict do nothing`.execute(ctx.tx);
  await tellAccountChanged(ctx, account.id, 'profile');
}

/** The roles of an account. Throws `not_found` (`no_such_person`). */
export async function rolesOf(asking: Asking<Member>, input: { account: AccountId }): Promise<Role[]> {
  await requireSuperuser(asking.db, asking.actor);
  const rows = await asking.db
    .selectFrom('accounts')
    .leftJoin('account_roles', 'account_roles.account_id', 'accounts.id')
    .leftJoin('roles', 'roles.id', 'account_roles.role_id')
    .select(columns)
    .where('accounts.id', '=', input.account)
    .where('accounts.deleted_at', 'is', null)
    .orderBy('roles.id')
    .execute();
  if (rows.length === 0) throw noSuchPerson();
  return rows.filter((row): row is Role => row.id !== null);
}
