// Marks in a text: which there are, which are left open, and that nobody can make the looking slow.

import { describe, expect, it, test } from 'vitest';
import { formattingOf, lengthOf, namesMentioned, tidied, unbalancedMark } from '../../src/core/messages/formatting.ts';

describe('names', () => {
  test.each([
    ['@bob', ['bob']],
    ['@bob @bob @Bob', ['bob', 'Bob']],
    ['mail me@home.example', ['home']],
    ['@@bob, @алиса_1! @用户', ['bob', 'алиса_1', '用户']],
    ['@ bob @-x @', []],
    ['no names', []],
  ])('in "%s"', (text, names) => {
    expect(namesMentioned(text)).toEqual(names);
  });
});

describe('marks left open', () => {
  test.each([
    ['plain', false],
    ['**a** *b* `c`', false],
    ['**a', true],
    ['a ** b ** c **', true],
    ['*a', false],
    ['`a', true],
    ['```a`b```', false],
    ['```a', true],
    ['```a``` ``b`` `', true],
    ['``````', false],
  ])('in "%s": %s', (text, open) => {
    expect(unbalancedMark(text) !== null).toBe(open);
  });
});

describe('marks', () => {
  test.each([
    ['**', {}],
    ['****', {}],
    ['**a**', { hasBold: true }],
    ['**a\nb**', {}],
    ['*a*', { hasItalic: true }],
    ['`a`', { hasCode: true }],
    ['```\n*a*\n```', { hasCodeBlock: true }],
    ['http:// https://x,http://y z http://b', { links: 2 }],
    ['a:b:c:d', { emojis: 1 }],
  ])('in %j', (text, found) => {
    const none = { hasBold: false, hasItalic: false, hasCode: false, hasCodeBlock: false };
    expect(formattingOf(text)).toEqual({ ...none, links: 0, mentions: 0, emojis: 0, ...found });
  });

  it('are found in time linear in the text', () => {
    const hostile = ['*', '**', '`', '```', ':a', '@a', 'http://', ' ', '\n', '@', ':', 'ｗ'];
    for (const part of hostile) {
      const text = part.repeat(Math.ceil(1_000_000 / part.length));
      const started = performance.now();
      formattingOf(text);
      unbalancedMark(text);
      namesMentioned(text);
      tidied(text);
      lengthOf(text);
      expect(performance.now() - started, JSON.stringify(part)).toBeLessThan(4_000);
    }
  }, 60_000);
});

test('length counts what people count', () => {
  expect([lengthOf('abc'), lengthOf('🎉🎉'), lengthOf('é')]).toEqual([3, 2, 1]);
});
