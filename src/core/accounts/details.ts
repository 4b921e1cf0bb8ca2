// An account as its owner and superusers see it: nothing hidden, nothing secret.

import { sql, type RawBuilder } from 'kysely';
import type { Asking, Member } from '../context.ts';
import type { AccountId, Moment } from '../ids.ts';
import { moment } from '../sql.ts';
import { noSuchPerson } from './people.ts';
import { requireSuperuser } from './superusers.ts';

export interface AccountDetails {
  id: AccountId;
  username: string;
  email: string | null;
  phone: string | null;
  displayName: string | null;
  bio: string | null;
  isDisabled: boolean;
  isSuperuser: boolean;
  createdAt: Moment;
  updatedAt: Moment;
}

const detailsJson: RawBuilder<AccountDetails> = sql<AccountDetails>`json_build_object(
  'id', a.id, 'username', a.username, 'email', a.email, 'phone', a.phone, 'displayName', a.display_name,
  'bio', a.bio, 'isDisabled', a.disabled_at is not null, 'isSuperuser', a.is_superuser,
  'createdAt', ${moment('a.created_at')}, 'updatedAt', ${moment('a.updated_at')})`;

/** The caller's own account. */
export async function ownDetails(asking: Asking<Member>, _input: object): Promise<AccountDetails> {
  return details(asking, asking.actor.accountId);
}

/** Anybody's, for a superuser. Throws `forbidden` (`not_a_superuser`) and `not_found` (`no_such_person`). */
export async function accountDetails(asking: Asking<Member>, input: { id: AccountId }): Promise<AccountDetails> {
  await requireSuperuser(asking.db, asking.actor);
  return details(asking, input.id);
}

/** Everybody, oldest account first, for a superuser. Throws `forbidden` (`not_a_superuser`). */
export async function listAccounts(
  asking: Asking<Member>,
  input: { limit: number; offset: number },
): Promise<AccountDetails[]> {
  await requireSuperuser(asking.db, asking.actor);
  const { rows } = await sql<{ details: AccountDetails }>`
    select ${detailsJson} as details from accounts a where a.deleted_at is null
    order by a.id limit ${input.limit} offset ${input.offset}`.execute(asking.db);
  return rows.map((row) => row.details);
}

async function details(asking: Asking<Member>, id: AccountId): Promise<AccountDetails> {
  const { rows } = await sql<{ details: AccountDetails }>`
    select ${detailsJson} as details from accounts a where a.id = ${id} and a.deleted_at is null`.execute(asking.db);
  if (!rows[0]) throw noSuchPerson();
  return rows[0].details;
}
