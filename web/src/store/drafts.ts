// What was begun and not sent, by conversation; it is there again after a reload.

import { createStore, useStore } from './store.ts';

const key = 'parlance.drafts';

function stored(): Record<string, string> {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '{}') as Record<string, string>;
  } catch {
    return {};
  }
}

const drafts = createStore<Readonly<Record<string, string>>>(stored());

export function draftIn(conversationId: string): string {
  return drafts.get()[conversationId] ?? '';
}

export function keepDraft(conversationId: string, text: string): void {
  if (draftIn(conversationId) === text) return;
  drafts.set(({ [conversationId]: _before, ...others }) =>
    text.trim() === '' ? others : { ...others, [conversationId]: text },
  );
  localStorage.setItem(key, JSON.stringify(drafts.get()));
}

export function useDraft(conversationId: string): string {
  return useStore(drafts, (all) => all[conversationId] ?? '');
}

/** On signing out. */
export function forgetDrafts(): void {
  drafts.set({});
  localStorage.removeItem(key);
}
