// What happened, and who may hear it. The audience is decided here, in the core, where membership and blocks are known.

import type { Attendance, ConversationOutline, Role } from './conversations/shape.ts';
import type { Call } from './calls/shape.ts';
import type { Crossing, Position, Share } from './location/shape.ts';
import type { Message } from './messages/shape.ts';
import type { AccountId, CallId, ConversationId, EventId, MessageId, Moment, ReactionId, SessionId } from './ids.ts';

/**
 * The upper bound of who hears an event; a dialect may narrow it, never widen.
 * - `members`: everyone in the conversation. `membershipVersion` is the conversation's at commit: a cached member list
 *   older than it is read again. `also` are accounts that just left and must still hear this one.
 * - `accounts`: just these.
 * - `everyone`: all who are connected, but for these (who blocked, or were blocked by, the subject).
 */
export type Audience =
  | { kind: 'members'; conversationId: ConversationId; membershipVersion: number; also?: AccountId[] }
  | { kind: 'accounts'; accounts: AccountId[] }
  | { kind: 'everyone'; besides: AccountId[] };

/** The durable change behind an event: its conversation and its place in that conversation's dense order. */
export interface Change {
  conversationId: ConversationId;
  no: number;
}

/** Where the log holds a change. */
export interface Logged {
  xid: number;
  id: number;
}

/** A message somebody has now read or received, with its sender, who is told. */
export interface ReceiptOf {
  messageId: MessageId;
  senderId: AccountId;
}

/** Somebody put an emoji on a message, or took it off again. */
interface Reacted {
  conversationId: ConversationId;
  messageId: MessageId;
  reactionId: ReactionId;
  emoji: string;
  by: AccountId;
  byName: string;
}

/** A call as it is now, and who made it so; null: nobody did, its time ran out. */
interface Called {
  call: Call;
  by: AccountId | null;
}

/** Who came or went. `usernames` are theirs, in the same order. */
interface Moved {
  conversationId: ConversationId;
  accounts: AccountId[];
  usernames: string[];
  by: AccountId;
}

/** A switch that one person sets on a conversation for themselves alone. */
export type Preference = 'archived' | 'muted' | 'favourite' | 'cleared' | 'hidden';

/** What of somebody's own account is not as it was; to be read again. */
export type AccountPart = 'profile' | 'privacy' | 'settings' | 'sessions' | 'security' | 'places';

export type Happening =
  | { type: 'message.sent'; message: Message }
  | { type: 'message.edited'; message: Message }
  | {
      type: 'message.deleted';
      conversationId: ConversationId;
      messageId: MessageId;
      by: AccountId;
      byName: string;
      /** A moderator's; absent when the sender deleted it. */
      reason?: string;
    }
  /** Follows the message, as a change of its own: the audience is whom it names. */
  | { type: 'message.mentioned'; message: Message; isEdit: boolean }
  | ({ type: 'reaction.added' } & Reacted)
  | ({ type: 'reaction.removed' } & Reacted)
  | { type: 'message.hidden'; conversationId: ConversationId; messageId: MessageId }
  | { type: 'message.starred'; conversationId: ConversationId; messageId: MessageId; starred: boolean }
  | { type: 'messages.delivered'; conversationId: ConversationId; by: AccountId; messages: ReceiptOf[]; at: Moment }
  | {
      type: 'messages.read';
      conversationId: ConversationId;
      by: AccountId;
      messages: ReceiptOf[];
      at: Moment;
      /** False: the reader shows nobody that they read; only their own devices may hear this. */
      shown: boolean;
    }
  | { type: 'conversation.created'; conversationId: ConversationId; by: AccountId; conversation: ConversationOutline }
  | { type: 'conversation.updated'; conversationId: ConversationId; by: AccountId }
  | { type: 'conversation.deleted'; conversationId: ConversationId; by: AccountId }
  | { type: 'conversation.preference'; conversationId: ConversationId; preference: Preference; on: boolean }
  | ({ type: 'members.joined' } & Moved)
  | ({ type: 'members.left' } & Moved)
  | { type: 'members.role'; conversationId: ConversationId; accountId: AccountId; role: Role; by: AccountId }
  /** A group's meeting: planned, called off, or answered by somebody. */
  | { type: 'event.planned'; conversationId: ConversationId; eventId: EventId; by: AccountId }
  | { type: 'event.cancelled'; conversationId: ConversationId; eventId: EventId; by: AccountId }
  | { type: 'event.answered'; conversationId: ConversationId; eventId: EventId; by: AccountId; status: Attendance }
  | {
      type: 'typing';
      conversationId: ConversationId;
      by: AccountId;
      /** The display name, or else the username. */
      name: string;
      username: string;
      isTyping: boolean;
    }
  /** Transient: one connection began, or ceased, to follow a conversation. */
  | { type: 'room.entered'; conversationId: ConversationId; by: AccountId }
  | { type: 'room.left'; conversationId: ConversationId; by: AccountId }
  | {
      type: 'presence';
      accountId: AccountId;
      isOnline: boolean;
      lastSeenAt: Moment | null;
      /** Those who share a direct conversation or a small group: for dialects that tell nobody else. */
      acquaintances?: AccountId[];
    }
  | {
      type: 'sessions.ended';
      sessions: SessionId[];
      reason: string;
      /** What to tell the person, where they should know more than that. */
      notice?: string;
    }
  | ({ type: 'call.ringing' } & Called)
  | ({ type: 'call.answered' } & Called)
  | ({ type: 'call.declined' } & Called)
  | ({ type: 'call.ended' } & Called)
  | ({ type: 'call.joined' } & Called)
  | ({ type: 'call.left' } & Called)
  /** Transient: an offer, an answer or a candidate, from one participant to another. */
  | { type: 'call.signal'; callId: CallId; from: AccountId; signal: Record<string, unknown> }
  /** Transient: somebody who shares it is now here. Already as precise as the share allows. */
  | { type: 'position.moved'; shareId: number; position: Position }
  | { type: 'share.started'; share: Share }
  | { type: 'share.changed'; share: Share }
  | { type: 'share.stopped'; share: Share }
  | { type: 'fence.crossed'; crossing: Crossing }
  /** To the account alone. */
  | { type: 'account.changed'; accountId: AccountId; part: AccountPart }
  /** To the blocker alone: `accountId` is whom they block, or no longer. */
  | { type: 'block.changed'; accountId: AccountId; on: boolean }
  /** The account of these sessions was disabled or enabled: what is remembered of their tokens is old. */
  | { type: 'access.changed'; sessions: SessionId[]; allowed: boolean };

export type EventType = Happening['type'];

/** One event, as plain JSON: it travels between processes as it is. */
export type Event<T extends EventType = EventType> = Extract<Happening, { type: T }> & {
  audience: Audience;
  /** Present on durable events of a conversation; the hub releases those in `no` order. */
  change?: Change;
  /**
   * Present on durable events of an account's own stream, each told to that one account: its row. Where `change` is there
   * too, somebody hears it who need not be in the conversation: this is then the conversation's row.
   */
  logged?: Logged;
  /** Who caused it and through which connection, for dialects that do not tell the cause its own news. */
  origin?: { accountId: AccountId; connectionId?: string };
};
