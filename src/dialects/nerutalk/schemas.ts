// The shapes of NeruTalk's answers that several routes share (contract, section 5). What is not declared does not leave.

import { Type, type Static } from 'typebox';
import { Nullable } from '../fastapi.ts';

export const time = Type.String({ format: 'date-time' });
export const text = Type.String();
export const flag = Type.Boolean();
export const count = Type.Integer({ minimum: 0 });
export const id = Type.Integer();
export const uuid = Type.String({ format: 'uuid' });

/** Something was done. */
export const Ack = Type.Object({ message: text });

export const statuses = ['online', 'offline', 'away', 'busy'] as const;

const user = {
  id: uuid,
  username: text,
  email: text,
  display_name: Nullable(text),
  full_name: Nullable(text),
  first_name: Nullable(text),
  last_name: Nullable(text),
  avatar_url: Nullable(text),
  bio: Nullable(text),
  phone_number: Nullable(text),
  date_of_birth: Nullable(time),
  location: Nullable(text),
  website: Nullable(text),
  status: Type.Enum([...statuses]),
  status_message: Nullable(text),
  is_active: flag,
  is_verified: flag,
  is_email_verified: flag,
  is_phone_verified: flag,
  is_online: flag,
  last_seen: Nullable(time),
  last_seen_at: Nullable(time),
  created_at: time,
  updated_at: time,
};
export const User = Type.Object(user);
export type User = Static<typeof User>;

const tokenPair = {
  access_token: text,
  refresh_token: text,
  token_type: Type.Literal('bearer'),
  expires_in: Type.Integer(),
};
export const TokenPair = Type.Object(tokenPair);
export type TokenPair = Static<typeof TokenPair>;

export const SignedIn = Type.Object({ ...tokenPair, user: User, message: text });
export const Registered = Type.Object({ ...user, ...tokenPair, user: User, message: text });

export const messageTypes = [
  'text',
  'image',
  'video',
  'file',
  'sticker',
  'audio',
  'gif',
  'location',
  'contact',
  'system',
] as const;

const Reaction = Type.Object({ id, message_id: id, user_id: uuid, emoji: text, created_at: time });

const message = {
  id,
  chat_id: id,
  sender_id: uuid,
  sender_name: text,
  sender_avatar: Nullable(text),
  sender_username: text,
  sender_full_name: Nullable(text),
  sender_avatar_url: Nullable(text),
  content: Nullable(text),
  message_type: Type.Enum([...messageTypes]),
  status: Type.Enum(['sent', 'delivered', 'read', 'failed']),
  file_url: Nullable(text),
  file_name: Nullable(text),
  file_size: Nullable(Type.Integer()),
  thumbnail_url: Nullable(text),
  metadata: Nullable(text),
  reply_to_id: Nullable(id),
  reply_to_content: Nullable(text),
  reply_to_sender: Nullable(text),
  is_edited: flag,
  is_deleted: flag,
  reactions: Type.Array(Reaction),
  created_at: time,
  updated_at: time,
  delivered_at: Nullable(time),
  read_at: Nullable(time),
};
/** One level deep: what is quoted quotes nothing. */
const QuotedMessage = Type.Object({ ...message, reply_to_message: Type.Null() });
export const Message = Type.Object({ ...message, reply_to_message: Nullable(QuotedMessage) });
export type Message = Static<typeof Message>;

export const Participant = Type.Object({
  id,
  chat_id: id,
  user_id: uuid,
  username: text,
  display_name: text,
  full_name: Nullable(text),
  avatar_url: Nullable(text),
  role: Type.Enum(['admin', 'member']),
  is_muted: flag,
  is_pinned: flag,
  joined_at: time,
  left_at: Nullable(time),
  is_online: flag,
  last_seen: Nullable(time),
});
export type Participant = Static<typeof Participant>;

export const Chat = Type.Object({
  id,
  name: Nullable(text),
  description: Nullable(text),
  chat_type: Type.Enum(['private', 'group']),
  avatar_url: Nullable(text),
  is_active: flag,
  created_by: uuid,
  created_at: time,
  updated_at: time,
  participants: Type.Array(Participant),
  participant_count: count,
  last_message: Nullable(Message),
  last_message_at: Nullable(time),
  unread_count: count,
});
export type Chat = Static<typeof Chat>;
