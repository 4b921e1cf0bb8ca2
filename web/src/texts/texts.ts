// What the page says, in five languages. English is in the first load, the others come when they are wanted.

import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import en from './en.json';

export const languages = ['en', 'id', 'ja', 'ko', 'zh'] as const;
export type Language = (typeof languages)[number];

const loaders: Record<Exclude<Language, 'en'>, () => Promise<{ default: object }>> = {
  id: () => import('./id.json'),
  ja: () => import('./ja.json'),
  ko: () => import('./ko.json'),
  zh: () => import('./zh.json'),
};

const key = 'parlance.language';

function isLanguage(text: string | undefined | null): text is Language {
  return languages.some((each) => each === text);
}

/** Chosen here before, else the first that the browser asks for and we have. */
function wanted(): Language {
  const chosen = localStorage.getItem(key);
  if (isLanguage(chosen)) return chosen;
  const asked = navigator.languages.map((each) => each.split('-', 1)[0]);
  return asked.find(isLanguage) ?? 'en';
}

let current: Language = 'en';

export function language(): Language {
  return current;
}

async function load(next: Language): Promise<void> {
  if (next !== 'en' && !i18next.hasResourceBundle(next, 'translation')) {
    const texts = await loaders[next]();
    i18next.addResourceBundle(next, 'translation', texts.default);
  }
  current = next;
  document.documentElement.lang = next;
  await i18next.changeLanguage(next);
}

/** Before anything is shown. */
export async function openTexts(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: en } },
    lng: 'en',
    fallbackLng: 'en',
    // React escapes what it shows.
    interpolation: { escapeValue: false },
  });
  // Without a line the texts may not come: English is better than nothing.
  await load(wanted()).catch(() => undefined);
}

/** Everything on the screen changes at once. */
export async function chooseLanguage(next: Language): Promise<void> {
  localStorage.setItem(key, next);
  await load(next);
}

/** For a sentence outside of a component. */
export const say: typeof i18next.t = i18next.t.bind(i18next);
