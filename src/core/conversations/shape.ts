// A conversation as one member sees it, with everything a list shows.

import type { AccountId, ConversationId, MembershipId, Moment } from '../ids.ts';
import type { Message } from '../messages/shape.ts';

export type ConversationKind = 'direct' | 'group' | 'channel';

/** URGE's seven roles hold in every dialect (DECISIONS 12). */
export type Role = 'FOUNDER' | 'ACCOUNTANT' | 'MODERATOR' | 'RECRUITER' | 'SUPPORT' | 'CHEERLEADER' | 'MEMBER';

/** What somebody said to an event of a group. */
export type Attendance = 'going' | 'maybe' | 'not_going';

export interface Participant {
  id: AccountId;
  username: string;
  displayName: string | null;
  /** Known to a viewer whose own phone is verified too. */
  phone: string | null;
  avatarUrl: string | null;
  isOnline: boolean;
  lastSeenAt: Moment | null;
  role: Role;
  membershipId: MembershipId;
  joinedAt: Moment;
}

export interface Conversation {
  id: ConversationId;
  kind: ConversationKind;
  /** Null for a direct conversation, which is named after the other. */
  name: string | null;
  description: string | null;
  avatarUrl: string | null;
  createdBy: AccountId | null;
  isPublic: boolean;
  /** At most 256 of them, in the order they joined; `participantCount` counts all. */
  participants: Participant[];
  participantCount: number;
  lastMessage: Message | null;
  lastMessageAt: Moment | null;
  unreadCount: number;
  isFavourite: boolean;
  isMuted: boolean;
  isArchived: boolean;
  createdAt: Moment;
  updatedAt: Moment;
}

/** As much of a conversation as the news of it shows. */
export interface ConversationOutline {
  id: ConversationId;
  kind: ConversationKind;
  name: string | null;
  description: string | null;
  isPublic: boolean;
  memberCount: number;
  /** The two of a direct conversation, or the one who talks to themselves: it is named after the other. */
  pair: { id: AccountId; username: string }[] | null;
  createdAt: Moment;
  updatedAt: Moment;
}
