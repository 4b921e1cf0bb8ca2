// My conversations: one list, the latest first, kept up to date by the sockets and shown from this browser while offline.

import * as urge from '../api/urge.ts';
import { session } from '../api/session.ts';
import type { Conversation, Message } from '../api/shapes.ts';
import { database, keeper } from './database.ts';
import { createStore, useStore } from './store.ts';

interface List {
  byId: ReadonlyMap<string, Conversation>;
  /** Not archived, the latest first. */
  order: readonly string[];
  /** The server has more than are here. */
  hasMore: boolean;
  /** `cached`: from this browser, not yet confirmed. */
  state: 'empty' | 'cached' | 'fresh';
}

const nothing: List = { byId: new Map(), order: [], hasMore: false, state: 'empty' };

export const conversations = createStore<List>(nothing);

const kept = 100;

function withChanged(list: List, changed: readonly Conversation[]): List {
  const byId = new Map(list.byId);
  for (const each of changed) byId.set(each.id, each);
  return ordered({ ...list, byId });
}

function ordered(list: List): List {
  const shown = [...list.byId.values()].filter((each) => !each.isArchived);
  shown.sort((a, b) => (a.lastAt < b.lastAt ? 1 : a.lastAt > b.lastAt ? -1 : 0));
  return { ...list, order: shown.map(({ id }) => id) };
}

/** What this browser remembers, then what the server says. */
export async function loadConversations(): Promise<void> {
  if (conversations.get().state === 'empty') {
    const remembered = await database.get<Conversation[]>('lists', 'conversations').catch(() => undefined);
    if (remembered && conversations.get().state === 'empty') {
      conversations.set((list) => {
        const others = remembered.filter(({ id }) => !list.byId.has(id));
        return { ...withChanged(list, others), state: 'cached' };
      });
    }
  }
  const page = await urge.conversations(0);
  conversations.set((list) => {
    // Those far down that were loaded before stay; whatever is missing at the top is gone.
    const oldest = page.conversations.at(-1)?.lastAt ?? '';
    const present = new Set(page.conversations.map(({ id }) => id));
    const isWhole = page.total <= page.conversations.length;
    const byId = new Map(
      [...list.byId].filter(([id, each]) => each.isArchived || present.has(id) || (!isWhole && each.lastAt < oldest)),
    );
    const next = withChanged({ ...list, byId, state: 'fresh' }, page.conversations);
    return { ...next, hasMore: next.order.length < page.total };
  });
}

export async function loadMoreConversations(): Promise<void> {
  const page = await urge.conversations(conversations.get().order.length);
  conversations.set((list) => {
    const next = withChanged(list, page.conversations);
    return { ...next, hasMore: page.conversations.length > 0 && next.order.length < page.total };
  });
}

/** Puts conversations in, or changes them. */
export function putConversations(...changed: Conversation[]): void {
  conversations.set((list) => withChanged(list, changed));
}

export function changeConversation(id: string, change: (now: Conversation) => Conversation): void {
  const now = conversations.get().byId.get(id);
  if (now) putConversations(change(now));
}

export function dropConversation(id: string): void {
  conversations.set((list) => {
    const byId = new Map(list.byId);
    byId.delete(id);
    return ordered({ ...list, byId });
  });
}

const fetching = new Map<string, Promise<Conversation>>();

/** One conversation, asked for if it is not here. Throws as the API does. */
export function fetchConversation(id: string): Promise<Conversation> {
  const asked =
    fetching.get(id) ??
    urge
      .conversation(id)
      .then((found) => {
        putConversations(found);
        return found;
      })
      .finally(() => fetching.delete(id));
  fetching.set(id, asked);
  return asked;
}

/** A message came, or I sent one: the conversation moves up, and counts it if it is another's. */
export function noteMessage(message: Message): void {
  const myId = session.get()?.me.id;
  const now = conversations.get().byId.get(message.conversationId);
  if (!now) {
    fetchConversation(message.conversationId).catch(() => undefined);
    return;
  }
  if (now.lastMessage?.id === message.id) return;
  const mine = message.senderId === myId;
  putConversations({
    ...now,
    lastMessage: message,
    lastAt: message.createdAt,
    unread: mine || message.kind === 'SYSTEM' ? now.unread : now.unread + 1,
  });
}

export function useConversation(id: string): Conversation | undefined {
  return useStore(conversations, ({ byId }) => byId.get(id));
}

/** Where I am not muted: how many messages are unread in all. */
export function unreadInAll({ byId }: List): number {
  let sum = 0;
  for (const { unread, isMuted, isArchived } of byId.values()) if (!isMuted && !isArchived) sum += unread;
  return sum;
}

const keep = keeper('lists', 'conversations', () => {
  const { byId, order, state } = conversations.get();
  return state === 'empty' ? undefined : order.slice(0, kept).map((id) => byId.get(id));
});
conversations.subscribe(() => void keep());

/** On signing out. */
export function forgetConversations(): void {
  conversations.set(nothing);
}
