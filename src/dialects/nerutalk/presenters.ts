// Every shape of people, chats and messages that leaves through NeruTalk: in answers and in frames alike.

import type { Profile } from '../../core/accounts/profile.ts';
import type * as sessions from '../../core/accounts/sessions.ts';
import type * as conversations from '../../core/conversations/shape.ts';
import type { AccountId, Moment } from '../../core/ids.ts';
import type * as messages from '../../core/messages/shape.ts';
import { say, type Language } from '../../texts/index.ts';
import type { PublicIds } from '../public-ids.ts';
import { contentIn } from '../stand-ins.ts';
import type * as shapes from './schemas.ts';

export interface Presenters {
  userId(id: AccountId): string;
  user(profile: Profile): shapes.User;
  tokens(signedIn: sessions.SignedIn): shapes.TokenPair;
  chat(conversation: conversations.Conversation, viewer: AccountId, language: Language): shapes.Chat;
  participants(conversation: conversations.Conversation, viewer: AccountId): shapes.Participant[];
  message(message: messages.Message, language: Language): shapes.Message;
}

export function createPresenters(ids: PublicIds): Presenters {
  const userId = (id: AccountId) => ids.toUuid('account', id);
  const message: Presenters['message'] = (sent, language) => presentMessage(userId, sent, language);
  const participants: Presenters['participants'] = (conversation, viewer) =>
    conversation.participants.map((one) => presentParticipant(userId, one, conversation, viewer));
  return {
    userId,
    user: (profile) => presentUser(userId, profile),
    tokens: ({ accessToken, refreshToken }) => ({
      access_token: accessToken,
      refresh_token: refreshToken,
      token_type: 'bearer',
      expires_in: lifetimeOf(accessToken),
    }),
    participants,
    message,
    chat(conversation, viewer, language) {
      const { lastMessage, lastMessageAt, createdBy } = conversation;
      return {
        id: conversation.id,
        name: conversation.name,
        description: conversation.description,
        chat_type: conversation.kind === 'direct' ? 'private' : 'group',
        avatar_url: conversation.avatarUrl,
        is_active: true,
        created_by: userId(createdBy ?? conversation.participants[0]?.id ?? viewer),
        created_at: time(conversation.createdAt),
        updated_at: time(Math.max(conversation.updatedAt, lastMessageAt ?? 0)),
        participants: participants(conversation, viewer),
        participant_count: conversation.participantCount,
        last_message: lastMessage && message(lastMessage, language),
        last_message_at: time(lastMessageAt),
        unread_count: conversation.unreadCount,
      };
    },
  };
}

export function time(moment: Moment): string;
export function time(moment: Moment | null): string | null;
export function time(moment: Moment | null): string | null {
  return moment === null ? null : new Date(moment).toISOString();
}

type UserId = Presenters['userId'];

