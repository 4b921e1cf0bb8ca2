// How a client of URGE folds what GET /sync tells into what it has read.

import { only, type Body, type Product, type State } from '../../support/client.ts';

const chatAt = (chat: string) => `/api/conversations/${chat}`;
const messagesAt = (chat: string) => `/api/conversations/${chat}/messages?limit=100`;
const groupAt = (chat: string) => `/api/groups/${chat}`;
const eventsAt = (chat: string) => `/api/groups/${chat}/events`;
const lists = ['/api/conversations?limit=100', '/api/conversations/archived?limit=100'];
const profile = '/api/auth/me';
const privacy = '/api/settings/privacy';
const blocked = '/api/settings/privacy/blocked';
const security = '/api/settings/security/2fa/status';

export const urge: Product = {
  lists,
  things: [profile, privacy, blocked, security],
  chatsOn: (list) => list.conversations.map(({ id }: Body) => id),
  // A chat counts what is unread of its messages: it is never read again without them.
  pathsOf: (chat) => [chatAt(chat), messagesAt(chat), groupAt(chat), eventsAt(chat)],

  keep(path, body) {
    if (path === profile) return only(body, 'id', 'display_name', 'phone_number', 'email', 'bio', 'avatar_url');
    if (path === blocked) return body.blocked_users.map(({ id }: Body) => id).toSorted();
    if (path.includes('/messages?')) return messagesOf(body.messages);
    if (path.endsWith('/events')) return body;
    if (path.startsWith('/api/conversations/')) {
      const { type, name, avatar_url, participants } = body;
      return {
        ...only(body, 'id', 'type', 'description', 'created_by', 'created_at', 'participant_count', 'unread_count'),
        ...only(body, 'is_favorite', 'is_muted', 'is_archived'),
        ...(type === 'GROUP' && { name, avatar_url }),
        roles: rolesOf(participants),
      };
    }
    if (path.startsWith('/api/groups/')) {
      return { ...only(body, 'name', 'description', 'settings', 'current_user_role'), roles: rolesOf(body.members) };
    }
    return body;
  },

  fold(state, [event, data], me) {
    switch (event) {
      case 'message:received': {
        const chat = state.get(chatAt(data.conversation_id));
        const messages = state.get(messagesAt(data.conversation_id));
        if (!chat || !messages) return lists;
        // One that is known came by a look at the messages alone: it knows better whether it is starred, and the chat counts
        // anew.
        if (data.id in messages) return [chatAt(data.conversation_id), messagesAt(data.conversation_id)];
        messages[data.id] = messageOf(data);
        chat.unread_count = data.sender_id === me ? 0 : chat.unread_count + 1;
        return [];
      }
      case 'message:delivered':
        settle(state, data, 'DELIVERED');
        return [];
      case 'message:read':
        // What one reads is not always shown: what became of the messages is to be looked at.
        if (data.userId === me) return [chatAt(data.conversationId), messagesAt(data.conversationId)];
        settle(state, data, 'READ');
        return [];
      case 'group:deleted':
        return lists;
      case 'sync:changed':
        return changed(state, data, me);
      default:
        throw new Error(`unknown: ${event}`);
    }
  },
};

function changed(state: State, { kind, part, conversationId: chat, userIds }: Body, me: string): readonly string[] {
  const isKnown = chat !== undefined && state.has(chatAt(chat));
  switch (kind) {
    case 'message.edited':
    case 'message.starred':
    case 'reaction.added':
    case 'reaction.removed':
      return isKnown ? [messagesAt(chat)] : [];
    case 'message.deleted':
    case 'message.hidden':
      // It may have been all that there was of a chat that was off the list.
      return isKnown ? [chatAt(chat), messagesAt(chat)] : lists;
    case 'conversation.created':
      return lists;
    case 'conversation.updated':
      return isKnown ? [chatAt(chat), messagesAt(chat), groupAt(chat)] : [];
    case 'conversation.preference':
      if (part === 'hidden') return [...lists, ...(isKnown ? [chatAt(chat), messagesAt(chat)] : [])];
      return isKnown ? [chatAt(chat), messagesAt(chat)] : [];
    case 'members.joined':
    case 'members.left':
    case 'members.role':
      if (userIds.includes(me)) return [...lists, ...(isKnown ? urge.pathsOf(chat) : [])];
      return isKnown ? [chatAt(chat), messagesAt(chat), groupAt(chat)] : [];
    case 'event.planned':
    case 'event.cancelled':
    case 'event.answered':
      return isKnown ? [eventsAt(chat)] : [];
    case 'block.changed':
      return [blocked, privacy];
    case 'account.changed':
      return { profile: [profile], privacy: [privacy], security: [security] }[part as string] ?? [];
    default:
      throw new Error(`unknown: ${kind}`);
  }
}

/** Read is more than delivered, and delivered more than sent. */
function settle(state: State, { conversationId, messageId }: Body, status: 'DELIVERED' | 'READ'): void {
  const message = state.get(messagesAt(conversationId))?.[messageId];
  if (message && message.status !== 'READ') message.status = status;
}

function messagesOf(messages: Body[]): Record<string, Body> {
  return Object.fromEntries(messages.map((message) => [message.id, messageOf(message)]));
}

function messageOf(message: Body): Body {
  const kept = only(message, 'id', 'conversation_id', 'sender_id', 'content', 'message_type', 'status', 'media_url');
  return { ...kept, ...only(message, 'reply_to_id', 'is_edited', 'is_starred', 'is_forwarded', 'created_at') };
}

function rolesOf(people: Body[]): Record<string, string> {
  return Object.fromEntries(people.map(({ user_id, role }) => [user_id, role]));
}
