// How many codes go out: so that an endpoint which sends text messages to anybody cannot be turned into a bill.

import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { sql } from 'kysely';
import type { Context, Guest } from '../context.ts';
import { DomainError } from '../errors.ts';

/**
 * The figures, all in one place. A day is the last 24 hours. Fraud goes to numbers of one expensive country, through
 * many addresses, so the country counts by itself; what all of them may take in a day is the operator's to set.
 */
const caps = {
  number: { hour: 10, day: 20 },
  address: { hour: 100, day: 300 },
  /** Parts of the whole. */
  region: { hour: 1 / 8, day: 1 / 2 },
} as const;

/** Codes in a day, where the operator says nothing. */
const standardPerDay = 2_000;

/** A country as the number shows it; of a number that shows none, its first digits. */
export function regionOf(phone: string): string {
  const digits = phone.replace(/\D/g, '');
  const parsed = parsePhoneNumberFromString(`+${digits}`);
  if (!parsed) return digits.slice(0, 3);
  return parsed.country ?? `+${parsed.countryCallingCode}`;
}

/**
 * Throws `too_many` (`too_many_codes`) if one more code to this number, from this address, to this country or at all
 * would be too many. Unknown numbers count as known ones do. Until the commit others wait, so that no crowd slips through.
 */
export async function refuseTooMany(ctx: Context<Guest>, phone: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('parlance_codes'))`.execute(ctx.tx);
  const { address } = ctx.actor;
  const digits = phone.replace(/\D/g, '');
  const hour = new Date(ctx.now - 3_600_000);
  const day = new Date(ctx.now - 86_400_000);
  const counts = (whose: ReturnType<typeof sql>, name: string) => sql`
    count(*) filter (where ${whose} and created_at > ${hour}) as ${sql.ref(`${name}_hour`)},
    count(*) filter (where ${whose}) as ${sql.ref(`${name}_day`)}`;
  const { rows } = await sql<Record<`${'number' | 'address' | 'region' | 'all'}_${'hour' | 'day'}`, number>>`
    select ${counts(sql`phone in (${digits}, ${`+${digits}`})`, 'number')}, ${counts(sql`address = ${address}`, 'address')},
      ${counts(sql`region = ${regionOf(phone)}`, 'region')}, ${counts(sql`true`, 'all')}
    from codes where created_at > ${day}`.execute(ctx.tx);
  const count = rows[0]!;
  const all = ctx.settings.codesPerDay ?? standardPerDay;
  const isFull =
    count.number_hour >= caps.number.hour ||
    count.number_day >= caps.number.day ||
    count.address_hour >= caps.address.hour ||
    count.address_day >= caps.address.day ||
    count.region_hour >= Math.ceil(all * caps.region.hour) ||
    count.region_day >= Math.ceil(all * caps.region.day) ||
    count.all_day >= all;
  if (!isFull) return;
  throw new DomainError('too_many', 'too_many_codes', 'Too many codes requested. Try again later.', {
    retryAfter: 600,
  });
}
