// NeruTalk's calls as its contract draws them (5.6 to 5.8, 8.3, 8.4).

import { Type } from 'typebox';
import { Nullable } from '../fastapi.ts';

const time = Type.String({ format: 'date-time' });
const uuid = Type.String({ format: 'uuid' });
const id = Type.Integer();

const AgoraConfig = Type.Object({
  appId: Type.String(),
  channel: Type.String(),
  token: Type.String(),
  uid: Type.Integer(),
  role: Type.String({ enum: ['host', 'audience'] }),
  privilege: Type.Object({ joinChannel: Type.Boolean(), publishStream: Type.Boolean() }),
  expireTime: Type.Integer(),
});

const IceConfig = Type.Object({
  iceServers: Type.Array(
    Type.Object({
      urls: Type.String(),
      username: Type.Optional(Type.String()),
      credential: Type.Optional(Type.String()),
    }),
  ),
  iceCandidatePoolSize: Type.Integer(),
});

export const CallParticipant = Type.Object({
  id,
  call_id: id,
  user_id: uuid,
  name: Nullable(Type.String()),
  avatar_url: Nullable(Type.String()),
  joined_at: Nullable(time),
  left_at: Nullable(time),
  is_muted: Type.Boolean(),
  is_video_enabled: Type.Boolean(),
  agora_uid: Nullable(Type.Integer()),
});

const about = {
  id,
  channel_name: Type.String(),
  call_type: Type.String({ enum: ['video', 'audio'] }),
  status: Type.String({ enum: ['initiated', 'ongoing', 'ended'] }),
  initiated_by: uuid,
  caller_id: uuid,
  callee_id: uuid,
  is_group_call: Type.Boolean(),
  started_at: time,
  initiated_at: time,
  answered_at: Nullable(time),
  ended_at: Nullable(time),
  duration: Nullable(Type.Integer()),
  end_reason: Nullable(Type.String()),
  quality_rating: Nullable(Type.Integer()),
  participants: Type.Array(CallParticipant),
  ice_config: IceConfig,
};

/** A call, with its reader's own way into it. */
export const Call = Type.Object({
  ...about,
  app_id: Nullable(Type.String()),
  token: Nullable(Type.String()),
  uid: Nullable(Type.Integer()),
  agora_config: Nullable(AgoraConfig),
});

export const CallHistoryItem = Type.Object({
  ...about,
  call_id: id,
  is_incoming: Type.Boolean(),
  other_participant_id: Nullable(uuid),
  other_participant_name: Nullable(Type.String()),
  other_participant_avatar: Nullable(Type.String()),
});

export const CallStats = Type.Object({
  total_calls: Type.Integer(),
  total_video_calls: Type.Integer(),
  total_audio_calls: Type.Integer(),
  total_duration: Type.Integer(),
  average_duration: Type.Number(),
  successful_calls: Type.Integer(),
  missed_calls: Type.Integer(),
  declined_calls: Type.Integer(),
});

export const CallToken = Type.Object({
  token: Nullable(Type.String()),
  channel_name: Type.String(),
  uid: Type.Integer(),
  app_id: Nullable(Type.String()),
  expires_at: Nullable(time),
});
