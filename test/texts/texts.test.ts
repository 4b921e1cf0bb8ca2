// The catalogues are whole, translated, and filled in; the wanted language is found.

import { describe, expect, it } from 'vitest';
import { acceptedLanguage, catalogues, languageOfTag, languages, say, type TextKey } from '../../src/texts/index.ts';

const keys = Object.keys(catalogues.en) as TextKey[];

/** Texts that are nothing but a name. */
const sameEverywhere = new Set<TextKey>(['push_message_title', 'push_invite_title']);

describe.each(languages)('%s', (language) => {
  it('has every key, and no other', () => {
    expect(Object.keys(catalogues[language])).toEqual(keys);
  });

  it.each(keys)('%s is translated and keeps its values', (key) => {
    const text = catalogues[language][key];
    const values = (of: string) => (of.match(/\{\{\w+\}\}/g) ?? []).toSorted();
    expect(text.trim()).not.toBe('');
    expect(values(text)).toEqual(values(catalogues.en[key]));
    if (language !== 'en' && !sameEverywhere.has(key)) expect(text).not.toBe(catalogues.en[key]);
  });
});

it('fills in values, and leaves what is missing as it is', () => {
  expect(say('ko', 'new_message', { sender_name: 'Ann <b>' })).toBe('Ann <b>님의 새 메시지');
  expect(say('en', 'new_message')).toBe('New message from {{sender_name}}');
});

it.each([
  ['en,id;q=0.9,jp;q=0.8', 'en'],
  ['fr;q=1,id;q=0.2,ko;q=0.9', 'ko'],
  ['zh-TW', 'zh'],
  ['ja-JP,en;q=0.5', 'ja'],
  ['id;q=0', null],
  ['*', null],
  ['', null],
  ['de', null],
])('%s asks for %s', (header, language) => {
  expect(acceptedLanguage(header)).toBe(language);
});

it('knows the names that clients use', () => {
  expect([languageOfTag('JP'), languageOfTag('cn'), languageOfTag('zh-Hans'), languageOfTag('fr')]).toEqual([
    'ja',
    'zh',
    'zh',
    null,
  ]);
});
