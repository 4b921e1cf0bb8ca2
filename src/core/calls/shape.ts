// A call in the core's own shape.

import { sql, type RawBuilder } from 'kysely';
import type { AccountId, CallId, Moment } from '../ids.ts';
import { moment } from '../sql.ts';

export type CallKind = 'video' | 'audio';

/** initiated → ongoing → ended, or initiated → ended; never back. */
export type CallStatus = 'initiated' | 'ongoing' | 'ended';

export interface CallParticipant {
  id: number;
  accountId: AccountId;
  username: string;
  displayName: string | null;
  avatarUrl: string | null;
  /** The person's number in this call, 1 to 2^31 − 1. */
  uid: number;
  /** Null: invited, has not answered. */
  joinedAt: Moment | null;
  leftAt: Moment | null;
  qualityRating: number | null;
}

export interface Call {
  id: CallId;
  channelName: string;
  kind: CallKind;
  status: CallStatus;
  initiatedBy: AccountId;
  isGroup: boolean;
  startedAt: Moment;
  /** The first answer; durations count from here. */
  answeredAt: Moment | null;
  endedAt: Moment | null;
  endedBy: AccountId | null;
  /** `declined`, `missed`, `user_ended`, or what the client said. */
  endReason: string | null;
  /** Seconds; 0 if it was never answered; null until it has ended. */
  duration: number | null;
  /** The caller first, then in the order they were invited. */
  participants: CallParticipant[];
}

/** The JSON of call `c`. */
export const callJson: RawBuilder<Call> = sql<Call>`json_build_object(
  'id', c.id, 'channelName', c.channel_name, 'kind', c.kind, 'status', c.status, 'initiatedBy', c.initiated_by,
  'isGroup', c.is_group, 'startedAt', ${moment('c.started_at')}, 'answeredAt', ${moment('c.answered_at')},
  'endedAt', ${moment('c.ended_at')}, 'endedBy', c.ended_by, 'endReason', c.end_reason,
  'duration', case when c.ended_at is not null
    then coalesce(greatest(0, round(extract(epoch from c.ended_at - c.answered_at))), 0)::bigint end,
  'participants', (select json_agg(json_build_object('id', p.id, 'accountId', a.id, 'username', a.username,
      'displayName', a.display_name, 'avatarUrl', case when a.show_profile_photo then a.avatar_url end, 'uid', p.uid,
      'joinedAt', ${moment('p.joined_at')}, 'leftAt', ${moment('p.left_at')}, 'qualityRating', p.quality_rating)
      order by p.id)
    from call_participants p join accounts a on a.id = p.account_id where p.call_id = c.id))`;
