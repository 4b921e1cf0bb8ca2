// The one rule of who sees where somebody is. Every read and every event of a position goes through it.

import { sql, type RawBuilder } from 'kysely';
import type { AccountId, Moment } from '../ids.ts';
import { blurred, gridOf, type Precision } from './geo.ts';
import type { Position } from './shape.ts';

/** A share that is open now. */
export function isOpen(share: string, now: Moment): RawBuilder<boolean> {
  const column = (name: string) => sql.ref(`${share}.${name}`);
  return sql<boolean>`(${column('stopped_at')} is null
    and (${column('expires_at')} is null or ${column('expires_at')} > ${new Date(now)}))`;
}

/**
 * The shares `h` that let the viewer see account `owner` (a column) now: aimed at them, at a conversation they are in
 * together, or public; never across a block.
 */
export function openShares(viewer: AccountId, owner: string, now: Moment): RawBuilder<unknown> {
  const account = sql.ref(owner);
  return sql`location_shares h where h.account_id = ${account} and ${isOpen('h', now)}
    and (h.target_account_id = ${viewer}
      or (h.target_account_id is null and h.target_conversation_id is null)
      or h.target_conversation_id in (
        select mine.conversation_id from memberships mine
        join memberships theirs on theirs.conversation_id = mine.conversation_id
        where mine.account_id = ${viewer} and mine.left_at is null
          and theirs.account_id = ${account} and theirs.left_at is null))
    and not ${estranged(sql`${viewer}`, account)}`;
}

/** One of the two has blocked the other. */
export function estranged(one: RawBuilder<unknown>, other: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from blocks b
    where (b.blocker_id = ${one} and b.blocked_id = ${other}) or (b.blocker_id = ${other} and b.blocked_id = ${one}))`;
}

/** The finest of several shares: exact before street before district. */
export const finest = sql<string>`(array['exact', 'street', 'district'])[min(
  case h.precision when 'exact' then 1 when 'street' then 2 else 3 end)]`;

/** A position as it may be shown at a precision: blurred, and with nothing beside it that says more. */
export function shown(position: Position, precision: Precision): Position {
  if (precision === 'exact') return position;
  return {
    ...position,
    ...blurred(position, precision),
    accuracy: Math.max(position.accuracy ?? 0, gridOf[precision]),
    altitude: null,
    speed: null,
    heading: null,
    address: null,
  };
}
