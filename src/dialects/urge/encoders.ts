// What URGE's sockets hear (contract, section 14): the table from event to frame. What is not listed is not said.

import type { Event } from '../../core/events.ts';
import { say } from '../../texts/index.ts';
import type { Encoders, Listener } from '../dialect.ts';
import type { PublicIds } from '../public-ids.ts';
import { isAlikeToAll, time, type Presenters } from './presenters.ts';

/** A Socket.IO event as wire text. */
export function frame(event: string, payload: unknown): string {
  return JSON.stringify([event, payload]);
}

export function createEncoders(ids: PublicIds, present: Presenters): Encoders {
  const userId = (event: { by: number }) => ids.toUuid('account', event.by);
  const conversationId = (event: { conversationId: number }) => ids.toUuid('conversation', event.conversationId);
  const messageId = (id: number) => ids.toUuid('message', id);

  return {
    'message.sent': {
      by: ({ message }) => (isAlikeToAll(message) ? 'all' : 'language'),
      frames: ({ message }, { language }) => [frame('message:received', present.message(message, language))],
      hears: (event, listener) => isElsewhere(event, listener) && !listener.left.has(event.message.conversationId),
    },
    'messages.delivered': {
      by: 'viewer',
      frames: (event, { viewer }) =>
        event.messages
          .filter((receipt) => receipt.senderId === viewer)
          .map((receipt) =>
            frame('message:delivered', {
              messageId: messageId(receipt.messageId),
              userId: userId(event),
              conversationId: conversationId(event),
            }),
          ),
      hears: (event, { member }) => event.messages.some((receipt) => receipt.senderId === member.accountId),
    },
    'messages.read': {
      frames: (event) =>
        event.messages.map((receipt) =>
          frame('message:read', {
            messageId: messageId(receipt.messageId),
            conversationId: conversationId(event),
            userId: userId(event),
          }),
        ),
      hears: (event, listener) =>
        event.shown && isElsewhere(event, listener) && !listener.left.has(event.conversationId),
    },
    'conversation.deleted': {
      by: 'language',
      frames: (event, { language }) => [
        frame('group:deleted', { group_id: conversationId(event), message: say(language, 'notice_group_deleted') }),
      ],
    },
    typing: {
      frames: (event) => {
        const who = { conversationId: conversationId(event), userId: userId(event) };
        return [event.isTyping ? frame('typing:start', { ...who, userName: event.name }) : frame('typing:stop', who)];
      },
      hears: (event, listener) => isElsewhere(event, listener) && !listener.left.has(event.conversationId),
    },
    presence: {
      frames: (event) => {
        const user = ids.toUuid('account', event.accountId);
        return [
          event.isOnline
            ? frame('user:online', { userId: user })
            : frame('user:offline', { userId: user, lastSeen: time(event.lastSeenAt) }),
        ];
      },
    },
  };
}

/** Not the very connection that caused it. */
function isElsewhere(event: Event, listener: Listener): boolean {
  return event.origin?.connectionId !== listener.connectionId;
}
