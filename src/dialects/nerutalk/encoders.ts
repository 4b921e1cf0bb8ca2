// What NeruTalk's sockets hear (contract, 7.4): the table from event to frame. What is not listed is not said.

import type { Event } from '../../core/events.ts';
import type { AccountId, ConversationId } from '../../core/ids.ts';
import { codeOf } from '../../texts/wanted.ts';
import type { Encoders, Listener, View } from '../dialect.ts';
import type { Kit } from './kit.ts';
import { withPoints } from './points.ts';
import { time } from './presenters.ts';

/** Frames that tell where somebody is. */
const ofPlaces = new Set(['location_updated', 'shared_location_update', 'geofence_event']);

/** A frame as wire text, in the contract's envelope. */
export function frame(type: string, data: object, language: string): string {
  const json = JSON.stringify({ type, data, timestamp: new Date().toISOString(), language: codeOf(language) });
  return ofPlaces.has(type) ? withPoints(json) : json;
}

/** Those of chats and people. */
export function chatEncoders({ present }: Kit): Encoders {
  const { userId } = present;

  /** To who follows the chat on this connection, and is not the one whose doing it is. */
  const inRoom = (conversationId: ConversationId, by: AccountId, { joined, member }: Listener) =>
    joined.has(conversationId) && by !== member.accountId;

  const movedInRoom = (type: string) => ({
    by: 'language' as const,
    frames: (event: Event<'room.entered' | 'room.left'>, { language }: View) => [
      frame(type, { chat_id: event.conversationId, user_id: userId(event.by) }, language),
    ],
    hears: (event: Event<'room.entered' | 'room.left'>, listener: Listener) =>
      inRoom(event.conversationId, event.by, listener),
  });

  return {
    'message.sent': {
      by: 'language',
      frames: ({ message }, { language }) => [frame('new_message', present.message(message, language), language)],
      hears: ({ message }, listener) => inRoom(message.conversationId, message.sender.id, listener),
    },
    'message.edited': {
      by: 'language',
      frames: ({ message }, { language }) => [frame('message_updated', present.message(message, language), language)],
      hears: ({ message }, { joined }) => joined.has(message.conversationId),
    },
    'message.deleted': {
      by: 'language',
      frames: ({ messageId, conversationId }, { language }) => [
        frame('message_deleted', { message_id: messageId, chat_id: conversationId }, language),
      ],
      hears: ({ conversationId }, { joined }) => joined.has(conversationId),
    },
    'messages.read': {
      by: 'language',
      frames: ({ messages, conversationId, by, at }, { language }) =>
        messages.map(({ messageId }) =>
          frame(
            'message_read',
            { message_id: messageId, chat_id: conversationId, user_id: userId(by), read_at: time(at) },
            language,
          ),
        ),
      hears: (event, listener) => event.shown && inRoom(event.conversationId, event.by, listener),
    },
    'messages.delivered': {
      by: 'viewer',
      frames: ({ messages, at }, { viewer, language }) =>
        messages
          .filter(({ senderId }) => senderId === viewer)
          .map(({ messageId }) =>
            frame('message_delivered', { message_id: messageId, delivered_at: time(at) }, language),
          ),
      hears: ({ messages }, { member }) => messages.some(({ senderId }) => senderId === member.accountId),
    },
    'room.entered': movedInRoom('user_joined_chat'),
    'room.left': movedInRoom('user_left_chat'),
    'members.left': {
      frames: () => [],
      // Whoever is out no longer follows, also not when they are let in again.
      hears: ({ accounts, conversationId }, { member, joined }) => {
        if (accounts.includes(member.accountId)) joined.delete(conversationId);
        return false;
      },
    },
    typing: {
      by: 'language',
      frames: ({ conversationId, by, isTyping }, { language }) => [
        frame('typing_indicator', { chat_id: conversationId, user_id: userId(by), is_typing: isTyping }, language),
      ],
      hears: ({ conversationId, by }, listener) => inRoom(conversationId, by, listener),
    },
    presence: {
      by: 'language',
      frames: ({ accountId, isOnline, lastSeenAt }, { language }) => [
        frame(
          'user_status',
          {
            user_id: userId(accountId),
            is_online: isOnline,
            last_seen: time(lastSeenAt),
            status: isOnline ? 'online' : 'offline',
          },
          language,
        ),
      ],
      hears: (event, { member }) => isAddressed(event, member.accountId),
    },
  };
}

const acquaintances = new WeakMap<Event, ReadonlySet<AccountId>>();

/** Who shares a chat; where the core named its audience, that is who may hear. */
function isAddressed(event: Event<'presence'>, account: AccountId): boolean {
  if (!event.acquaintances) return event.audience.kind === 'accounts';
  // Asked once for each listener, and there may be thousands of both.
  const known = acquaintances.get(event) ?? new Set(event.acquaintances);
  acquaintances.set(event, known);
  return known.has(account);
}
