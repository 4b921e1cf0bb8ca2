// A person, in the core's own shape, as one viewer may see them.

import { sql, type RawBuilder } from 'kysely';
import type { Asking, DialectName, Member } from '../context.ts';
import type { AccountId, Moment } from '../ids.ts';
import { moment } from '../sql.ts';

export interface Person {
  id: AccountId;
  username: string;
  /** Others see it only in the dialect it was given through (DECISIONS 4). */
  email: string | null;
  /** Others see it only if both phones are verified and they share a conversation. */
  phone: string | null;
  displayName: string | null;
  bio: string | null;
  avatarUrl: string | null;
  socialLinks: Record<string, string>;
  role: string;
  isPhoneVerified: boolean;
  badge: string;
  plan: string;
  planExpiresAt: Moment | null;
  isOnline: boolean;
  lastSeenAt: Moment | null;
  createdAt: Moment;
  updatedAt: Moment;
}

/** As it comes from the database: whether presence may be shown is known there, presence itself in the cluster. */
export interface StoredPerson extends Omit<Person, 'isOnline'> {
  showsPresence: boolean;
}

/**
 * The JSON of the account at `alias` for a viewer. Privacy switches and blocks are applied here, in one place: a block
 * in either direction hides photo and presence.
 */
export function personJson(alias: string, viewer: AccountId, dialect: DialectName): RawBuilder<StoredPerson> {
  const column = (name: string) => sql.ref(`${alias}.${name}`);
  const own = sql<boolean>`${column('id')} = ${viewer}`;
  const estranged = sql<boolean>`exists (select 1 from blocks b
    where (b.blocker_id = ${viewer} and b.blocked_id = ${column('id')})
       or (b.blocker_id = ${column('id')} and b.blocked_id = ${viewer}))`;
  return sql<StoredPerson>`json_build_object(
    'id', ${column('id')},
    'username', ${column('username')},
    'email', case when ${own} or ${dialect} = any(${column('email_dialects')}) then ${column('email')} end,
    'phone', case when ${own} or ${sharesPhone(alias, viewer)} then ${column('phone')} end,
    'displayName', nullif(${column('display_name')}, ''),
    'bio', ${column('bio')},
    'avatarUrl', case when ${own} or (${column('show_profile_photo')} and not ${estranged}) then ${column('avatar_url')} end,
    'socialLinks', ${column('social_links')},
    'role', ${column('standing_role')},
    'isPhoneVerified', ${column('phone_verified_at')} is not null,
    'badge', ${column('badge_status')},
    'plan', ${column('subscription_plan')},
    'planExpiresAt', ${moment(`${alias}.subscription_expires_at`)},
    'showsPresence', ${own} or (${column('show_online_status')} and not ${estranged}),
    'lastSeenAt', case when ${own} or (${column('show_last_seen')} and not ${estranged})
      then ${moment(`${alias}.last_seen_at`)} end,
    'createdAt', ${moment(`${alias}.created_at`)},
    'updatedAt', ${moment(`${alias}.updated_at`)})`;
}

/** The viewer may see the phone of the account at `alias` (DECISIONS 4). */
export function sharesPhone(alias: string, viewer: AccountId): RawBuilder<boolean> {
  const column = (name: string) => sql.ref(`${alias}.${name}`);
  return sql<boolean>`(${column('phone_verified_at')} is not null
    and exists (select 1 from accounts me where me.id = ${viewer} and me.phone_verified_at is not null)
    and exists (select 1 from memberships mine
      join memberships theirs on theirs.conversation_id = mine.conversation_id
      where mine.account_id = ${viewer} and mine.left_at is null
        and theirs.account_id = ${column('id')} and theirs.left_at is null))`;
}

/** Adds what only the cluster knows. */
export async function withPresence(asking: Asking<Member>, stored: readonly StoredPerson[]): Promise<Person[]> {
  const online = await asking.ports.cluster.online(stored.map((person) => person.id));
  return stored.map(({ showsPresence, ...person }) => ({
    ...person,
    isOnline: showsPresence && online.has(person.id),
  }));
}
