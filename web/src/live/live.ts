// The lines to the server while somebody is signed in, and catching up after each time they were broken.

import { session } from '../api/session.ts';
import { createStore } from '../store/store.ts';
import { conversations, loadConversations } from '../store/conversations.ts';
import { openOutbox } from '../store/outbox.ts';
import { openTimelines } from '../store/timeline.ts';
import { say } from '../texts/texts.ts';
import { note } from '../ui/pieces.tsx';
import { openNerutalk } from './nerutalk.ts';
import { openPythia, type Mentioned } from './pythia.ts';
import { openUrge, type UrgeLine } from './urge.ts';
import type { FrameLine } from './frames.ts';

/** Whether what is on the screen is kept up to date. */
export const line = createStore<'connecting' | 'open' | 'lost'>('connecting');

let urge: UrgeLine | null = null;
let pythia: FrameLine | null = null;
let nerutalk: FrameLine | null = null;

/** Opens everything; the answer closes it. */
export function goLive(): () => void {
  loadConversations().catch(() => undefined);
  openOutbox().catch(() => undefined);
  urge = openUrge(catchUp, (isOpen) => line.set(isOpen ? 'open' : 'lost'));
  pythia = openPythia(tellOfMention);
  nerutalk = openNerutalk();
  goOnReporting().catch(() => undefined);
  return () => {
    urge?.close();
    pythia?.close();
    nerutalk?.close();
    urge = pythia = nerutalk = null;
    line.set('connecting');
  };
}

/** This device tells where it is, if whoever is signed in has said that it should. */
async function goOnReporting(): Promise<void> {
  if (localStorage.getItem('parlance.reporting') !== session.get()?.me.id) return;
  (await import('../location/reporter.ts')).startReporting();
}

/** Elsewhere than in the room one is looking at. */
function tellOfMention({ conversationId, by }: Mentioned): void {
  if (location.pathname.startsWith(`/app/c/${conversationId}`) && !document.hidden) return;
  note(say('list.mentioned', { name: by, room: conversations.get().byId.get(conversationId)?.name ?? '' }));
}

/** Sockets tell only what happens while they are open. */
function catchUp(): void {
  loadConversations()
    .then(() => {
      for (const { lastMessage, unread } of conversations.get().byId.values()) {
        if (unread > 0 && lastMessage) urge?.emit('message:delivered', { messageId: lastMessage.id });
      }
    })
    .catch(() => undefined);
  for (const timeline of openTimelines()) {
    if (timeline.state === 'fresh' || timeline.state === 'cached') timeline.open().catch(() => undefined);
  }
}

export function tellTyping(conversationId: string, isTyping: boolean): void {
  urge?.emit(isTyping ? 'typing:start' : 'typing:stop', { conversationId });
}
