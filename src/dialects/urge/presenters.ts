// Every shape that leaves through URGE: in answers and in frames alike.

import type { Person } from '../../core/accounts/shape.ts';
import type { SignedIn } from '../../core/accounts/sessions.ts';
import type { Conversation, Participant } from '../../core/conversations/shape.ts';
import type { AccountId, BadgeRequestId, Moment } from '../../core/ids.ts';
import type { Media } from '../../core/media/shape.ts';
import type { Author, Message, MessageKind, Quoted } from '../../core/messages/shape.ts';
import { say, type Language } from '../../texts/index.ts';
import type { PublicIds } from '../public-ids.ts';
import { contentIn, standIn } from '../stand-ins.ts';
import { isEncryption } from './encryption.ts';
import type * as shapes from './schemas.ts';

const typeOf: Record<MessageKind, string> = {
  text: 'TEXT',
  image: 'IMAGE',
  video: 'VIDEO',
  audio: 'AUDIO',
  voice: 'VOICE',
  file: 'DOCUMENT',
  location: 'LOCATION',
  contact: 'CONTACT',
  system: 'SYSTEM',
  sticker: 'IMAGE',
  gif: 'IMAGE',
};

export interface Presenters {
  user(person: Person): shapes.User;
  signedIn(signedIn: SignedIn, person: Person): shapes.AuthResponse;
  conversation(conversation: Conversation, viewer: AccountId, language: Language): shapes.Conversation;
  message(message: Message, language: Language): shapes.Message;
  badgeRequestId(id: BadgeRequestId): string;
}

/** An action that answers nothing but that it went well. */
export function success(message: string): shapes.Success {
  return { success: true, message };
}

export function createPresenters(ids: PublicIds): Presenters {
  return {
    user: (person) => presentUser(ids, person),
    signedIn: ({ accessToken, refreshToken }, person) => ({
      access_token: accessToken,
      token: accessToken,
      refresh_token: refreshToken,
      token_type: 'bearer',
      user: presentUser(ids, person),
    }),
    conversation: (conversation, viewer, language) => presentConversation(ids, conversation, viewer, language),
    message: (message, language) => presentMessage(ids, message, language),
    badgeRequestId: (id) => ids.toUuid('badge-request', id),
  };
}

export function time(moment: Moment): string;
export function time(moment: Moment | null): string | null;
export function time(moment: Moment | null): string | null {
  return moment === null ? null : new Date(moment).toISOString();
}

function presentUser(ids: PublicIds, person: Person): shapes.User {
  return {
    id: ids.toUuid('account', person.id),
    phone_number: person.phone ?? '',
    email: person.email,
    display_name: person.displayName ?? person.username,
    avatar_url: person.avatarUrl,
    role: person.role as shapes.User['role'],
    bio: person.bio,
    social_links: person.socialLinks,
    is_verified: isVerified(person),
    verification_status: person.badge as shapes.User['verification_status'],
    is_online: person.isOnline,
    last_seen: time(person.lastSeenAt),
    subscription_plan: person.plan as shapes.User['subscription_plan'],
    subscription_expires_at: time(person.planExpiresAt),
    created_at: time(person.createdAt),
    updated_at: time(person.updatedAt),
  };
}

/** The client shows the same flag as the badge; where they differ is decided here (contract, Q9). */
export function isVerified(person: Person): boolean {
  return person.isPhoneVerified || person.badge === 'approved';
}

export function nameOf(person: { displayName: string | null; username: string }): string {
  return person.displayName ?? person.username;
}

function presentMessage(ids: PublicIds, message: Message, language: Language): shapes.Message {
  const conversation = ids.toUuid('conversation', message.conversationId);
  const sender = ids.toUuid('account', message.sender.id);
  const senderName = nameOf(message.sender);
  const type = typeOf[message.kind];
  const quote = message.replyTo && presentQuote(ids, message.replyTo, language);
  const replyTo = quote?.id ?? null;
  const createdAt = time(message.createdAt);
  const updatedAt = time(message.updatedAt);
  const readAt = time(message.readAt);
  const deletedAt = time(message.deletedAt);
  const isEdited = message.editedAt !== null;
  const isDeleted = message.deletedAt !== null;
  return {
    id: ids.toUuid('message', message.id),
    conversationId: conversation,
    conversation_id: conversation,
    senderId: sender,
    sender_id: sender,
    senderName,
    sender_name: senderName,
    senderAvatar: message.sender.avatarUrl,
    sender_avatar: message.sender.avatarUrl,
    content: contentIn(language, message),
    type,
    messageType: type,
    message_type: type,
    status: statusOf(message),
    mediaUrl: message.mediaUrl,
    media_url: message.mediaUrl,
    thumbnailUrl: message.thumbnailUrl,
    thumbnail_url: message.thumbnailUrl,
    audioDuration: message.mediaSeconds,
    audio_duration: message.mediaSeconds,
    replyToId: replyTo,
    reply_to_id: replyTo,
    replyTo: quote,
    reply_to: quote,
    isEdited,
    is_edited: isEdited,
    isDeleted,
    is_deleted: isDeleted,
    isEncrypted: message.isEncrypted,
    is_encrypted: message.isEncrypted,
    isStarred: message.isStarred,
    is_starred: message.isStarred,
    isForwarded: message.isForwarded,
    is_forwarded: message.isForwarded,
    createdAt,
    created_at: createdAt,
    updatedAt,
    updated_at: updatedAt,
    readAt,
    read_at: readAt,
    deletedAt,
    deleted_at: deletedAt,
    ...(isEncryption(message.envelope) && { encryption: message.envelope }),
  };
}