/** Seconds for which a token that was just signed is good. */
function lifetimeOf(token: string): number {
  const { iat, exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as {
    iat: number;
    exp: number;
  };
  return exp - iat;
}

function presentUser(userId: UserId, profile: Profile): shapes.User {
  const { displayName } = profile;
  const lastSeen = time(profile.lastSeenAt);
  return {
    id: userId(profile.id),
    username: profile.username,
    email: profile.email ?? `${profile.username}@users.invalid`,
    display_name: displayName,
    full_name: displayName,
    first_name: profile.firstName,
    last_name: profile.lastName,
    avatar_url: profile.avatarUrl,
    bio: profile.bio,
    phone_number: profile.phone,
    date_of_birth: time(profile.dateOfBirth),
    location: profile.location,
    website: profile.website,
    status: statusOf(profile),
    status_message: profile.statusMessage,
    is_active: true,
    is_verified: profile.isEmailVerified,
    is_email_verified: profile.isEmailVerified,
    is_phone_verified: profile.isPhoneVerified,
    is_online: profile.isOnline,
    last_seen: lastSeen,
    last_seen_at: lastSeen,
    created_at: time(profile.createdAt),
    updated_at: time(profile.updatedAt),
  };
}

/** What they chose counts only while they are here, and tells nobody who may not know that they are. */
function statusOf({ isOnline, chosenStatus }: Profile): shapes.User['status'] {
  if (!isOnline) return 'offline';
  return chosenStatus === 'away' || chosenStatus === 'busy' ? chosenStatus : 'online';
}

function presentParticipant(
  userId: UserId,
  person: conversations.Participant,
  conversation: conversations.Conversation,
  viewer: AccountId,
): shapes.Participant {
  const isViewer = person.id === viewer;
  return {
    id: person.membershipId,
    chat_id: conversation.id,
    user_id: userId(person.id),
    username: person.username,
    display_name: person.displayName ?? person.username,
    full_name: person.displayName,
    avatar_url: person.avatarUrl,
    role: conversation.kind === 'direct' || person.role === 'MEMBER' ? 'member' : 'admin',
    is_muted: isViewer && conversation.isMuted,
    is_pinned: isViewer && conversation.isFavourite,
    joined_at: time(person.joinedAt),
    left_at: null,
    is_online: person.isOnline,
    last_seen: time(person.lastSeenAt),
  };
}

function presentMessage(userId: UserId, message: messages.Message, language: Language): shapes.Message {
  const { replyTo } = message;
  return {
    ...presentSender(userId, message.sender),
    id: message.id,
    chat_id: message.conversationId,
    content: contentOf(message, language),
    message_type: message.kind === 'voice' ? 'audio' : message.kind,
    status: message.readAt !== null ? 'read' : message.deliveredAt !== null ? 'delivered' : 'sent',
    file_url: message.mediaUrl,
    file_name: message.fileName,
    file_size: message.fileSize,
    thumbnail_url: message.thumbnailUrl,
    metadata: message.metadata && JSON.stringify(message.metadata),
    reply_to_id: replyTo?.id ?? null,
    reply_to_content: replyTo && quotedContent(replyTo, language),
    reply_to_sender: replyTo && nameOf(replyTo.sender),
    reply_to_message: replyTo && presentQuoted(userId, replyTo, message, language),
    is_edited: message.editedAt !== null,
    is_deleted: message.deletedAt !== null,
    reactions: message.reactions.map((reaction) => ({
      id: reaction.id,
      message_id: message.id,
      user_id: userId(reaction.author.id),
      emoji: reaction.emoji,
      created_at: time(reaction.createdAt),
    })),
    created_at: time(message.createdAt),
    updated_at: time(message.updatedAt),
    delivered_at: time(message.deliveredAt),
    read_at: time(message.readAt),
  };
}

function presentQuoted(
  userId: UserId,
  quoted: messages.Quoted,
  { conversationId }: messages.Message,
  language: Language,
): NonNullable<shapes.Message['reply_to_message']> {
  return {
    ...presentSender(userId, quoted.sender),
    id: quoted.id,
    chat_id: conversationId,
    content: quotedContent(quoted, language),
    message_type: quoted.kind === 'voice' ? 'audio' : quoted.kind,
    status: 'sent',
    file_url: null,
    file_name: null,
    file_size: null,
    thumbnail_url: null,
    metadata: null,
    reply_to_id: null,
    reply_to_content: null,
    reply_to_sender: null,
    reply_to_message: null,
    is_edited: false,
    is_deleted: quoted.isDeleted,
    reactions: [],
    created_at: time(quoted.createdAt),
    updated_at: time(quoted.updatedAt),
    delivered_at: null,
    read_at: null,
  };
}

function presentSender(userId: UserId, sender: messages.Author) {
  return {
    sender_id: userId(sender.id),
    sender_name: nameOf(sender),
    sender_avatar: sender.avatarUrl,
    sender_username: sender.username,
    sender_full_name: sender.displayName,
    sender_avatar_url: sender.avatarUrl,
  };
}

function nameOf({ displayName, username }: messages.Author): string {
  return displayName ?? username;
}

/** What is sealed for others' clients is said to be there, and what was deleted to have been. */
function contentOf(message: messages.Message, language: Language): string | null {
  if (message.deletedAt !== null) return say(language, 'standin_deleted');
  if (message.isEncrypted) return say(language, 'standin_encrypted');
  return contentIn(language, message) || null;
}

function quotedContent(quoted: messages.Quoted, language: Language): string | null {
  if (quoted.isDeleted) return say(language, 'standin_deleted');
  return contentIn(language, quoted) || null;
}
