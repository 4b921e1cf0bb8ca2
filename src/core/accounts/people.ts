// Asking about people, as one viewer may see them.

import { sql } from 'kysely';
import type { Asking, Context, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, Moment } from '../ids.ts';
import { literalLike } from '../sql.ts';
import { personJson, withPresence, type Person } from './shape.ts';
import { asTaken } from './sign-up.ts';

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
 * Everyone but the caller, oldest account first; with `text`, those whose display name, chosen username or phone
 * holds it, regardless of case. A whole e-mail address finds its owner. Blocks hide people from searches both ways.
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
          or a.phone like ${pattern} or lower(a.email) = lower(${input.text}))
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
  displayName?: string | null;
  email?: string | null;
  bio?: string | null;
  avatarUrl?: string | null;
  /** Replaces single links; null or empty removes one. */
  socialLinks?: Record<string, string | null> | null;
}

/** Changes what is given; null clears. Throws `conflict` (`email_taken`). */
export async function changeProfile(ctx: Context<Member>, input: ProfileChange): Promise<void> {
  const { accountId, dialect } = ctx.actor;
  const links = input.socialLinks;
  try {
    await ctx.tx
      .updateTable('accounts')
      .set({
        updated_at: new Date(ctx.now),
        ...(input.displayName !== undefined && { display_name: input.displayName }),
        ...(input.bio !== undefined && { bio: input.bio }),
        ...(input.avatarUrl !== undefined && { avatar_url: input.avatarUrl }),
        ...(input.email !== undefined && {
          email: input.email,
          email_verified_at: null,
          email_dialects: input.email === null ? [] : [dialect],
        }),
        ...(links !== undefined && { social_links: sql<string>`${mergedLinks(links)}` }),
      })
      .where('id', '=', accountId)
      .execute();
  } catch (error) {
    throw asTaken(error);
  }
}

function mergedLinks(links: Record<string, string | null> | null) {
  if (links === null) return sql`'{}'::jsonb`;
  const kept = Object.fromEntries(Object.entries(links).filter(([, link]) => link));
  const removed = Object.keys(links).filter((name) => !links[name]);
  return sql`(social_links || ${JSON.stringify(kept)}::jsonb) - ${removed}::text[]`;
}
