// What URGE's clients hear that go by cursors: every durable event, with the frames of section 14 where there are any.

import type { Encoders } from '../dialect.ts';
import type { PublicIds } from '../public-ids.ts';
import { synced, type Subject } from '../synced.ts';
import { createEncoders, frame } from './encoders.ts';
import type { Presenters } from './presenters.ts';

export const cursors = {
  cursor: (cursor: string) => frame('sync:cursor', { cursor }),
  reset: (cursor: string) => frame('sync:reset', { cursor }),
};

export function createSynced(ids: PublicIds, present: Presenters): Encoders {
  const said = createEncoders(ids, present);
  return synced({
    said: {
      ...said,
      // Not only to the sender: a message shows everybody whether it was delivered.
      'messages.delivered': {
        frames: ({ messages, conversationId, by }) =>
          messages.map(({ messageId }) =>
            frame('message:delivered', {
              messageId: ids.toUuid('message', messageId),
              userId: ids.toUuid('account', by),
              conversationId: ids.toUuid('conversation', conversationId),
            }),
          ),
      },
    },
    changed: (subject) => frame('sync:changed', presentSubject(ids, subject)),
    // No calls and no places here; and mentions show in no answer.
    silent: [
      'message.mentioned',
      'call.ringing',
      'call.answered',
      'call.declined',
      'call.ended',
      'call.joined',
      'call.left',
      'share.started',
      'share.changed',
      'share.stopped',
      'fence.crossed',
    ],
  });
}

function presentSubject(ids: PublicIds, subject: Subject): Record<string, unknown> {
  const { kind, conversationId, messageId, accountIds, eventId, part } = subject;
  return {
    kind,
    ...(conversationId !== undefined && { conversationId: ids.toUuid('conversation', conversationId) }),
    ...(messageId !== undefined && { messageId: ids.toUuid('message', messageId) }),
    ...(accountIds && { userIds: accountIds.map((id) => ids.toUuid('account', id)) }),
    ...(eventId !== undefined && { eventId: ids.toUuid('event', eventId) }),
    ...(part !== undefined && { part }),
  };
}
