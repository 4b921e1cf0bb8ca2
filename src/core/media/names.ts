// What files are called: by people, in the store, and in addresses.

import { randomBytes, randomUUID } from 'node:crypto';
import type { Moment } from '../ids.ts';

const longestName = 255;
const longestKeyPart = 100;

/** Control characters, and those that turn the direction of text, so that `gpj.exe` reads `exe.jpg`. */
const unseen = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** A file's name as others may be shown it: its last part, nothing unseen in it, at most 255 characters. */
export function plainName(text: string): string {
  const last = text.split(/[/\\]/).at(-1) ?? '';
  const name = Buffer.from(last).toString().normalize('NFC').replace(unseen, '').trim();
  if (/^\.*$/.test(name)) return 'file';
  return cut(name, longestName, (part) => part.length);
}

/** Where a file on its way is put: whoever brings it knows this key. */
export function incomingKey(folder: string, name: string): string {
  const safe = name.replace(/[^\p{L}\p{N}._-]/gu, '_').replace(/^\.+/, '');
  const part = cut(safe || 'file', longestKeyPart, Buffer.byteLength);
  return `${folder}/${randomBytes(4).toString('hex')}_${part}`;
}

/** A new name that nobody can guess, with the ending of the old one if it is a plain one. */
export function randomName(fileName: string): string {
  return `${randomUUID()}.${endingOf(fileName)}`;
}

/** What follows the last dot, in lower case, if it is plain; else `bin`. */
export function endingOf(fileName: string): string {
  const [, ending = 'bin'] = /\.([a-z0-9]{1,8})$/i.exec(fileName) ?? [];
  return ending.toLowerCase();
}

/** `media/<owner>` in January 2026 → `media/<owner>/2026/01`. */
export function monthly(folder: string, now: Moment): string {
  const [year, month] = new Date(now).toISOString().split('-');
  return `${folder}/${year}/${month}`;
}

/** Where the small picture of a file is kept. */
export function thumbnailKey(key: string): string {
  const parts = key.split('/');
  const name = parts.pop()!;
  return [...parts, 'thumbnails', `${name.replace(/\.\w+$/, '')}_thumb.jpg`].join('/');
}

/** Shortened to a length, its ending kept. */
function cut(name: string, most: number, lengthOf: (text: string) => number): string {
  if (lengthOf(name) <= most) return name;
  const [ending = ''] = /\.[\p{L}\p{N}]{1,16}$/u.exec(name) ?? [];
  let start = '';
  for (const character of name) {
    if (lengthOf(start + character + ending) > most) break;
    start += character;
  }
  return start + ending;
}
