// How NeruTalk writes calls (contract, 5.6 to 5.8).

import type { Admission } from '../../core/calls/admission.ts';
import type { CallFigures } from '../../core/calls/history.ts';
import type { Call, CallParticipant } from '../../core/calls/shape.ts';
import type { AccountId } from '../../core/ids.ts';
import type { PublicIds } from '../public-ids.ts';
import { time } from './presenters.ts';

type Link = (path: string) => string;

/** `link` makes a picture's address one that this reader can fetch. */
export function createCallPresenters(ids: PublicIds) {
  const user = (id: AccountId) => ids.toUuid('account', id);
  const picture = (path: string | null, link: Link) => path && link(path);

  const participant = (callId: number, one: CallParticipant, link: Link) => ({
    id: one.id,
    call_id: callId,
    user_id: user(one.accountId),
    name: nameOf(one),
    avatar_url: picture(one.avatarUrl, link),
    joined_at: time(one.joinedAt),
    left_at: time(one.leftAt),
    is_muted: false,
    is_video_enabled: true,
    agora_uid: one.uid,
  });

  const participants = (call: Call, link: Link) => call.participants.map((one) => participant(call.id, one, link));

  const about = (call: Call, viewer: AccountId, { iceServers }: Admission, link: Link) => ({
    id: call.id,
    channel_name: call.channelName,
    call_type: call.kind,
    status: call.status,
    initiated_by: user(call.initiatedBy),
    caller_id: user(call.initiatedBy),
    callee_id: user(call.participants[1]?.accountId ?? call.initiatedBy),
    is_group_call: call.isGroup,
    started_at: time(call.startedAt),
    initiated_at: time(call.startedAt),
    answered_at: time(call.answeredAt),
    ended_at: time(call.endedAt),
    duration: call.duration,
    end_reason: call.endReason,
    quality_rating: call.participants.find((one) => one.accountId === viewer)?.qualityRating ?? null,
    participants: participants(call, link),
    ice_config: { iceServers, iceCandidatePoolSize: 10 },
  });

  return {
    participants,

    /** A call as `viewer` may enter it. */
    call(call: Call, viewer: AccountId, admission: Admission, link: Link) {
      const { ticket, uid, seconds } = admission;
      return {
        ...about(call, viewer, admission, link),
        app_id: ticket && ticket.appId,
        token: ticket && ticket.token,
        uid,
        agora_config:
          ticket && uid !== null
            ? {
                appId: ticket.appId,
                channel: call.channelName,
                token: ticket.token,
                uid,
                role: 'host',
                privilege: { joinChannel: true, publishStream: true },
                expireTime: seconds,
              }
            : null,
      };
    },

    historyItem(call: Call, viewer: AccountId, admission: Admission, link: Link) {
      const isIncoming = call.initiatedBy !== viewer;
      const [caller, callee] = call.participants;
      const other = isIncoming ? caller : callee;
      return {
        ...about(call, viewer, admission, link),
        call_id: call.id,
        is_incoming: isIncoming,
        other_participant_id: other ? user(other.accountId) : null,
        other_participant_name: other ? nameOf(other) : null,
        other_participant_avatar: other ? picture(other.avatarUrl, link) : null,
      };
    },

    stats: (figures: CallFigures) => ({
      total_calls: figures.total,
      total_video_calls: figures.video,
      total_audio_calls: figures.audio,
      total_duration: figures.duration,
      average_duration: figures.total === 0 ? 0 : figures.duration / figures.total,
      successful_calls: figures.answered,
      missed_calls: figures.missed,
      declined_calls: figures.declined,
    }),

    token: (channel: string, uid: number, { ticket }: Admission) => ({
      token: ticket && ticket.token,
      channel_name: channel,
      uid,
      app_id: ticket && ticket.appId,
      expires_at: ticket && time(ticket.expiresAt),
    }),

    /** What rings: on sockets. */
    ringing: (call: Call) => ({
      call_id: call.id,
      caller_id: user(call.initiatedBy),
      caller_name: nameIn(call, call.initiatedBy),
      call_type: call.kind,
      channel_name: call.channelName,
    }),

    /** Who came or went: on sockets. */
    moved: (call: Call, by: AccountId | null) => ({
      call_id: call.id,
      participant_id: by && user(by),
      participant_name: by && nameIn(call, by),
    }),
  };
}

function nameOf({ displayName, username }: CallParticipant): string {
  return displayName || username;
}

function nameIn({ participants }: Call, account: AccountId): string | null {
  const one = participants.find((each) => each.accountId === account);
  return one ? nameOf(one) : null;
}
