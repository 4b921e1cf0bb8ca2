// What Pythia's clients hear that go by cursors: every durable event, with the frames of section 5 where there are any.

import type { Encoders } from '../dialect.ts';
import type { PublicIds } from '../public-ids.ts';
import { synced, type Subject } from '../synced.ts';
import { createEncoders, frame } from './encoders.ts';
import type { Presenters } from './presenters.ts';

export const cursors = {
  cursor: (cursor: string) => frame('sync_cursor', { cursor }),
  reset: (cursor: string) => frame('sync_reset', { cursor }),
};

export function createSynced(ids: PublicIds, present: Presenters): Encoders {
  return synced({
    said: createEncoders(ids, present),
    changed: (subject) => frame('sync_changed', presentSubject(ids, subject)),
    // No calls, places, stars, receipts and meetings here.
    silent: [
      'message.starred',
      'messages.delivered',
      'messages.read',
      'event.planned',
      'event.cancelled',
      'event.answered',
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
  const { kind, conversationId, messageId, accountIds, part } = subject;
  return {
    kind,
    ...(conversationId !== undefined && { channel_id: ids.toUuid('conversation', conversationId) }),
    ...(messageId !== undefined && { message_id: ids.toUuid('message', messageId) }),
    ...(accountIds && { user_ids: accountIds.map((id) => ids.toUuid('account', id)) }),
    ...(part !== undefined && { part }),
  };
}
