// What happened, and who may hear it. The audience is decided here, in the core, where membership and blocks are known.

import type { Message } from './messages/shape.ts';
import type { AccountId, ConversationId, MessageId, Moment, SessionId } from './ids.ts';

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

/** A message somebody has now read or received, with its sender, who is told. */
export interface ReceiptOf {
  messageId: MessageId;
  senderId: AccountId;
}

/** A switch that one person sets on a conversation for themselves alone. */
export type Preference = 'archived' | 'muted' | 'favourite' | 'cleared' | 'hidden';

export type Happening =
  | { type: 'message.sent'; message: Message }
  | { type: 'message.edited'; message: Message }
  | { type: 'message.deleted'; conversationId: ConversationId; messageId: MessageId; by: AccountId }
  | { type: 'message.hidden'; conversationId: ConversationId; messageId: MessageId }
  | { type: 'message.starred'; conversationId: ConversationId; messageId: MessageId; starred: boolean }
  | { type: 'messages.delivered'; conversationId: ConversationId; by: AccountId; messages: ReceiptOf[] }
  | {
      type: 'messages.read';
      conversationId: ConversationId;
      by: AccountId;
      messages: ReceiptOf[];
      at: Moment;
      /** False: the reader shows nobody that they read; only their own devices may hear this. */
      shown: boolean;
    }
  | { type: 'conversation.created'; conversationId: ConversationId; by: AccountId }
  | { type: 'conversation.preference'; conversationId: ConversationId; preference: Preference; on: boolean }
  | { type: 'members.joined'; conversationId: ConversationId; accounts: AccountId[]; by: AccountId }
  | { type: 'members.left'; conversationId: ConversationId; accounts: AccountId[]; by: AccountId }
  | { type: 'typing'; conversationId: ConversationId; by: AccountId; name: string; isTyping: boolean }
  | { type: 'presence'; accountId: AccountId; isOnline: boolean; lastSeenAt: Moment | null }
  | { type: 'sessions.ended'; sessions: SessionId[]; reason: string };

export type EventType = Happening['type'];

/** One event, as plain JSON: it travels between processes as it is. */
export type Event<T extends EventType = EventType> = Extract<Happening, { type: T }> & {
  audience: Audience;
  /** Present on durable events of a conversation; the hub releases those in `no` order. */
  change?: Change;
  /** Who caused it and through which connection, for dialects that do not tell the cause its own news. */
  origin?: { accountId: AccountId; connectionId?: string };
};
