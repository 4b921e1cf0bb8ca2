// The shapes of URGE's answers (contract, section 4). What is not declared here does not leave.

import { Type, type Static } from 'typebox';
import { Nullable } from '../fastapi.ts';
import { Encryption } from './encryption.ts';

const time = Type.String({ format: 'date-time' });
const text = Type.String();
const flag = Type.Boolean();
const count = Type.Integer({ minimum: 0 });
const uuid = Type.String({ format: 'uuid' });

/** 4.1 */
export const User = Type.Object({
  id: uuid,
  phone_number: text,
  email: Nullable(text),
  display_name: text,
  avatar_url: Nullable(text),
  role: Type.Enum(['FOUNDER', 'CO_FOUNDER', 'VERIFIED', 'REGULAR']),
  bio: Nullable(text),
  social_links: Type.Record(text, text),
  is_verified: flag,
  verification_status: Type.Enum(['none', 'pending', 'approved', 'rejected']),
  is_online: flag,
  last_seen: Nullable(time),
  subscription_plan: Type.Enum(['free', 'premium', 'business']),
  subscription_expires_at: Nullable(time),
  created_at: time,
  updated_at: time,
});
export type User = Static<typeof User>;

/** 4.2 */
export const AuthResponse = Type.Object({
  access_token: text,
  token: text,
  refresh_token: text,
  token_type: text,
  user: User,
});
export type AuthResponse = Static<typeof AuthResponse>;

/** Verifying a phone answers both that it went well and who is signed in. */
export const VerifiedResponse = Type.Object({ success: flag, message: text, ...AuthResponse.properties });

/** 4.10 */
export const Success = Type.Object({ success: flag, message: text });
export type Success = Static<typeof Success>;

const Quote = Type.Object({ id: uuid, senderName: text, sender_name: text, content: text });

/** 4.4: every compound key in both spellings, since different screens read different ones. */
export const Message = Type.Object({
  id: uuid,
  conversationId: uuid,
  conversation_id: uuid,
  senderId: uuid,
  sender_id: uuid,
  senderName: text,
  sender_name: text,
  senderAvatar: Nullable(text),
  sender_avatar: Nullable(text),
  content: text,
  type: text,
  messageType: text,
  message_type: text,
  status: Type.Enum(['SENT', 'DELIVERED', 'READ']),
  mediaUrl: Nullable(text),
  media_url: Nullable(text),
  thumbnailUrl: Nullable(text),
  thumbnail_url: Nullable(text),
  audioDuration: Nullable(Type.Integer()),
  audio_duration: Nullable(Type.Integer()),
  replyToId: Nullable(uuid),
  reply_to_id: Nullable(uuid),
  replyTo: Nullable(Quote),
  reply_to: Nullable(Quote),
  isEdited: flag,
  is_edited: flag,
  isDeleted: flag,
  is_deleted: flag,
  isEncrypted: flag,
  is_encrypted: flag,
  isStarred: flag,
  is_starred: flag,
  isForwarded: flag,
  is_forwarded: flag,
  createdAt: time,
  created_at: time,
  updatedAt: time,
  updated_at: time,
  readAt: Nullable(time),
  read_at: Nullable(time),
  deletedAt: Nullable(time),
  deleted_at: Nullable(time),
  /** Ours: with messages that were sent with it. */
  encryption: Type.Optional(Encryption),
});
export type Message = Static<typeof Message>;

const Participant = Type.Object({
  id: uuid,
  user_id: uuid,
  display_name: text,
  phone_number: text,
  avatar_url: Nullable(text),
  is_online: flag,
  last_seen: Nullable(time),
  role: text,
});

/** 4.3 */
export const Conversation = Type.Object({
  id: uuid,
  type: Type.Enum(['DIRECT', 'GROUP']),
  name: text,
  avatar: Nullable(text),
  avatarUrl: Nullable(text),
  avatar_url: Nullable(text),
  description: Nullable(text),
  createdBy: Nullable(uuid),
  created_by: Nullable(uuid),
  participants: Type.Array(Participant),
  participantCount: count,
  participant_count: count,
  lastMessage: Nullable(Message),
  last_message: Nullable(Message),
  lastMessageAt: Nullable(time),
  last_message_at: Nullable(time),
  unreadCount: count,
  unread_count: count,
  isFavourite: flag,
  isFavorite: flag,
  is_favorite: flag,
  isMuted: flag,
  is_muted: flag,
  isArchived: flag,
  is_archived: flag,
  isTyping: flag,
  is_typing: flag,
  typingUsers: Type.Array(text),
  typing_users: Type.Array(text),
  createdAt: time,
  created_at: time,
  updatedAt: time,
  updated_at: time,
});
export type Conversation = Static<typeof Conversation>;

/** One page of people. */
export const UserPage = Type.Object({ users: Type.Array(User), total: count, limit: count, offset: count });

/** One page of conversations. */
export const ConversationPage = Type.Object({
  conversations: Type.Array(Conversation),
  total: count,
  limit: count,
  offset: count,
});

/** One page of messages. */
export const MessagePage = Type.Object({
  messages: Type.Array(Message),
  total: count,
  limit: count,
  has_more: flag,
});

/** 4.7 */
export const Media = Type.Object({
  id: uuid,
  user_id: uuid,
  file_url: text,
  file_key: text,
  thumbnail_url: Nullable(text),
  file_type: Type.Enum(['IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT']),
  file_size: count,
  file_name: text,
  mime_type: text,
  width: Nullable(count),
  height: Nullable(count),
  duration: Nullable(count),
  created_at: time,
});
export type Media = Static<typeof Media>;
