// What Pythia's sockets hear (contract, section 5): the table from event to frame. What is not listed is not said.

import type { Event } from '../../core/events.ts';
import type { AccountId } from '../../core/ids.ts';
import type { Encoders, Listener } from '../dialect.ts';
import type { PublicIds } from '../public-ids.ts';
import type { Presenters } from './presenters.ts';
import { isAlikeToAll } from './stand-ins.ts';

/** A frame as wire text. */
export function frame(type: string, fields: Record<string, unknown>): string {
  return JSON.stringify({ type, ...fields, timestamp: new Date().toISOString() });
}

export function createEncoders(ids: PublicIds, present: Presenters): Encoders {
  const user = (id: number) => ids.toUuid('account', id);
  const channel = (id: number) => ids.toUuid('conversation', id);
  const message = (id: number) => ids.toUuid('message', id);

  const moved = (type: string) => ({
    frames: (event: Event<'members.joined' | 'members.left'>) =>
      event.accounts.map((id, index) =>
        frame(type, { user_id: user(id), username: event.usernames[index], channel_id: channel(event.conversationId) }),
      ),
    // Whoever came or went by themselves knows; whom somebody else brought or sent away does not.
    hears: (event: Event<'members.joined' | 'members.left'>, { member, left }: Listener) =>
      !left.has(event.conversationId) && !(event.by === member.accountId && event.accounts.includes(member.accountId)),
  });

  const reacted = (action: 'add' | 'remove') => ({
    frames: (event: Event<'reaction.added' | 'reaction.removed'>) => [
      frame('message_reaction', {
        message_id: message(event.messageId),
        channel_id: channel(event.conversationId),
        data: { emoji: event.emoji, user_id: user(event.by), username: event.byName, action },
      }),
    ],
    hears: (event: Event<'reaction.added' | 'reaction.removed'>, { left }: Listener) => !left.has(event.conversationId),
  });

  const worded = (event: Event<'message.sent' | 'message.edited'>) =>
    isAlikeToAll(event.message) ? 'all' : 'language';

  return {
    'message.sent': {
      by: worded,
      frames: (event, { language }) => [frame('new_message', { data: present.message(event.message, language) })],
      hears: (event, { left }) => !left.has(event.message.conversationId),
    },
    'message.edited': {
      by: worded,
      frames: (event, { language }) => [frame('message_edited', { data: present.message(event.message, language) })],
      hears: (event, listener) => !listener.left.has(event.message.conversationId) && !isOutside(event, listener),
    },
    'message.deleted': {
      frames: (event) => [
        frame('message_deleted', {
          message_id: message(event.messageId),
          channel_id: channel(event.conversationId),
          deleted_by: event.byName,
          ...(event.reason !== undefined && { reason: event.reason }),
        }),
      ],
      hears: (event, listener) => !listener.left.has(event.conversationId) && !isOutside(event, listener),
    },
    'message.mentioned': {
      frames: ({ message: { id, conversationId, sender, content }, isEdit }) => [
        frame('mention_notification', {
          data: {
            message_id: message(id),
            channel_id: channel(conversationId),
            content,
            from_user_id: user(sender.id),
            from_username: sender.username,
            ...(isEdit && { is_edit: true }),
          },
        }),
      ],
    },
    'reaction.added': reacted('add'),
    'reaction.removed': reacted('remove'),
    'members.joined': moved('user_joined'),
    'members.left': moved('user_left'),
    'conversation.created': {
      by: 'viewer',
      frames: (event, { viewer }) => [frame('channel_created', { data: present.channel(event.conversation, viewer) })],
    },
    typing: {
      frames: (event) => [
        frame('typing_indicator', {
          user_id: user(event.by),
          username: event.username,
          channel_id: channel(event.conversationId),
          is_typing: event.isTyping,
        }),
      ],
      hears: (event, { member, left }) => event.by !== member.accountId && !left.has(event.conversationId),
    },
    presence: {
      frames: (event) => [
        frame('user_status', { user_id: user(event.accountId), status: event.isOnline ? 'online' : 'offline' }),
      ],
      hears: (event, { member }) => acquaintancesIn(event).has(member.accountId),
    },
    'sessions.ended': {
      frames: (event) => [frame('force_disconnect', { reason: event.notice })],
      hears: (event, { member }) => event.notice !== undefined && event.sessions.includes(member.sessionId),
    },
  };
}

/** Whom a message names who is not in the channel: they keep their mentions by cursors, or ask. */
function isOutside({ audience }: Event, { member }: Listener): boolean {
  return audience.kind === 'members' && (audience.also?.includes(member.accountId) ?? false);
}

const acquaintances = new WeakMap<Event, ReadonlySet<AccountId>>();

/** Looked through once for each listener, and there may be thousands of both. */
function acquaintancesIn(event: Event<'presence'>): ReadonlySet<AccountId> {
  const known = acquaintances.get(event) ?? new Set(event.acquaintances);
  acquaintances.set(event, known);
  return known;
}
