// A person with all that a profile tells, as one viewer may see it.

import { sql, type RawBuilder } from 'kysely';
import type { Asking, Member } from '../context.ts';
import type { AccountId, Moment } from '../ids.ts';
import { moment } from '../sql.ts';
import { listPeople, noSuchPerson } from './people.ts';
import { profilePrivacyScreen } from './privacy.ts';
import { personJson, withPresence, type Person } from './shape.ts';

/** Details that others may not see are null. */
export interface Profile extends Person {
  firstName: string | null;
  lastName: string | null;
  location: string | null;
  website: string | null;
  dateOfBirth: Moment | null;
  /** What the person says they do: online, offline, away or busy. */
  chosenStatus: string;
  statusMessage: string | null;
  isEmailVerified: boolean;
}

type Details = Omit<Profile, keyof Person> & { showsEmail: boolean; showsPhone: boolean };

/** One person's. Throws `not_found` (`no_such_person`). */
export async function profile(asking: Asking<Member>, input: { id: AccountId }): Promise<Profile> {
  const [found] = await profiles(asking, [input.id]);
  if (!found) throw noSuchPerson();
  return found;
}

/** The caller's own. */
export function ownProfile(asking: Asking<Member>, _input: object): Promise<Profile> {
  return profile(asking, { id: asking.actor.accountId });
}

/** People whose name or username holds the text, or whose e-mail it is. Blocks hide people, both ways. */
export async function searchProfiles(
  asking: Asking<Member>,
  input: { text: string; limit: number },
): Promise<Profile[]> {
  const { people } = await listPeople(asking, { ...input, offset: 0 });
  return profiles(
    asking,
    people.map(({ id }) => id),
  );
}

/** Those of the accounts that can be added to a conversation: there, and neither disabled nor deactivated. */
export async function availableAmong(
  asking: Asking<Member>,
  input: { ids: readonly AccountId[] },
): Promise<Set<AccountId>> {
  if (input.ids.length === 0) return new Set();
  const found = await asking.db
    .selectFrom('accounts')
    .select('id')
    .where('id', 'in', [...new Set(input.ids)])
    .where('deleted_at', 'is', null)
    .where('disabled_at', 'is', null)
    .where('deactivated_at', 'is', null)
    .execute();
  return new Set(found.map(({ id }) => id));
}

async function profiles(asking: Asking<Member>, ids: readonly AccountId[]): Promise<Profile[]> {
  if (ids.length === 0) return [];
  const { accountId, dialect } = asking.actor;
  const rows = await asking.db
    .selectFrom('accounts as a')
    .select([personJson('a', accountId, dialect).as('person'), detailsJson(accountId).as('details')])
    .where('a.id', 'in', [...ids])
    .where('a.deleted_at', 'is', null)
    .execute();
  const people = await withPresence(
    asking,
    rows.map((row) => row.person),
  );
  const found = new Map(
    rows.map(({ details: { showsEmail, showsPhone, ...details } }, index) => {
      const person = people[index]!;
      const email = showsEmail ? person.email : null;
      return [person.id, { ...person, ...details, email, phone: showsPhone ? person.phone : null }];
    }),
  );
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** Of account `a`. */
function detailsJson(viewer: AccountId): RawBuilder<Details> {
  const own = sql<boolean>`(a.id = ${viewer})`;
  const shown = (name: string) => sql<boolean>`(${own} or coalesce((
    select (n.document->>${sql.lit(name)})::boolean from account_settings n
    where n.account_id = a.id and n.screen = ${sql.lit(profilePrivacyScreen)}), false))`;
  return sql<Details>`json_build_object(
    'firstName', a.first_name, 'lastName', a.last_name, 'website', a.website,
    'location', case when ${shown('show_location')} then a.location end,
    'dateOfBirth', case when ${own} then ${moment('a.date_of_birth')} end,
    'chosenStatus', a.status, 'statusMessage', a.status_message, 'isEmailVerified', a.email_verified_at is not null,
    'showsEmail', ${shown('show_email')}, 'showsPhone', ${shown('show_phone_number')})`;
}
