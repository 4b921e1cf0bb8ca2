// How a client of AI Messaging folds what GET /sync tells into what it has read.

import { only, type Body, type Product } from '../../support/client.ts';

const messages = '/messages?limit=1000';
const conversations = '/auth/conversations';
const unread = '/messages/unread/count';
const profile = '/auth/me';
const sessions = '/auth/sessions';

export const aiMessaging: Product = {
  lists: [],
  things: [messages, conversations, unread, profile, sessions],
  chatsOn: () => [],
  pathsOf: () => [],

  keep(path, body) {
    if (path === messages) return Object.fromEntries(body.map((one: Body) => [one.id, messageOf(one)]));
    if (path === profile) return only(body, 'id', 'username', 'email', 'full_name', 'bio', 'phone_number');
    return body;
  },

  fold(state, { type, message, message_id, kind, part }) {
    switch (type) {
      case 'message':
        state.get(messages)[message.id] = messageOf(message);
        return [conversations, unread];
      case 'message_deleted':
        delete state.get(messages)[message_id];
        return [conversations, unread];
      case 'sync_changed':
        if (kind === 'account.changed') return { profile: [profile], sessions: [sessions] }[part as string] ?? [];
        return kind === 'conversation.preference' && (part === 'cleared' || part === 'hidden')
          ? [messages, conversations, unread]
          : [];
      default:
        throw new Error(`unknown: ${type}`);
    }
  },
};

function messageOf(message: Body): Body {
  const { updated_at: _, ...rest } = message;
  return rest;
}
