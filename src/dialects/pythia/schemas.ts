// The shapes of Pythia's answers (contract, section 3). What is not declared here does not leave.

import { Type, type Static } from 'typebox';
import { ranks } from '../../core/moderation/ranks.ts';
import { actionTypes, targetTypes } from '../../core/moderation/actions.ts';
import { Nullable } from '../fastapi.ts';

const time = Type.String({ format: 'date-time' });
const text = Type.String();
const flag = Type.Boolean();
const count = Type.Integer({ minimum: 0 });
/** For clients an opaque text; a UUID in fact. */
const id = Type.String();

const user = {
  id,
  email: text,
  username: text,
  avatar: Nullable(text),
  status: Type.Enum(['ACTIVE', 'SUSPENDED', 'BANNED']),
  banned_until: Nullable(time),
  created_at: time,
  updated_at: time,
};
export const User = Type.Object(user);
export type User = Static<typeof User>;

export const AuthResponse = Type.Object({ access_token: text, token_type: text, user: User });
export type AuthResponse = Static<typeof AuthResponse>;

const channel = {
  id,
  name: text,
  description: Nullable(text),
  is_public: flag,
  member_count: count,
  created_at: time,
  updated_at: time,
};
export const Channel = Type.Object(channel);
export type Channel = Static<typeof Channel>;

export const ChannelWithMembers = Type.Object({ ...channel, members: Type.Array(User) });
export type ChannelWithMembers = Static<typeof ChannelWithMembers>;

export const Formatting = Type.Object({
  has_bold: flag,
  has_italic: flag,
  has_code: flag,
  has_code_block: flag,
  has_links: flag,
  has_mentions: flag,
  has_emojis: flag,
  link_count: count,
  mention_count: count,
  emoji_count: count,
});
export type Formatting = Static<typeof Formatting>;

export const Reaction = Type.Object({
  id,
  emoji: text,
  user_id: id,
  message_id: id,
  created_at: time,
  user: User,
});
export type Reaction = Static<typeof Reaction>;

export const Message = Type.Object({
  id,
  content: text,
  user_id: id,
  channel_id: id,
  created_at: time,
  updated_at: time,
  is_edited: flag,
  formatting: Nullable(Formatting),
  user: User,
  mentions: Type.Array(text),
  reactions: Type.Array(Reaction),
  mention_count: count,
});
export type Message = Static<typeof Message>;

export const Ack = Type.Object({ message: text });
export type Ack = Static<typeof Ack>;

export const ReactionAck = Type.Object({ message: text, action: Type.Enum(['add', 'remove']) });

export const Validation = Type.Object({
  valid: flag,
  error: Nullable(text),
  formatting: Nullable(Formatting),
  sanitized_content: Nullable(text),
  mentions: Type.Array(text),
});

// The administrators' part (section 8).

const RankHeld = Type.Object({ role: Type.Enum([...ranks]), channel_id: Nullable(id) });

export const RankedUser = Type.Object({ ...user, roles: Type.Array(RankHeld) });
export type RankedUser = Static<typeof RankedUser>;

export const Action = Type.Object({
  id,
  action_type: Type.Enum([...actionTypes]),
  target_type: Type.Enum([...targetTypes]),
  target_id: id,
  admin_id: id,
  admin: User,
  reason: Nullable(text),
  metadata: Nullable(
    Type.Object({
      role: Type.Optional(text),
      channel_id: Type.Optional(Nullable(id)),
      duration_hours: Type.Optional(Nullable(Type.Number())),
    }),
  ),
  created_at: time,
});
export type Action = Static<typeof Action>;

export const Dashboard = Type.Object({
  total_users: count,
  active_users: count,
  suspended_users: count,
  banned_users: count,
  total_channels: count,
  total_messages: count,
  recent_actions: Type.Array(Action),
});

export const BulkResult = Type.Object({
  message: text,
  succeeded: Type.Array(id),
  failed: Type.Array(Type.Object({ id, detail: text })),
});
