// The catalogues are whole, translated, and filled in; every refusal has its sentence; the wanted language is found.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { acceptedLanguage, catalogues, languageOfTag, languages, say, type TextKey } from '../../src/texts/index.ts';
import { refusalOf, refusalOfStatus, refusals } from '../../src/texts/refusals.ts';

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

describe('refusals', () => {
  const reasons = Object.keys(refusals.en) as (keyof typeof refusals.en)[];
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.startsWith('texts/'))
    .map((path) => readFileSync(`src/${path}`, 'utf8'));
  const thrown = sources.flatMap((text) => [...text.matchAll(/new DomainError\(\s*[^,()]+,\s*([^,]+),/g)]);
  /** Reasons that are handed to a DomainError by a variable of this name. */
  const byName: Record<string, readonly string[]> = {
    verdict: ['you_blocked', 'blocked_you', 'only_admins_post', 'no_such_reply'],
    reason: ['not_the_sender', 'not_the_recipient'],
  };

  it('are known for every reason that anything is refused for, and for no other', () => {
    const told = thrown.flatMap(([, said = '']) => byName[said] ?? said.replaceAll("'", ''));
    expect(told.length).toBeGreaterThan(100);
    expect(new Set(told)).toEqual(new Set(reasons));
  });

  it.each(languages)('are whole in %s, and translated', (language) => {
    expect(Object.keys(refusals[language])).toEqual(reasons);
    for (const reason of reasons) {
      const text = refusals[language][reason];
      expect(text.trim(), reason).not.toBe('');
      if (language !== 'en') expect(text, reason).not.toBe(refusals.en[reason]);
    }
  });

  it('are said for what nobody has heard of, too', () => {
    expect(refusalOf('ko', 'no_such_call')).toBe('통화를 찾을 수 없습니다');
    expect(refusalOf('ko', 'toString')).toBe(say('ko', 'bad_request'));
    expect([404, 418].map((status) => refusalOfStatus('id', status))).toEqual([
      say('id', 'not_found'),
      say('id', 'bad_request'),
    ]);
  });
});

it('fills in values, and leaves what is missing as it is', () => {
  expect(say('ko', 'new_message', { sender_name: 'Ann <b>' })).toBe('Ann <b>님의 새 메시지');
  expect(say('en', 'new_message')).toBe('New message from {{sender_name}}');
  const names = { by: '{{person}}', person: '$t(forbidden)' };
  expect(say('en', 'notice_removed', names)).toBe('{{person}} removed $t(forbidden)');
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
