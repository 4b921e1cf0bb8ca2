// URGE: signing in by phone, chats, messages, receipts, groups, files, notifications.

import { request } from './http.ts';
import type { Conversation, Message, MessageKind, Person } from './shapes.ts';
import {
  readConversation,
  readMessage,
  readPerson,
  type WireConversation,
  type WireMessage,
  type WireUser,
} from './urge-wire.ts';

export interface SignedIn {
  access_token: string;
  refresh_token: string;
  user: WireUser;
}

const open = { open: true } as const;

// ── Signing in ──

/** Sends a code by SMS; in development the server prints it. */
export const sendCode = (phone: string) =>
  request<unknown>('POST', '/api/auth/send-verification', { ...open, body: { phone_number: phone } });

/** Throws Refused: 404 nobody has this number yet, 400 another code. The code stays good. */
export const verifyPhone = (phone: string, code: string) =>
  request<SignedIn>('POST', '/api/auth/verify-phone', { ...open, body: { phone_number: phone, code } });

export const register = (phone: string, name: string) =>
  request<SignedIn>('POST', '/api/auth/register', { ...open, body: { phone_number: phone, display_name: name } });

/** Uses the code up. */
export const signIn = (phone: string, code: string) =>
  request<SignedIn>('POST', '/api/auth/login', { ...open, body: { phone_number: phone, verification_code: code } });

/** Ends this session, whoever issued its token. */
export const signOut = () => request<unknown>('POST', '/api/auth/logout');

// ── People ──

/** The owner of a token that is not in use yet. */
export const whoHas = async (token: string): Promise<Person> =>
  readPerson(await request<WireUser>('GET', '/api/auth/me', { token }));

export const findPeople = async (words: string, signal?: AbortSignal): Promise<Person[]> => {
  const query = { q: words, limit: 20 };
  const { users } = await request<{ users: WireUser[] }>('GET', '/api/users/search', {
    query,
    ...(signal && { signal }),
  });
  return users.map(readPerson);
};

export const peopleOf = async (ids: readonly string[]): Promise<Person[]> => {
  const { users } = await request<{ users: WireUser[] }>('POST', '/api/users/batch', { body: { user_ids: ids } });
  return users.map(readPerson);
};

// ── Conversations ──

export interface ConversationPage {
  conversations: Conversation[];
  total: number;
}

export async function conversations(offset: number, archived = false): Promise<ConversationPage> {
  const path = archived ? '/api/conversations/archived' : '/api/conversations';
  const page = await request<{ conversations: WireConversation[]; total: number }>('GET', path, {
    query: { limit: 50, offset },
  });
  return { conversations: page.conversations.map(readConversation), total: page.total };
}

export const conversation = async (id: string): Promise<Conversation> =>
  readConversation(await request<WireConversation>('GET', `/api/conversations/${id}`));

/** The one that two people have: made at the first word, found ever after. */
export const openDirect = async (personId: string): Promise<Conversation> =>
  readConversation(
    await request<WireConversation>('POST', '/api/conversations', { body: { participant_ids: [personId] } }),
  );

export type Mark = 'read' | 'archive' | 'unarchive' | 'mute' | 'unmute' | 'favorite';

export const mark = (id: string, verb: Mark) => request<unknown>('PUT', `/api/conversations/${id}/${verb}`);

/** My view of the history. */
export const clearHistory = (id: string) => request<unknown>('DELETE', `/api/conversations/${id}/clear`);

/** Off my list, until somebody writes. */
export const removeConversation = (id: string) => request<unknown>('DELETE', `/api/conversations/${id}`);

// ── Messages ──

export interface MessagePage {
  /** Oldest first. */
  messages: Message[];
  hasOlder: boolean;
}

/** The newest messages, or the newest before a message or a time. */
export async function messages(conversationId: string, before?: string, limit = 50): Promise<MessagePage> {
  const path = `/api/conversations/${conversationId}/messages`;
  const page = await request<{ messages: WireMessage[]; has_more: boolean }>('GET', path, { query: { limit, before } });
  return { messages: page.messages.map(readMessage), hasOlder: page.has_more };
}

/** One message as it is now, if it is still there. */
export async function messageAt(conversationId: string, id: string, createdAt: string): Promise<Message | undefined> {
  const after = new Date(Date.parse(createdAt) + 1).toISOString();
  const page = await messages(conversationId, after, 3);
  return page.messages.find((message) => message.id === id);
}

export interface Draft {
  conversationId: string;
  kind: MessageKind;
  content: string;
  mediaUrl: string | null;
  thumbnailUrl: string | null;
  duration: number | null;
  replyToId: string | null;
}

/** The same key is the same message, however often it is sent. */
export const send = async (draft: Draft, key: string): Promise<Message> =>
  readMessage(
    await request<WireMessage>('POST', '/api/messages', {
      key,
      body: {
        conversation_id: draft.conversationId,
        content: draft.content,
        message_type: draft.kind,
        media_url: draft.mediaUrl,
        thumbnail_url: draft.thumbnailUrl,
        audio_duration: draft.duration === null ? null : Math.round(draft.duration),
        reply_to_id: draft.replyToId,
      },
    }),
  );

export const edit = async (id: string, content: string): Promise<Message> =>
  readMessage(await request<WireMessage>('PUT', `/api/messages/${id}`, { body: { content } }));

/** Mine: for everybody. Another's: for me alone. */
export const remove = (id: string) => request<unknown>('DELETE', `/api/messages/${id}`);

export const forward = (ids: readonly string[], conversationId: string) =>
  request<unknown>('POST', '/api/messages/forward', { body: { message_ids: ids, conversation_id: conversationId } });

