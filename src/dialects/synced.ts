// How durable events are said to whoever goes by cursors: as the product says them, but to all of the core's audience;
// and what it has no words for is said in general, so that the client reads that thing again.

import type { Event, EventType } from '../core/events.ts';
import type { AccountId, CallId, ConversationId, EventId, MessageId } from '../core/ids.ts';
import type { Encoders, Encoding, Versions, View } from './dialect.ts';

/** Each type of event: whether the log holds it. */
const isLogged = {
  'message.sent': true,
  'message.edited': true,
  'message.deleted': true,
  'message.mentioned': true,
  'reaction.added': true,
  'reaction.removed': true,
  'message.hidden': true,
  'message.starred': true,
  'messages.delivered': true,
  'messages.read': true,
  'conversation.created': true,
  'conversation.updated': true,
  'conversation.deleted': true,
  'conversation.preference': true,
  'members.joined': true,
  'members.left': true,
  'members.role': true,
  'event.planned': true,
  'event.cancelled': true,
  'event.answered': true,
  'call.ringing': true,
  'call.answered': true,
  'call.declined': true,
  'call.ended': true,
  'call.joined': true,
  'call.left': true,
  'share.started': true,
  'share.changed': true,
  'share.stopped': true,
  'fence.crossed': true,
  'account.changed': true,
  'block.changed': true,
  typing: false,
  'room.entered': false,
  'room.left': false,
  presence: false,
  'sessions.ended': false,
  'access.changed': false,
  'call.signal': false,
  'position.moved': false,
} as const satisfies Record<EventType, boolean>;

export type DurableType = { [T in EventType]: (typeof isLogged)[T] extends true ? T : never }[EventType];

export function isDurable(event: Event): event is Event<DurableType> {
  return isLogged[event.type];
}

/** What an event is about, in ids of the core. */
export interface Subject {
  kind: DurableType;
  conversationId?: ConversationId;
  messageId?: MessageId;
  /** Several at once: read or delivered. */
  messageIds?: MessageId[];
  /** Who came, went, has another role, or is blocked. */
  accountIds?: AccountId[];
  eventId?: EventId;
  callId?: CallId;
  shareId?: number;
  fenceId?: number;
  /** Which part of the account, or which switch of the conversation. */
  part?: string;
}

/**
 * The table for whoever goes by cursors. `said`: what the product has words for, `hears` left out; `changed` writes the
 * frame for the rest; of what is `silent` the product has nothing that could be read again.
 */
export function synced(options: {
  said: Encoders;
  changed(subject: Subject, view: View): string;
  by?: Versions;
  silent: readonly DurableType[];
}): Encoders {
  const { said, changed, by = 'all', silent } = options;
  const general: Encoding<DurableType> = { by, frames: (event, view) => [changed(subjectOf(event), view)] };
  const types = (Object.keys(isLogged) as EventType[]).filter((type): type is DurableType => isLogged[type]);
  const table = types
    .filter((type) => !silent.includes(type))
    .map((type) => [type, withoutNarrowing(said[type] as Encoding<EventType> | undefined) ?? general]);
  return Object.fromEntries(table) as Encoders;
}

function withoutNarrowing(encoding: Encoding<EventType> | undefined): Encoding<EventType> | undefined {
  if (!encoding) return undefined;
  const { hears: _hears, ...whole } = encoding;
  return whole;
}

export function subjectOf(event: Event<DurableType>): Subject {
  const { type: kind } = event;
  switch (kind) {
    case 'message.sent':
    case 'message.edited':
    case 'message.mentioned':
      return { kind, conversationId: event.message.conversationId, messageId: event.message.id };
    case 'message.deleted':
    case 'message.hidden':
    case 'message.starred':
    case 'reaction.added':
    case 'reaction.removed':
      return { kind, conversationId: event.conversationId, messageId: event.messageId };
    case 'messages.read':
    case 'messages.delivered':
      return {
        kind,
        conversationId: event.conversationId,
        messageIds: event.messages.map(({ messageId }) => messageId),
        accountIds: [event.by],
      };
    case 'conversation.created':
    case 'conversation.updated':
    case 'conversation.deleted':
      return { kind, conversationId: event.conversationId };
    case 'conversation.preference':
      return { kind, conversationId: event.conversationId, part: event.preference };
    case 'members.joined':
    case 'members.left':
      return { kind, conversationId: event.conversationId, accountIds: event.accounts };
    case 'members.role':
      return { kind, conversationId: event.conversationId, accountIds: [event.accountId] };
    case 'event.planned':
    case 'event.cancelled':
    case 'event.answered':
      return { kind, conversationId: event.conversationId, eventId: event.eventId };
    case 'call.ringing':
    case 'call.answered':
    case 'call.declined':
    case 'call.ended':
    case 'call.joined':
    case 'call.left':
      return { kind, callId: event.call.id };
    case 'share.started':
    case 'share.changed':
    case 'share.stopped':
      return { kind, shareId: event.share.id };
    case 'fence.crossed':
      return { kind, fenceId: event.crossing.fenceId };
    case 'account.changed':
      return { kind, part: event.part };
    case 'block.changed':
      return { kind, accountIds: [event.accountId] };
  }
}
