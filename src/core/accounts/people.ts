// Asking about people, as one viewer may see them.

import { sql, type RawBuilder } from 'kysely';
import type { Asking, Context, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, Moment } from '../ids.ts';
import { literalLike } from '../sql.ts';
import { tellAccountChanged } from './news.ts';
import { noteActivities, type Action } from './activities.ts';
import { profilePrivacyScreen } from './privacy.ts';
import { personJson, sharesPhone, withPresence, type Person } from './shape.ts';
import { assignedUsername, asTaken, usernameReserved } from './sign-up.ts';

/** One person, by id. Throws `not_found` (`no_such_person`). */
export async function person(asking: Asking<Member>, input: { id: AccountId }): Promise<Person> {
  const [found] = await people(asking, { ids: [input.id] });
  if (!found) throw noSuchPerson();
  return found;
}

export function noSuchPerson(): DomainError {
  return new DomainError('not_found', 'no_such_person', 'User not found.');
}

/** These people, in the order asked; unknown ids are left out, and so are repetitions. */
export async function people(asking: Asking<Member>, input: { ids: readonly AccountId[] }): Promise<Person[]> {
  if (input.ids.length === 0) return [];
  const { accountId, dialect } = asking.actor;
  const found = await asking.db
    .selectFrom('accounts as a')
    .select(personJson('a', accountId, dialect).as('person'))
    .where('a.id', 'in', [...new Set(input.ids)])
    .where('a.deleted_at', 'is', null)
    .execute();
  const known = new Map(found.map((row) => [row.person.id, row.person]));
  return withPresence(
    asking,
    [...new Set(input.ids)].flatMap((id) => known.get(id) ?? []),
  );
}

export interface PeoplePage {
  people: Person[];
  total: number;
}

/**
 * Everyone but the caller, oldest account first; with `text`, those whose display name or chosen username holds it,
 * regardless of case. A whole e-mail address or phone number finds its owner, if they let it; a piece of a number only
 * those whose number the caller may see. Blocks hide people from searches both ways.
 */
export async function listPeople(
  asking: Asking<Member>,
  input: { text?: string; limit: number; offset: number },
): Promise<PeoplePage> {
  const { accountId, dialect } = asking.actor;
  const pattern = `%${literalLike(input.text ?? '')}%`;
  const matches =
    input.text === undefined
      ? sql<boolean>`true`
      : sql<boolean>`(a.display_name ilike ${pattern} or (a.username_chosen and a.username ilike ${pattern})
          or (lower(a.email) = lower(${input.text}) and ${isFoundBy('allow_search_by_email')})
          or (a.phone = any(${wholeNumbers(input.text)}::text[]) and ${isFoundBy('allow_search_by_phone')})
          or (a.phone like ${pattern} and ${sharesPhone('a', accountId)}))
          and not exists (select 1 from blocks b where (b.blocker_id = ${accountId} and b.blocked_id = a.id)
            or (b.blocker_id = a.id and b.blocked_id = ${accountId}))`;
  const page = await sql<{ people: Parameters<typeof withPresence>[1]; total: number }>`
    select coalesce((select json_agg(p.person) from (
        select ${personJson('a', accountId, dialect)} as person from accounts a
        where a.id <> ${accountId} and a.deleted_at is null and ${matches}
        order by a.id limit ${input.limit} offset ${input.offset}) p), '[]'::json) as people,
      (select count(*) from accounts a
        where a.id <> ${accountId} and a.deleted_at is null and ${matches}) as total`.execute(asking.db);
  const { people: stored, total } = page.rows[0]!;
  return { people: await withPresence(asking, stored), total };
}

/** Account `a` lets itself be found so: it does, unless it has said otherwise. */
function isFoundBy(name: string): RawBuilder<boolean> {
  return sql<boolean>`coalesce((select (n.document->>${sql.lit(name)})::boolean from account_settings n
    where n.account_id = a.id and n.screen = ${sql.lit(profilePrivacyScreen)}), true)`;
}

/** The ways in which a whole number may be stored; none if the text is only a piece of one (E.164: up to 15 digits). */
function wholeNumbers(text: string): string[] {
  const digits = text
    .trim()
    .replace(/^\+/, '')
    .replaceAll(/[\s().-]/g, '');
  return /^\d{7,15}$/.test(digits) ? [digits, `+${digits}`] : [];
}

