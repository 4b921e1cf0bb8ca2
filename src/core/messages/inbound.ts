// Text messages that reach us from outside, told by the number they come from.

import { sql } from 'kysely';
import type { Asking, DialectName, Member, System } from '../context.ts';
import type { AccountId, SessionId } from '../ids.ts';

/** Fewer digits than this identify nobody. */
const fewestDigits = 7;

/** Identities start at 1: who acts without having signed in has no session. */
const noSession = 0 as SessionId;

/**
 * Whose number this is, to act for them: the one with these very digits, else one whose digits contain these or are
 * contained in them, as where the country is left out. A verified number goes before one that only stands in a profile,
 * the longer before the shorter. Null: nobody's.
 */
export async function whoseNumber(
  asking: Asking<System>,
  input: { number: string; dialect: DialectName },
): Promise<Member | null> {
  const digits = input.number.replace(/\D/g, '');
  if (digits.length < fewestDigits) return null;
  const stored = sql`regexp_replace(a.phone, '\\D', '', 'g')`;
  const known = sql`accounts a where a.deleted_at is null and a.phone is not null`;
  const best = sql`order by a.phone_verified_at is null, length(a.phone) desc, a.id limit 1`;
  const { rows } = await sql<{ id: AccountId | null }>`
    select coalesce(
      (select a.id from ${known} and ${stored} = ${digits} ${best}),
      (select a.id from ${known} and length(${stored}) >= ${fewestDigits}
        and (strpos(${stored}, ${digits}) > 0 or strpos(${digits}, ${stored}) > 0) ${best})) as id`.execute(asking.db);
  const accountId = rows[0]?.id;
  return accountId ? { kind: 'member', accountId, sessionId: noSession, dialect: input.dialect } : null;
}
