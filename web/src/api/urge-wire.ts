// How URGE writes people, messages and conversations, and what the page makes of them.

import type { Conversation, Message, MessageKind, Person } from './shapes.ts';

export interface WireUser {
  id: string;
  user_id?: string;
  display_name: string;
  avatar_url: string | null;
  is_online: boolean;
  last_seen: string | null;
  bio?: string | null;
  role?: string;
}

export interface WireMessage {
  id: string;
  conversationId: string;
  senderId: string;
  senderName: string;
  senderAvatar: string | null;
  content: string;
  type: MessageKind;
  status: 'SENT' | 'DELIVERED' | 'READ';
  mediaUrl: string | null;
  thumbnailUrl: string | null;
  audioDuration: number | null;
  replyTo: { id: string; senderName: string; content: string } | null;
  isEdited: boolean;
  isStarred: boolean;
  isForwarded: boolean;
  isEncrypted: boolean;
  createdAt: string;
}

export interface WireConversation {
  id: string;
  type: 'DIRECT' | 'GROUP';
  name: string;
  avatar: string | null;
  description: string | null;
  participants: WireUser[];
  participantCount: number;
  lastMessage: WireMessage | null;
  lastMessageAt: string | null;
  unreadCount: number;
  isFavorite: boolean;
  isMuted: boolean;
  isArchived: boolean;
  createdAt: string;
}

export function readPerson(user: WireUser): Person {
  return {
    id: user.user_id ?? user.id,
    name: user.display_name,
    avatarUrl: user.avatar_url,
    isOnline: user.is_online,
    lastSeen: user.last_seen,
    bio: user.bio ?? null,
    ...(user.role !== undefined && { role: user.role }),
  };
}

export function readMessage(message: WireMessage): Message {
  return {
    id: message.id,
    key: message.id,
    conversationId: message.conversationId,
    senderId: message.senderId,
    senderName: message.senderName,
    senderAvatar: message.senderAvatar,
    kind: message.type,
    content: message.content,
    mediaUrl: message.mediaUrl,
    thumbnailUrl: message.thumbnailUrl,
    duration: message.audioDuration,
    replyTo: message.replyTo && {
      id: message.replyTo.id,
      senderName: message.replyTo.senderName,
      content: message.replyTo.content,
    },
    status: message.status,
    isEdited: message.isEdited,
    isStarred: message.isStarred,
    isForwarded: message.isForwarded,
    isEncrypted: message.isEncrypted,
    createdAt: message.createdAt,
    reactions: [],
  };
}

export function readConversation(conversation: WireConversation): Conversation {
  return {
    id: conversation.id,
    isGroup: conversation.type === 'GROUP',
    name: conversation.name,
    avatarUrl: conversation.avatar,
    description: conversation.description,
    participants: conversation.participants.map(readPerson),
    memberCount: conversation.participantCount,
    lastMessage: conversation.lastMessage && readMessage(conversation.lastMessage),
    lastAt: conversation.lastMessageAt ?? conversation.createdAt,
    unread: conversation.unreadCount,
    isMuted: conversation.isMuted,
    isArchived: conversation.isArchived,
    isFavorite: conversation.isFavorite,
  };
}
