// What the server says to people, in five languages, and which of them somebody wants to hear.

import i18next from 'i18next';
import { en, type TextKey } from './en.ts';
import { id } from './id.ts';
import { ja } from './ja.ts';
import { ko } from './ko.ts';
import { zh } from './zh.ts';

export type { TextKey } from './en.ts';

export const languages = ['en', 'id', 'ja', 'ko', 'zh'] as const;
export type Language = (typeof languages)[number];

export const catalogues = { en, id, ja, ko, zh } satisfies Record<Language, unknown>;

const instance = i18next.createInstance();
await instance.init({
  resources: Object.fromEntries(languages.map((language) => [language, { translation: catalogues[language] }])),
  supportedLngs: [...languages],
  fallbackLng: 'en',
  // What is put into a text goes into JSON and text messages, not into a page.
  interpolation: { escapeValue: false },
});

/** The text, with its `{{values}}` filled in. A value that is not given stays as it is written. */
export function say(language: Language, key: TextKey, values: Record<string, string> = {}): string {
  return instance.t(key, { lng: language, ...values });
}

/** Subtags that people and clients write for each language. */
const subtags: Record<string, Language> = {
  en: 'en',
  eng: 'en',
  id: 'id',
  ind: 'id',
  in: 'id',
  ja: 'ja',
  jp: 'ja',
  jpn: 'ja',
  ko: 'ko',
  kor: 'ko',
  zh: 'zh',
  cn: 'zh',
  chi: 'zh',
  zho: 'zh',
};

/** The language a tag such as `zh-TW` or `jp` means; null if it is none of ours. */
export function languageOfTag(tag: string): Language | null {
  return subtags[tag.trim().toLowerCase().split(/[-_]/, 1)[0] ?? ''] ?? null;
}

/** The most wanted language of an `Accept-Language` header that we speak; null if there is none. */
export function acceptedLanguage(header: string): Language | null {
  const wanted = header
    .split(',')
    .slice(0, 50)
    .map((part, place) => {
      const [tag = '', ...parameters] = part.split(';');
      const quality = parameters.map((text) => /^\s*q\s*=\s*([\d.]+)\s*$/i.exec(text)?.[1]).find(Boolean);
      return { language: languageOfTag(tag), quality: quality === undefined ? 1 : Number(quality), place };
    })
    .filter(({ language, quality }) => language !== null && quality > 0)
    .toSorted((a, b) => b.quality - a.quality || a.place - b.place);
  return wanted[0]?.language ?? null;
}