/** Whether a message reads the same in every language: what people wrote does. */
export function isAlikeToAll({ notice, replyTo }: Message): boolean {
  return !notice && (!replyTo || !(replyTo.notice || replyTo.isDeleted || replyTo.content === ''));
}

function statusOf(message: Message): shapes.Message['status'] {
  if (message.readAt !== null) return 'READ';
  return message.deliveredAt !== null ? 'DELIVERED' : 'SENT';
}

function presentQuote(ids: PublicIds, quoted: Quoted, language: Language): NonNullable<shapes.Message['replyTo']> {
  const senderName = nameOf(quoted.sender satisfies Author);
  const content = quoted.isDeleted
    ? say(language, 'standin_deleted_message')
    : contentIn(language, quoted) || standIn(language, quoted.kind, 'document');
  return { id: ids.toUuid('message', quoted.id), senderName, sender_name: senderName, content };
}

function presentConversation(
  ids: PublicIds,
  conversation: Conversation,
  viewer: AccountId,
  language: Language,
): shapes.Conversation {
  const isDirect = conversation.kind === 'direct';
  // A conversation with oneself has nobody else in it.
  const other = isDirect
    ? (conversation.participants.find((participant) => participant.id !== viewer) ?? conversation.participants[0])
    : undefined;
  const avatar = isDirect ? (other?.avatarUrl ?? null) : conversation.avatarUrl;
  const createdBy = conversation.createdBy === null ? null : ids.toUuid('account', conversation.createdBy);
  const lastMessage = conversation.lastMessage && presentMessage(ids, conversation.lastMessage, language);
  const lastMessageAt = time(conversation.lastMessageAt);
  const createdAt = time(conversation.createdAt);
  const updatedAt = time(conversation.updatedAt);
  const { participantCount, unreadCount, isFavourite, isMuted, isArchived } = conversation;
  return {
    id: ids.toUuid('conversation', conversation.id),
    type: isDirect ? 'DIRECT' : 'GROUP',
    name: isDirect ? (other?.displayName ?? other?.phone ?? other?.username ?? '') : (conversation.name ?? ''),
    avatar,
    avatarUrl: avatar,
    avatar_url: avatar,
    description: conversation.description,
    createdBy,
    created_by: createdBy,
    participants: conversation.participants.map((participant) => presentParticipant(ids, participant)),
    participantCount,
    participant_count: participantCount,
    lastMessage,
    last_message: lastMessage,
    lastMessageAt,
    last_message_at: lastMessageAt,
    unreadCount,
    unread_count: unreadCount,
    isFavourite,
    isFavorite: isFavourite,
    is_favorite: isFavourite,
    isMuted,
    is_muted: isMuted,
    isArchived,
    is_archived: isArchived,
    isTyping: false,
    is_typing: false,
    typingUsers: [],
    typing_users: [],
    createdAt,
    created_at: createdAt,
    updatedAt,
    updated_at: updatedAt,
  };
}

function presentParticipant(ids: PublicIds, participant: Participant): shapes.Conversation['participants'][number] {
  const id = ids.toUuid('account', participant.id);
  return {
    id,
    user_id: id,
    display_name: nameOf(participant),
    phone_number: participant.phone ?? '',
    avatar_url: participant.avatarUrl,
    is_online: participant.isOnline,
    last_seen: time(participant.lastSeenAt),
    role: participant.role,
  };
}

/** A file; its addresses depend on how the caller reached the server. */
export function presentMedia(
  media: Media,
  at: { id: string; owner: string; url: string; thumbnailUrl: string | null },
): shapes.Media {
  return {
    id: at.id,
    user_id: at.owner,
    file_url: at.url,
    file_key: media.key,
    thumbnail_url: at.thumbnailUrl,
    file_type: media.kind.toUpperCase() as shapes.Media['file_type'],
    file_size: media.size,
    file_name: media.fileName,
    mime_type: media.type,
    width: media.width,
    height: media.height,
    duration: media.seconds,
    created_at: time(media.createdAt),
  };
}