/** What one person may know of another's presence. */
export interface Presence {
  accountId: AccountId;
  isOnline: boolean;
  lastSeenAt: Moment | null;
}

/** Whether one person is online, as far as they let the caller know. Throws `not_found` (`no_such_person`). */
export async function presenceOf(asking: Asking<Member>, input: { id: AccountId }): Promise<Presence> {
  const { id, isOnline, lastSeenAt } = await person(asking, input);
  return { accountId: id, isOnline, lastSeenAt };
}

export interface ProfileChange {
  username?: string;
  displayName?: string | null;
  email?: string | null;
  bio?: string | null;
  avatarUrl?: string | null;
  firstName?: string | null;
  lastName?: string | null;
  location?: string | null;
  website?: string | null;
  dateOfBirth?: Moment | null;
  status?: string;
  statusMessage?: string | null;
  /** A new number is not verified. */
  phone?: string | null;
  /** Replaces single links; null or empty removes one. */
  socialLinks?: Record<string, string | null> | null;
}

/** Changes what is given; null clears; what is as it was is no change. Throws `conflict` (`email_taken`, `phone_taken`, `username_taken`) and `invalid` (`username_reserved`). */
export async function changeProfile(ctx: Context<Member>, input: ProfileChange): Promise<void> {
  const { accountId, dialect } = ctx.actor;
  const links = input.socialLinks;
  if (input.username !== undefined && assignedUsername.test(input.username)) throw usernameReserved();
  const changes = {
    ...(input.username !== undefined && { username: input.username }),
    ...(input.displayName !== undefined && { display_name: input.displayName }),
    ...(input.bio !== undefined && { bio: input.bio }),
    ...(input.avatarUrl !== undefined && { avatar_url: input.avatarUrl }),
    ...(input.firstName !== undefined && { first_name: input.firstName }),
    ...(input.lastName !== undefined && { last_name: input.lastName }),
    ...(input.location !== undefined && { location: input.location }),
    ...(input.website !== undefined && { website: input.website }),
    ...(input.dateOfBirth !== undefined && {
      date_of_birth: input.dateOfBirth === null ? null : new Date(input.dateOfBirth),
    }),
    ...(input.status !== undefined && { status: input.status }),
    ...(input.statusMessage !== undefined && { status_message: input.statusMessage }),
    ...(input.phone !== undefined && { phone: input.phone }),
    ...(input.email !== undefined && { email: input.email }),
    ...(links !== undefined && { social_links: sql<string>`${mergedLinks(links)}` }),
  };
  const columns = Object.keys(changes) as (keyof typeof changes)[];
  if (columns.length === 0) return;
  try {
    const changed = await ctx.tx
      .updateTable('accounts')
      .set((eb) => ({
        ...changes,
        updated_at: new Date(ctx.now),
        ...(input.username !== undefined && { username_chosen: true }),
        ...(input.phone !== undefined && {
          phone_verified_at: eb
            .case()
            .when('phone', 'is not distinct from', input.phone)
            .then(eb.ref('phone_verified_at'))
            .else(null)
            .end(),
        }),
        ...(input.email !== undefined && {
          email_verified_at: null,
          email_dialects: input.email === null ? [] : [dialect],
        }),
      }))
      .where('id', '=', accountId)
      .where((eb) => eb.or(columns.map((column) => eb(column, 'is distinct from', changes[column] ?? null))))
      .returning('id')
      .executeTakeFirst();
    if (changed) {
      await noteActivities(ctx, actionsIn(input));
      await tellAccountChanged(ctx, accountId, 'profile');
    }
  } catch (error) {
    throw asTaken(error);
  }
}

function actionsIn({ avatarUrl, status, statusMessage, ...others }: ProfileChange): Action[] {
  return [
    ...(avatarUrl === undefined ? [] : ([avatarUrl === null ? 'avatar_removed' : 'avatar_changed'] as const)),
    ...(status === undefined && statusMessage === undefined ? [] : (['status_changed'] as const)),
    ...(Object.keys(others).length === 0 ? [] : (['profile_updated'] as const)),
  ];
}

function mergedLinks(links: Record<string, string | null> | null) {
  if (links === null) return sql`'{}'::jsonb`;
  const kept = Object.fromEntries(Object.entries(links).filter(([, link]) => link));
  const removed = Object.keys(links).filter((name) => !links[name]);
  return sql`(social_links || ${JSON.stringify(kept)}::jsonb) - ${removed}::text[]`;
}
