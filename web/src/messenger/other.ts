// The other of two: in a conversation of my own with myself, me.

import { session } from '../api/session.ts';
import type { Conversation, Person } from '../api/shapes.ts';
import { useStore } from '../store/store.ts';

export function useOther(conversation: Conversation | undefined): Person | undefined {
  const myId = useStore(session, (now) => now?.me.id);
  if (!conversation || conversation.isGroup) return undefined;
  return conversation.participants.find(({ id }) => id !== myId) ?? conversation.participants[0];
}
