// What the page knows of people, conversations and messages: made from the dialects' answers in api/, and nowhere else.

export type MessageKind =
  'TEXT' | 'IMAGE' | 'VIDEO' | 'AUDIO' | 'DOCUMENT' | 'LOCATION' | 'CONTACT' | 'VOICE' | 'SYSTEM';

export interface Person {
  id: string;
  name: string;
  avatarUrl: string | null;
  isOnline: boolean;
  lastSeen: string | null;
  bio?: string | null;
  /** What `@` names them by; only some answers tell. */
  username?: string;
  /** In a group. */
  role?: string;
}

export interface Reaction {
  emoji: string;
  userId: string;
  username: string;
}

export interface Message {
  id: string;
  /** Stays the same from the outbox to the server's answer: what lists tell rows apart by. */
  key: string;
  conversationId: string;
  senderId: string;
  senderName: string;
  senderAvatar: string | null;
  kind: MessageKind;
  content: string;
  mediaUrl: string | null;
  thumbnailUrl: string | null;
  /** In seconds. */
  duration: number | null;
  replyTo: { id: string; senderName: string; content: string } | null;
  status: 'SENDING' | 'FAILED' | 'SENT' | 'DELIVERED' | 'READ';
  isEdited: boolean;
  isStarred: boolean;
  isForwarded: boolean;
  isEncrypted: boolean;
  createdAt: string;
  reactions: readonly Reaction[];
  /** While a file is on its way: from 0 to 1. */
  progress?: number;
}

export interface Conversation {
  id: string;
  isGroup: boolean;
  name: string;
  avatarUrl: string | null;
  description: string | null;
  participants: readonly Person[];
  memberCount: number;
  lastMessage: Message | null;
  /** What the list is ordered by. */
  lastAt: string;
  unread: number;
  isMuted: boolean;
  isArchived: boolean;
  isFavorite: boolean;
}

export interface Channel {
  id: string;
  name: string;
  description: string | null;
  memberCount: number;
}
