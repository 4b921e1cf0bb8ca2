// The tables of calls.

import type { Generated, GeneratedAlways } from 'kysely';
import type { AccountId, CallId } from '../ids.ts';

export interface CallTables {
  calls: Calls;
  call_participants: CallParticipants;
}

interface Calls {
  id: GeneratedAlways<CallId>;
  channel_name: string;
  kind: 'video' | 'audio';
  status: Generated<'initiated' | 'ongoing' | 'ended'>;
  initiated_by: AccountId;
  is_group: Generated<boolean>;
  ring_until: Date;
  started_at: Generated<Date>;
  answered_at: Date | null;
  ended_at: Date | null;
  ended_by: AccountId | null;
  end_reason: string | null;
  /** Since when perhaps nobody is in it any more. */
  deserted_at: Date | null;
}

interface CallParticipants {
  id: GeneratedAlways<number>;
  call_id: CallId;
  account_id: AccountId;
  uid: number;
  invited_at: Date;
  joined_at: Date | null;
  left_at: Date | null;
  quality_rating: number | null;
}