export const star = (id: string, starred: boolean) =>
  request<unknown>(starred ? 'POST' : 'DELETE', `/api/messages/${id}/star`);

export const starred = async (): Promise<Message[]> => {
  const page = await request<{ messages: WireMessage[] }>('GET', '/api/messages/starred', { query: { limit: 100 } });
  return page.messages.map(readMessage);
};

export const findMessages = async (
  words: string,
  conversationId?: string,
  signal?: AbortSignal,
): Promise<Message[]> => {
  const query = { q: words, conversationId, limit: 50 };
  const found = await request<{ messages: WireMessage[] }>('GET', '/api/messages/search', {
    query,
    ...(signal && { signal }),
  });
  return found.messages.map(readMessage);
};

// ── Groups ──

export interface Group {
  id: string;
  name: string;
  description: string | null;
  avatarUrl: string | null;
  myRole: string | null;
  inviteCode: string | null;
  members: (Person & { role: string; roleName: string })[];
}

interface WireMember {
  user_id: string;
  display_name: string;
  avatar_url: string | null;
  is_online: boolean;
  role: string;
  role_display: string;
}

interface WireGroup {
  id: string;
  name: string;
  description: string | null;
  avatar_url: string | null;
  member_count: number;
  current_user_role: string | null;
  settings: { invite_link: string | null };
  members: WireMember[];
}

function readGroup(group: WireGroup): Group {
  return {
    id: group.id,
    name: group.name,
    description: group.description,
    avatarUrl: group.avatar_url,
    myRole: group.current_user_role,
    inviteCode: group.settings.invite_link,
    members: group.members.map((member) => ({
      id: member.user_id,
      name: member.display_name,
      avatarUrl: member.avatar_url,
      isOnline: member.is_online,
      lastSeen: null,
      role: member.role,
      roleName: member.role_display,
    })),
  };
}

export const createGroup = async (name: string, description: string, memberIds: readonly string[]): Promise<Group> =>
  readGroup(
    await request<WireGroup>('POST', '/api/groups', {
      body: { name, member_ids: memberIds, ...(description !== '' && { description }) },
    }),
  );

export const group = async (id: string): Promise<Group> =>
  readGroup(await request<WireGroup>('GET', `/api/groups/${id}`));

export const changeGroup = async (id: string, change: { name?: string; description?: string }): Promise<Group> =>
  readGroup(await request<WireGroup>('PUT', `/api/groups/${id}`, { body: change }));

export const addMembers = (id: string, personIds: readonly string[]) =>
  request<unknown>('POST', `/api/groups/${id}/members`, { body: { user_ids: personIds } });

export const removeMember = (id: string, personId: string) =>
  request<unknown>('DELETE', `/api/groups/${id}/members/${personId}`);

export const leaveGroup = (id: string) => request<unknown>('POST', `/api/groups/${id}/leave`);

export interface Invitation {
  id: string;
  name: string;
  description: string | null;
  memberCount: number;
  isMember: boolean;
}

export const invitation = async (code: string): Promise<Invitation> => {
  const { group: invited, is_member } = await request<{ group: WireGroup; is_member: boolean }>(
    'GET',
    `/api/groups/join/${encodeURIComponent(code)}`,
  );
  const { id, name, description, member_count } = invited;
  return { id, name, description, memberCount: member_count, isMember: is_member };
};

export const acceptInvitation = (code: string) =>
  request<{ group_id: string }>('POST', `/api/groups/join/${encodeURIComponent(code)}`);

// ── Privacy ──

export const blockStanding = (personId: string) =>
  request<{ i_blocked_them: boolean; they_blocked_me: boolean }>(
    'GET',
    `/api/settings/privacy/blocked/check/${personId}`,
  );

export const block = (personId: string) => request<unknown>('POST', `/api/settings/privacy/block/${personId}`);

export const unblock = (personId: string) => request<unknown>('DELETE', `/api/settings/privacy/unblock/${personId}`);

// ── Files ──

export interface UploadPlace {
  upload_url: string;
  file_key: string;
  file_url: string;
}

export const placeFor = (name: string, type: string, folder: 'avatars' | 'media' | 'voice') =>
  request<UploadPlace>('POST', '/api/media/presigned-url', { body: { file_name: name, file_type: type, folder } });

export interface StoredFile {
  file_url: string;
  thumbnail_url: string | null;
  file_type: 'IMAGE' | 'VIDEO' | 'AUDIO' | 'DOCUMENT';
  duration: number | null;
}

export const completeUpload = (place: UploadPlace, file: { name: string; type: string; size: number }) => {
  const [family = ''] = file.type.split('/', 1);
  const kinds: Record<string, StoredFile['file_type']> = { image: 'IMAGE', video: 'VIDEO', audio: 'AUDIO' };
  return request<StoredFile>('POST', '/api/media/complete-upload', {
    key: place.file_key.slice(-200),
    body: {
      file_key: place.file_key,
      file_url: place.file_url,
      file_type: kinds[family] ?? 'DOCUMENT',
      file_size: file.size,
      file_name: file.name.slice(0, 255),
      mime_type: file.type,
    },
  });
};

// ── Notifications ──

export const webPushKey = () => request<{ public_key: string | null }>('GET', '/api/notifications/web-push-key');

export const registerDevice = (subscription: PushSubscription) =>
  request<unknown>('POST', '/api/notifications/register', {
    body: { device_token: JSON.stringify(subscription), platform: 'WEB' },
  });

export const unregisterDevice = (subscription: PushSubscription) =>
  request<unknown>('DELETE', '/api/settings/notifications/unregister', {
    query: { token: JSON.stringify(subscription) },
  });
