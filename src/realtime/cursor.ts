// How far somebody has heard: a place in the log, and what lies beyond it that they heard already.

import { cursorOf, positionOf } from '../core/catch-up.ts';
import { DomainError } from '../core/errors.ts';
import type { Event } from '../core/events.ts';
import type { ConversationId } from '../core/ids.ts';
import type { LogPosition } from '../core/log.ts';
import type { News } from './pulse.ts';

/** Entries a cursor may have: of more the oldest are let go, which the log has most likely passed, or else tells again. */
const mostBeyond = 200;

/**
 * Changes that were told though running transactions may still write before them, so that no cursor's place can lie
 * behind them yet. With them a cursor is exact: what it covers is not told again.
 */
export class Beyond {
  readonly #conversations: Map<ConversationId, number>;
  readonly #rows: Set<number>;

  constructor(conversations: Iterable<[ConversationId, number]> = [], rows: Iterable<number> = []) {
    this.#conversations = new Map(conversations);
    this.#rows = new Set(rows);
  }

  get size(): number {
    return this.#conversations.size + this.#rows.size;
  }

  add({ change, logged }: Pick<Event, 'change' | 'logged'>): void {
    if (change) {
      const { conversationId, no } = change;
      const told = this.#conversations.get(conversationId) ?? 0;
      this.#conversations.delete(conversationId);
      this.#conversations.set(conversationId, Math.max(no, told));
    } else if (logged) this.#rows.add(logged.id);
    if (this.size > mostBeyond) this.#forgetOldest();
  }

  has({ change, logged }: Pick<Event, 'change' | 'logged'>): boolean {
    if (change) return change.no <= (this.#conversations.get(change.conversationId) ?? 0);
    return logged !== undefined && this.#rows.has(logged.id);
  }

  /** A place now lies behind these. */
  pass({ conversations, own }: Pick<News, 'conversations' | 'own'>): void {
    if (this.size === 0) return;
    for (const { id, upto } of conversations) {
      if (upto >= (this.#conversations.get(id) ?? Infinity)) this.#conversations.delete(id);
    }
    for (const { id } of own) this.#rows.delete(id);
  }

  #forgetOldest(): void {
    if (this.#conversations.size > this.#rows.size) forgetFirst(this.#conversations);
    else forgetFirst(this.#rows);
  }

  toJSON(): unknown {
    return [[...this.#conversations], [...this.#rows]];
  }
}

function forgetFirst<K>(kept: Map<K, unknown> | Set<K>): void {
  const { value, done } = kept.keys().next();
  if (!done) kept.delete(value);
}

export interface Cursor {
  position: LogPosition;
  beyond: Beyond;
}

/** As clients keep it: opaque. */
export function writeCursor({ position, beyond }: Cursor): string {
  if (beyond.size === 0) return cursorOf(position);
  return `${cursorOf(position)}.${Buffer.from(JSON.stringify(beyond)).toString('base64url')}`;
}

/** What `writeCursor` wrote. Throws DomainError `invalid` (`bad_cursor`) for all else. */
export function readCursor(text: string): Cursor {
  const [place = '', rest, ...more] = text.split('.');
  if (more.length > 0) throw badCursor();
  return { position: positionOf(place), beyond: rest === undefined ? new Beyond() : readBeyond(rest) };
}

function readBeyond(text: string): Beyond {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    throw badCursor();
  }
  const [conversations, rows] = Array.isArray(value) ? (value as unknown[]) : [];
  if (!Array.isArray(conversations) || !Array.isArray(rows)) throw badCursor();
  if (conversations.length + rows.length > mostBeyond) throw badCursor();
  if (!conversations.every(isPair) || !rows.every(Number.isSafeInteger)) throw badCursor();
  return new Beyond(conversations as [ConversationId, number][], rows as number[]);
}

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isSafeInteger);
}

function badCursor(): DomainError {
  return new DomainError('invalid', 'bad_cursor', 'This cursor is not one of this server’s.', { field: 'cursor' });
}
