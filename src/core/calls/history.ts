// Asking about calls: one, those that go on, those that were, and their figures.

import { sql } from 'kysely';
import type { Asking, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { CallId } from '../ids.ts';
import { readCall } from './calls.ts';
import { callJson, type Call } from './shape.ts';

/** One call of the caller's. Throws `not_found` (`no_such_call`) and `forbidden` (`not_in_call`). */
export function call(asking: Asking<Member>, input: { id: CallId }): Promise<Call> {
  return readCall(asking.db, input.id, asking.actor.accountId);
}

/** A live call of the caller's, by its channel. Throws `not_found` (`no_such_call`): of others nobody learns anything. */
export async function callOnChannel(asking: Asking<Member>, input: { channel: string }): Promise<Call> {
  const { rows } = await sql<{ call: Call }>`
    select ${callJson} as call from calls c join call_participants mine on mine.call_id = c.id
    where c.channel_name = ${input.channel} and c.status <> 'ended' and mine.account_id = ${asking.actor.accountId}
  `.execute(asking.db);
  const [found] = rows;
  if (!found) throw new DomainError('not_found', 'no_such_call', 'Call not found.');
  return found.call;
}

/** Calls the caller took part in or was invited to, newest first; `live` ones have not ended. */
export async function callHistory(
  asking: Asking<Member>,
  input: { live: boolean; limit: number; offset: number },
): Promise<Call[]> {
  const { rows } = await sql<{ call: Call }>`
    select ${callJson} as call from call_participants mine join calls c on c.id = mine.call_id
    where mine.account_id = ${asking.actor.accountId}
      and ${input.live ? sql`c.status <> 'ended' and mine.left_at is null` : sql`true`}
    order by mine.call_id desc limit ${input.limit} offset ${input.offset}`.execute(asking.db);
  return rows.map((row) => row.call);
}

export interface CallFigures {
  total: number;
  video: number;
  audio: number;
  /** Seconds. */
  duration: number;
  answered: number;
  missed: number;
  declined: number;
}

/** Figures of the caller's calls in the last days. */
export async function callFigures(asking: Asking<Member>, input: { days: number }): Promise<CallFigures> {
  const { rows } = await sql<CallFigures>`
    select count(*) as total, count(*) filter (where c.kind = 'video') as video,
      count(*) filter (where c.kind = 'audio') as audio,
      coalesce(sum(round(extract(epoch from c.ended_at - c.answered_at))), 0)::bigint as duration,
      count(*) filter (where c.answered_at is not null) as answered,
      count(*) filter (where c.end_reason = 'missed') as missed,
      count(*) filter (where c.end_reason = 'declined') as declined
    from call_participants mine join calls c on c.id = mine.call_id
    where mine.account_id = ${asking.actor.accountId}
      and c.started_at > ${new Date(asking.now - input.days * 86_400_000)}`.execute(asking.db);
  return rows[0]!;
}
