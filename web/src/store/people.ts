// Who is here, and who is typing where: told by the sockets, true for the moment.

import { createStore, useStore } from './store.ts';
import type { Person } from '../api/shapes.ts';

interface Presence {
  isOnline: boolean;
  lastSeen: string | null;
}

const presence = createStore<ReadonlyMap<string, Presence>>(new Map());

export function notePresence(personId: string, now: Presence): void {
  presence.set((all) => new Map(all).set(personId, now));
}

/** What a socket last told of somebody, or what an answer did. */
export function usePresence(person: Person | undefined): Presence {
  const told = useStore(presence, (all) => (person ? all.get(person.id) : undefined));
  return told ?? { isOnline: person?.isOnline ?? false, lastSeen: person?.lastSeen ?? null };
}

/** Whoever stops is said to have stopped; should that be lost, they have after this. */
const longest = 30_000;

interface Typist {
  name: string;
  until: ReturnType<typeof setTimeout>;
}

const typing = createStore<ReadonlyMap<string, ReadonlyMap<string, Typist>>>(new Map());

export function noteTyping(conversationId: string, personId: string, name: string | null): void {
  typing.set((all) => {
    if (name === null && all.get(conversationId)?.has(personId) !== true) return all;
    const here = new Map(all.get(conversationId));
    clearTimeout(here.get(personId)?.until);
    if (name === null) here.delete(personId);
    else {
      here.set(personId, { name, until: setTimeout(() => noteTyping(conversationId, personId, null), longest) });
    }
    return new Map(all).set(conversationId, here);
  });
}

const nobody: ReadonlyMap<string, Typist> = new Map();

/** The names of who types in a conversation. */
export function useTyping(conversationId: string): string[] {
  const here = useStore(typing, (all) => all.get(conversationId) ?? nobody);
  return [...here.values()].map(({ name }) => name);
}
