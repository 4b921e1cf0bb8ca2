// What the server says in a conversation is said in each reader's language: in English as the core stores it.

import { expect, it } from 'vitest';
import { enumerated, noticeInEnglish } from '../../src/core/messages/notices.ts';
import type { SystemNotice } from '../../src/core/messages/shape.ts';
import { contentIn, standIn } from '../../src/dialects/stand-ins.ts';
import { languages } from '../../src/texts/index.ts';

const by = 'Alice';
const added = (...names: string[]): SystemNotice => ({ said: 'added', by, ...enumerated(names) });
const notices: SystemNotice[] = [
  { said: 'joined', by },
  { said: 'asked', by },
  { said: 'left', by },
  added('Bob'),
  added('Bob', 'Carol'),
  added('Bob', 'Carol', 'Dave'),
  added('Bob', 'Carol', 'Dave', 'Eve'),
  { said: 'removed', by, person: 'Bob' },
  { said: 'founder', by, person: 'Bob' },
  { said: 'renamed', by, name: 'Choir' },
  { said: 'planned', by, title: 'Concert' },
];

const inLanguage = (language: (typeof languages)[number], notice: SystemNotice | null) =>
  contentIn(language, { notice, content: 'as stored' });

it.each(notices)('%o is said in all languages, in English as it is stored', (notice) => {
  expect(inLanguage('en', notice)).toBe(noticeInEnglish(notice));
  const said = languages.map((language) => inLanguage(language, notice));
  expect(new Set(said).size).toBe(languages.length);
  for (const text of said) {
    expect(text).toContain(by);
    expect(text).not.toMatch(/\{\{|\}\}/);
  }
});

it('people are listed as the language lists them', () => {
  expect(noticeInEnglish(added('Bob', 'Carol', 'Dave'))).toBe('Alice added Bob, Carol and Dave');
  expect(noticeInEnglish(added('Bob', 'Carol', 'Dave', 'Eve'))).toBe('Alice added Bob, Carol and 2 others');
  expect(inLanguage('zh', added('Bob', 'Carol'))).toBe('Alice添加了Bob和Carol');
  expect(inLanguage('id', added('Bob', 'Carol', 'Dave', 'Eve'))).toBe(
    'Alice menambahkan Bob, Carol, dan 2 orang lainnya',
  );
});

it('what people wrote, and notices from before, are shown as they are stored', () => {
  for (const language of languages) expect(inLanguage(language, null)).toBe('as stored');
});

it('a file is a document where the product calls it so', () => {
  expect([standIn('ko', 'file'), standIn('ko', 'file', 'document'), standIn('ko', 'image')]).toEqual([
    '파일',
    '문서',
    '사진',
  ]);
});
