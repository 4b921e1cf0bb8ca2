// How a client of NeruTalk folds what GET /sync tells into what it has read.

import { only, type Body, type Product, type State } from '../../support/client.ts';

const api = '/api/v1';
const chatAt = (chat: string | number) => `${api}/chats/${chat}`;
const messagesAt = (chat: string | number) => `${api}/chats/${chat}/messages?limit=100`;
const lists = [`${api}/chats?limit=100`];
const profile = `${api}/profile`;
const privacy = `${api}/settings/privacy`;
const app = `${api}/settings/app`;
const callsNow = `${api}/video-calls`;
const callsEver = `${api}/video-calls/history`;
const fences = `${api}/location/geofences`;
const crossings = `${fences}/events`;
const shares = ['outgoing', 'incoming'].map((direction) => `${api}/location/shares?direction=${direction}`);

export const nerutalk: Product = {
  lists,
  things: [profile, privacy, app, callsNow, callsEver, fences, crossings, ...shares],
  chatsOn: (list) => list.chats.map(({ id }: Body) => id),
  // A chat counts what is unread of its messages: it is never read again without them.
  pathsOf: (chat) => [chatAt(chat), messagesAt(chat)],

  keep(path, body, me) {
    if (path === profile) return only(body, 'id', 'username', 'display_name', 'bio', 'avatar_url', 'phone_number');
    if (path.includes('/messages?')) {
      return Object.fromEntries(body.messages.map((message: Body) => [message.id, messageOf(message)]));
    }
    if (path.startsWith(`${api}/chats/`)) {
      const { name, description, avatar_url, participants } = body;
      return {
        ...only(body, 'id', 'chat_type', 'created_by', 'created_at', 'participant_count', 'unread_count'),
        ...(body.chat_type === 'group' && { name, description, avatar_url }),
        roles: Object.fromEntries(participants.map(({ user_id, role }: Body) => [user_id, role])),
        own: only(
          participants.find(({ user_id }: Body) => user_id === me),
          'is_muted',
          'is_pinned',
        ),
      };
    }
    if (path.startsWith(callsNow)) return body.map((one: Body) => only(one, 'id', 'call_type', 'status', 'end_reason'));
    return body;
  },

  fold(state, { type, data }, me) {
    switch (type) {
      case 'new_message': {
        const chat = state.get(chatAt(data.chat_id));
        const messages = state.get(messagesAt(data.chat_id));
        if (!chat || !messages) return lists;
        const isNew = !(data.id in messages);
        messages[data.id] = messageOf(data);
        // One that is known came by a look at the messages alone, and the chat counts anew.
        if (!isNew) return nerutalk.pathsOf(data.chat_id);
        chat.unread_count = data.sender_id === me ? 0 : chat.unread_count + 1;
        return [];
      }
      case 'message_updated': {
        const messages = state.get(messagesAt(data.chat_id));
        if (messages) messages[data.id] = messageOf(data);
        return [];
      }
      case 'message_deleted':
        // It may have been unread, or one's own, before which nothing is: the chat counts anew.
        delete state.get(messagesAt(data.chat_id))?.[data.message_id];
        return state.has(chatAt(data.chat_id)) ? nerutalk.pathsOf(data.chat_id) : lists;
      case 'message_read': {
        // What one reads is not always shown: what became of the messages is to be looked at.
        if (data.user_id === me) return isKnown(state, data.chat_id, nerutalk.pathsOf(data.chat_id));
        const message = state.get(messagesAt(data.chat_id))?.[data.message_id];
        if (message) settle(message, 'read', { delivered_at: data.read_at, read_at: data.read_at });
        return [];
      }
      case 'message_delivered':
        for (const [path, messages] of state) {
          const message = path.includes('/messages?') && messages[data.message_id];
          if (message) settle(message, 'delivered', { delivered_at: data.delivered_at });
        }
        return [];
      case 'call_initiated':
      case 'incoming_call':
      case 'call_answered':
      case 'call_declined':
      case 'call_ended':
      case 'call_participant_joined':
      case 'call_participant_left':
        return [callsNow, callsEver];
      case 'location_share_received':
      case 'location_share_stopped':
        return shares;
      case 'geofence_event':
        return [crossings];
      case 'sync_changed':
        return changed(state, data, me);
      default:
        throw new Error(`unknown: ${type}`);
    }
  },
};

function changed(state: State, { kind, part, chat_id: chat, user_ids }: Body, me: string): readonly string[] {
  switch (kind) {
    case 'reaction.added':
    case 'reaction.removed':
      return isKnown(state, chat, [messagesAt(chat)]);
    case 'message.hidden':
      return state.has(chatAt(chat)) ? nerutalk.pathsOf(chat) : lists;
    case 'conversation.created':
    case 'conversation.deleted':
      return lists;
    case 'conversation.updated':
    case 'members.role':
      return isKnown(state, chat, nerutalk.pathsOf(chat));
    case 'conversation.preference':
      return [...(part === 'hidden' ? lists : []), ...isKnown(state, chat, nerutalk.pathsOf(chat))];
    case 'members.joined':
    case 'members.left':
      return user_ids.includes(me)
        ? [...lists, ...isKnown(state, chat, nerutalk.pathsOf(chat))]
        : isKnown(state, chat, nerutalk.pathsOf(chat));
    case 'call.ringing':
      return [callsNow, callsEver];
    case 'share.started':
    case 'share.changed':
      return shares;
    case 'block.changed':
      return [privacy, ...shares];
    case 'account.changed':
      return (
        { profile: [profile], privacy: [privacy], settings: [app, privacy], places: [fences, crossings] }[
          part as string
        ] ?? []
      );
    // Stars show nowhere here.
    case 'message.starred':
      return [];
    default:
      throw new Error(`unknown: ${kind}`);
  }
}

function isKnown(state: State, chat: string | number, paths: readonly string[]): readonly string[] {
  return state.has(chatAt(chat)) ? paths : [];
}

/** Read is more than delivered, and the first time of each is kept. */
function settle(message: Body, status: 'delivered' | 'read', times: Body): void {
  if (message.status !== 'read') message.status = status;
  for (const [field, time] of Object.entries(times)) message[field] ??= time;
}

function messageOf(message: Body): Body {
  const kept = only(message, 'id', 'chat_id', 'sender_id', 'content', 'message_type', 'status', 'file_url', 'metadata');
  const more = only(message, 'reply_to_id', 'is_edited', 'is_deleted', 'created_at', 'delivered_at', 'read_at');
  return { ...kept, ...more, reactions: message.reactions.map((one: Body) => only(one, 'id', 'user_id', 'emoji')) };
}
