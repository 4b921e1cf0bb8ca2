// A message and the people in it, in the core's own shape: plain JSON, times as milliseconds, ids as numbers.

import type { AccountId, ConversationId, MessageId, Moment } from '../ids.ts';

/** What others see of a person beside a message. `avatarUrl` is null when its owner hides it. */
export interface Author {
  id: AccountId;
  username: string;
  displayName: string | null;
  phone: string | null;
  avatarUrl: string | null;
}

export type MessageKind =
  | 'text'
  | 'image'
  | 'video'
  | 'audio'
  | 'voice'
  | 'file'
  | 'sticker'
  | 'gif'
  | 'location'
  | 'contact'
  | 'system';

/** The message a reply points at, as much as a reply shows of it. */
export interface Quoted {
  id: MessageId;
  sender: Author;
  kind: MessageKind;
  content: string;
  isDeleted: boolean;
}

export interface Message {
  id: MessageId;
  conversationId: ConversationId;
  /** Dense per conversation over messages: order and paging. */
  no: number;
  sender: Author;
  kind: MessageKind;
  /** `""` for media without a caption and for deleted messages. */
  content: string;
  mediaUrl: string | null;
  thumbnailUrl: string | null;
  mediaSeconds: number | null;
  fileName: string | null;
  fileSize: number | null;
  metadata: Record<string, unknown> | null;
  replyTo: Quoted | null;
  label: string | null;
  isForwarded: boolean;
  isEncrypted: boolean;
  envelope: Record<string, unknown> | null;
  createdAt: Moment;
  updatedAt: Moment;
  editedAt: Moment | null;
  /** The first other person's device that had it, and the first other reader. */
  deliveredAt: Moment | null;
  readAt: Moment | null;
  deletedAt: Moment | null;
  /** The viewer's own star; false in events, which everybody shares. */
  isStarred: boolean;
}
