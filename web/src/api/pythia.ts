// Pythia: channels, reactions, mentions, and names to mention people by.

import { request } from './http.ts';
import { me } from './session.ts';
import type { Channel, Message, Person, Reaction } from './shapes.ts';

interface WireUser {
  id: string;
  username: string;
  avatar: string | null;
}

interface WireChannel {
  id: string;
  name: string;
  description: string | null;
  member_count: number;
}

interface WireMessage {
  id: string;
  channel_id: string;
  created_at: string;
  content: string;
  user_id: string;
  user: WireUser;
  reactions: { emoji: string; user_id: string; user: WireUser }[];
}

function readUser({ id, username, avatar }: WireUser): Person {
  return { id, name: username, username, avatarUrl: avatar, isOnline: false, lastSeen: null };
}

function readChannel(channel: WireChannel): Channel {
  return {
    id: channel.id,
    name: channel.name,
    description: channel.description,
    memberCount: channel.member_count,
  };
}

function readReactions({ reactions }: WireMessage): Reaction[] {
  return reactions.map(({ emoji, user_id, user }) => ({ emoji, userId: user_id, username: user.username }));
}

/** Every public one. */
export const channels = async (): Promise<Channel[]> =>
  (await request<WireChannel[]>('GET', '/api/v1/channels/')).map(readChannel);

export const createChannel = async (name: string, description: string): Promise<Channel> =>
  readChannel(
    await request<WireChannel>('POST', '/api/v1/channels/', { body: { name, description, is_public: true } }),
  );

export const joinChannel = (id: string) =>
  request<unknown>('POST', '/api/v1/channels/join', { body: { channel_id: id } });

/** Who is in a conversation, by the names that `@` takes. */
export const membersOf = async (conversationId: string): Promise<Person[]> => {
  const { members } = await request<{ members: WireUser[] }>('GET', `/api/v1/channels/${conversationId}`);
  return members.map(readUser);
};

export const findPeople = async (words: string, signal?: AbortSignal): Promise<Person[]> => {
  const path = `/api/v1/users/search/${encodeURIComponent(words)}`;
  return (await request<WireUser[]>('GET', path, signal && { signal })).map(readUser);
};

/** Reactions to the newest messages of a conversation but for `offset` of them, by message. */
export async function reactionsIn(
  conversationId: string,
  offset: number,
  limit: number,
): Promise<Map<string, Reaction[]>> {
  const page = await request<WireMessage[]>('GET', `/api/v1/messages/channel/${conversationId}`, {
    query: { offset, limit },
  });
  return new Map(page.filter(({ reactions }) => reactions.length > 0).map((one) => [one.id, readReactions(one)]));
}

/** When a message was sent, which is where it is found; 404 or 403 where it is not mine to see. */
export const messageNamed = async (id: string): Promise<{ createdAt: string }> => {
  const { created_at } = await request<WireMessage>('GET', `/api/v1/messages/${id}`);
  return { createdAt: created_at };
};

/** Whether somebody may be named in a text: only Pythia makes mentions of it, in texts of its length. */
export function mayMention(text: string): boolean {
  return text.length <= 2000 && /@[\p{L}\p{N}_]/u.test(text);
}

/** Refused (400) where marks in the text are not closed; then URGE takes it, without mentions. */
export const send = async (conversationId: string, content: string, key: string): Promise<Message> => {
  const sent = await request<WireMessage>('POST', '/api/v1/messages/', {
    key,
    body: { channel_id: conversationId, content },
  });
  const { name, avatarUrl } = me();
  return {
    id: sent.id,
    key: sent.id,
    conversationId,
    senderId: sent.user_id,
    senderName: name,
    senderAvatar: avatarUrl,
    kind: 'TEXT',
    content: sent.content,
    mediaUrl: null,
    thumbnailUrl: null,
    duration: null,
    replyTo: null,
    status: 'SENT',
    isEdited: false,
    isStarred: false,
    isForwarded: false,
    isEncrypted: false,
    createdAt: sent.created_at,
    reactions: [],
  };
};

export const edit = async (id: string, content: string): Promise<string> =>
  (await request<WireMessage>('PUT', `/api/v1/messages/${id}`, { body: { content } })).content;

/** On, or off where it was on. */
export const toggleReaction = (messageId: string, emoji: string) =>
  request<{ action: 'add' | 'remove' }>('POST', '/api/v1/messages/reactions', {
    body: { message_id: messageId, emoji },
  });

export interface Mention {
  messageId: string;
  conversationId: string;
  by: string;
  content: string;
  createdAt: string;
}

export const myMentions = async (): Promise<Mention[]> => {
  const page = await request<WireMessage[]>('GET', '/api/v1/messages/mentions/my', { query: { limit: 50 } });
  return page.map(({ id, channel_id, user, content, created_at }) => ({
    messageId: id,
    conversationId: channel_id,
    by: user.username,
    content,
    createdAt: created_at,
  }));
};
