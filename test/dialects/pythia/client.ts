// How a client of Pythia folds what GET /sync tells into what it has read.

import { only, type Body, type Product, type State } from '../../support/client.ts';

const api = '/api/v1';
const channelAt = (channel: string) => `${api}/channels/${channel}`;
const messagesAt = (channel: string) => `${api}/messages/channel/${channel}?limit=100`;
const lists = [`${api}/channels/my`];
const open = `${api}/channels`;
const mentions = `${api}/messages/mentions/my`;
const profile = `${api}/auth/me`;

export const pythia: Product = {
  lists,
  things: [open, mentions, profile],
  chatsOn: (list) => list.map(({ id }: Body) => id),
  pathsOf: (channel) => [channelAt(channel), messagesAt(channel)],

  keep(path, body) {
    if (path === profile) return only(body, 'id', 'username', 'email', 'avatar');
    // What becomes of a channel is told to those who are in it.
    if (path === open) return body.map(({ id }: Body) => id);
    // What others make of a message is told to those who are in its channel.
    if (path === mentions) return body.map(({ id, content }: Body) => [id, content]);
    if (path.startsWith(`${api}/messages/`)) {
      return Object.fromEntries(body.map((message: Body) => [message.id, messageOf(message)]));
    }
    return { ...channelOf(body), members: body.members.map(({ id }: Body) => id).toSorted() };
  },

  fold(state, { type, data, channel_id: channel, message_id, user_id, ...rest }, me) {
    switch (type) {
      case 'new_message':
      case 'message_edited': {
        const messages = state.get(messagesAt(data.channel_id));
        if (!messages) return [mentions, ...lists];
        messages[data.id] = messageOf(data);
        return type === 'message_edited' && data.mentions.length === 0 ? [] : [mentions];
      }
      case 'message_deleted':
        delete state.get(messagesAt(channel))?.[message_id];
        return state.has(channelAt(channel)) ? [mentions] : [mentions, ...lists];
      case 'message_reaction': {
        const message = state.get(messagesAt(channel))?.[message_id];
        if (!message) return [];
        const mark = `${data.emoji} ${data.user_id}`;
        const others: string[] = message.reactions.filter((one: string) => one !== mark);
        message.reactions = data.action === 'add' ? [...others, mark].toSorted() : others;
        return [];
      }
      case 'mention_notification':
        return [mentions];
      case 'user_joined':
      case 'user_left': {
        if (user_id === me) return [mentions, ...lists, ...isKnown(state, channel, pythia.pathsOf(channel))];
        const known = state.get(channelAt(channel));
        if (!known) return [];
        const others: string[] = known.members.filter((id: string) => id !== user_id);
        known.members = type === 'user_joined' ? [...others, String(user_id)].toSorted() : others;
        known.member_count = known.members.length;
        return [];
      }
      case 'channel_created':
        return data.is_public ? [open, ...lists] : lists;
      case 'sync_changed':
        return changed(state, { channel_id: channel, user_id, ...rest });
      default:
        throw new Error(`unknown: ${type}`);
    }
  },
};

function changed(state: State, { kind, part, channel_id: channel }: Body): readonly string[] {
  switch (kind) {
    case 'message.hidden':
      return [mentions, ...(state.has(channelAt(channel)) ? [messagesAt(channel)] : lists)];
    case 'conversation.updated':
      return isKnown(state, channel, [channelAt(channel)]);
    case 'conversation.deleted':
      return [mentions, ...lists, open];
    case 'conversation.preference':
      if (part !== 'cleared' && part !== 'hidden') return [];
      return [mentions, ...(part === 'hidden' ? lists : []), ...isKnown(state, channel, [messagesAt(channel)])];
    case 'account.changed':
      return part === 'profile' ? [profile] : [];
    // Roles and blocks show in no answer here.
    case 'members.role':
    case 'block.changed':
      return [];
    default:
      throw new Error(`unknown: ${kind}`);
  }
}

function isKnown(state: State, channel: string, paths: readonly string[]): readonly string[] {
  return state.has(channelAt(channel)) ? paths : [];
}

function channelOf(channel: Body): Body {
  return only(channel, 'id', 'name', 'description', 'is_public', 'member_count', 'created_at');
}

function messageOf(message: Body): Body {
  return {
    ...only(message, 'id', 'channel_id', 'user_id', 'content', 'is_edited', 'mentions', 'created_at'),
    reactions: message.reactions.map(({ emoji, user_id }: Body) => `${emoji} ${user_id}`).toSorted(),
  };
}
