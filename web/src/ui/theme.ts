// Light, dark, or as the system has it. `public/theme.js` sets it before anything is painted.

import { createStore } from '../store/store.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'parlance.theme';

export const theme = createStore<Theme>((document.documentElement.dataset.theme as Theme | undefined) ?? 'system');

export function chooseTheme(next: Theme): void {
  localStorage.setItem(key, next);
  document.documentElement.dataset.theme = next;
  theme.set(next);
}
