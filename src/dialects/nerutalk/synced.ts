// What NeruTalk's clients hear that go by cursors: every durable event, with the frames of 7.4 where there are any.

import type { Event } from '../../core/events.ts';
import type { Encoders, Encoding } from '../dialect.ts';
import { subjectOf, synced, type Subject } from '../synced.ts';
import { callEncoders } from './calls-socket.ts';
import { chatEncoders, frame } from './encoders.ts';
import type { Kit } from './kit.ts';
import { locationEncoders } from './location-socket.ts';
import { time } from './presenters.ts';

export const cursors = {
  cursor: (cursor: string, language: string) => frame('sync_cursor', { cursor }, language),
  reset: (cursor: string, language: string) => frame('sync_reset', { cursor }, language),
};

export function createSynced(kit: Kit): Encoders {
  const { present } = kit;
  const changed = (subject: Subject, language: string) =>
    frame('sync_changed', presentSubject(present.userId, subject), language);
  const chats = chatEncoders(kit);
  const calls = callEncoders(kit);
  const places = locationEncoders(kit);

  const ringing: Encoding<'call.ringing'> = {
    by: 'language',
    // Told later, it rings no more.
    frames: (event, view) =>
      event.call.status === 'initiated'
        ? calls['call.ringing']!.frames(event, view)
        : [changed(subjectOf(event), view.language)],
  };
  const started: Encoding<'share.started'> = {
    by: 'viewer',
    frames: (event, view) =>
      view.viewer === event.share.accountId
        ? [changed(subjectOf(event), view.language)]
        : places['share.started']!.frames(event, view),
  };
  const delivered: Encoding<'messages.delivered'> = {
    by: 'language',
    // Not only to the sender: a message shows everybody whether it was delivered.
    frames: ({ messages, at }, { language }) =>
      messages.map(({ messageId }) =>
        frame('message_delivered', { message_id: messageId, delivered_at: time(at) }, language),
      ),
  };
  const { 'members.left': left, ...said } = chats;
  const table = synced({
    said: {
      ...said,
      ...calls,
      ...places,
      'call.ringing': ringing,
      'share.started': started,
      'messages.delivered': delivered,
    },
    changed: (subject, { language }) => changed(subject, language),
    by: 'language',
    // Mentions show in no answer, and there are no meetings.
    silent: ['message.mentioned', 'event.planned', 'event.cancelled', 'event.answered'],
  });
  return {
    ...table,
    'members.left': {
      ...(table['members.left'] as Encoding<'members.left'>),
      hears(event: Event<'members.left'>, listener) {
        left?.hears?.(event, listener);
        return true;
      },
    },
  };
}

function presentSubject(userId: Kit['present']['userId'], subject: Subject): object {
  const { kind, conversationId, messageId, accountIds, callId, shareId, fenceId, part } = subject;
  return {
    kind,
    ...(conversationId !== undefined && { chat_id: conversationId }),
    ...(messageId !== undefined && { message_id: messageId }),
    ...(accountIds && { user_ids: accountIds.map(userId) }),
    ...(callId !== undefined && { call_id: callId }),
    ...(shareId !== undefined && { share_id: shareId }),
    ...(fenceId !== undefined && { geofence_id: fenceId }),
    ...(part !== undefined && { part }),
  };
}
