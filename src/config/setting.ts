// What a setting is, and the kinds of text that several of them take.

import { resolve } from 'node:path';

/** Tells the operator what is no reason to stop. */
export type Warn = (warning: string) => void;

/** What a setting's text may be and what it becomes; `undefined` refuses it. */
export interface Type<T> {
  expects: string;
  parse(text: string, warn: Warn): T | undefined;
}

/** One setting, as the files of `config/` describe it. */
export interface Setting<T = unknown> {
  name: string;
  /** Other names it goes by, the first to be preferred; the name itself before all. */
  aliases?: readonly string[];
  /** All its names are read and their lists joined, instead of one winning. */
  joined?: true;
  type: Type<T>;
  /** As it would be written; null: it may be absent. */
  default: string | null;
  /** What absence amounts to, where the default alone does not say it. */
  otherwise?: string;
  meaning: string;
  /** Never printed. */
  secret?: true;
}

/** What a setting is read as. */
export type Value<S extends Setting> = S extends { type: Type<infer T>; default: infer D }
  ? D extends null
    ? T | null
    : T
  : never;

export function wholeNumber(least: number, most: number): Type<number> {
  return {
    expects: `a whole number from ${least} to ${most}`,
    parse(text) {
      const value = Number(text);
      return /^\d+$/.test(text) && value >= least && value <= most ? value : undefined;
    },
  };
}

/** One of some words, in any case; `synonyms` are what the products' own servers call them. */
export function oneOf<const W extends string>(
  words: readonly W[],
  synonyms: Readonly<Record<string, W>> = {},
): Type<W> {
  return {
    expects: `one of ${words.join(', ')}`,
    parse: (text) => synonyms[text.toLowerCase()] ?? words.find((word) => word === text.toLowerCase()),
  };
}

export const onOrOff: Type<boolean> = {
  expects: 'on or off',
  parse(text) {
    if (/^(on|true|yes|1)$/i.test(text)) return true;
    return /^(off|false|no|0)$/i.test(text) ? false : undefined;
  },
};

export const someText: Type<string> = { expects: 'some text', parse: (text) => text };

export const filePath: Type<string> = { expects: 'a file', parse: (text) => resolve(text) };

export const folderPath: Type<string> = { expects: 'a folder', parse: (text) => resolve(text) };

/** The beginning of addresses, without a slash at its end. */
export const webAddress: Type<string> = {
  expects: 'an address such as https://chat.example.org',
  parse(text) {
    const isPlain = URL.canParse(text) && /^https?:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/i.test(text);
    return isPlain ? text.replace(/\/+$/, '') : undefined;
  },
};

/** The parts of a comma list. */
export function listed(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
