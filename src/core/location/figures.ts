// Figures of the caller's own whereabouts.

import { sql } from 'kysely';
import type { Asking, Member } from '../context.ts';
import { isOpen } from './access.ts';

export interface LocationFigures {
  positions: number;
  /** Open now. */
  shares: number;
  fences: number;
  crossings: number;
  /** Days, by UTC, with a position. */
  daysTracked: number;
}

/** What the caller reported and crossed in the last days, and what shares and fences there are. */
export async function locationFigures(asking: Asking<Member>, input: { days: number }): Promise<LocationFigures> {
  const self = asking.actor.accountId;
  const since = new Date(asking.now - input.days * 86_400_000);
  const { rows } = await sql<LocationFigures>`
    select
      (select count(*) from location_points where account_id = ${self} and created_at > ${since}) as positions,
      (select count(distinct (created_at at time zone 'UTC')::date) from location_points
        where account_id = ${self} and created_at > ${since}) as "daysTracked",
      (select count(*) from location_shares h where h.account_id = ${self} and ${isOpen('h', asking.now)}) as shares,
      (select count(*) from geofences where account_id = ${self} and deleted_at is null) as fences,
      (select count(*) from geofence_events where account_id = ${self} and created_at > ${since}) as crossings`.execute(
    asking.db,
  );
  return rows[0]!;
}
