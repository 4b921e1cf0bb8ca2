// A client that goes by cursors: what it was told behind its latest cursor it keeps, and when its line is lost it comes
// back with that.

import type { LogPosition } from '../../src/core/log.ts';
import { readCursor } from '../../src/realtime/cursor.ts';
import type { Note } from './notes.ts';
import type { Chance } from './random.ts';
import { openLine, type Frame, type Line, type Wire } from './wires.ts';

/** What becomes of notes between the line and the client's memory: nothing, unless the checker is to be put to the test. */
export type Ear = (note: Note) => readonly Note[];

export interface Listener {
  readonly name: string;
  readonly wire: Wire;
  readonly account: number;
  /** All before it is known from elsewhere; null: not yet begun. */
  start: LogPosition | null;
  /** Behind the latest cursor, in the order it was told. */
  readonly journal: Note[];
  /** Times it was told that the log does not reach back so far. */
  resets: number;
  /** Times it came back. */
  returns: number;
  /** Hangs up for good. */
  stop(): void;
}

export interface ListenerOptions {
  name: string;
  wire: Wire;
  account: number;
  token: string;
  /** Where to come in: another place each time, if there are several. */
  urls: readonly string[];
  decode(frame: Frame): readonly Note[];
  ear?: Ear;
  chance: Chance;
}

export function startListener(options: ListenerOptions): Listener {
  const { name, wire, account, token, urls, decode, ear = (note) => [note], chance } = options;
  let cursor = 'latest';
  let fresh: Note[] = [];
  let line: Line | null = null;
  let timer: NodeJS.Timeout | null = null;
  const self: Listener = { name, wire, account, start: null, journal: [], resets: 0, returns: 0, stop };

  function heard(frame: Frame): void {
    if (frame.type !== 'sync_cursor' && frame.type !== 'sync_reset') {
      fresh.push(...decode(frame));
      return;
    }
    cursor = frame.cursor ?? frame.data.cursor;
    self.start ??= readCursor(cursor).position;
    for (const note of fresh) self.journal.push(...ear(note));
    fresh = [];
    if (frame.type === 'sync_reset') self.resets += 1;
  }

  function open(): void {
    fresh = [];
    line = openLine(wire, chance.pick(urls)!, token, cursor, {
      heard,
      lost() {
        self.returns += 1;
        timer = setTimeout(open, chance.below(500));
      },
    });
  }

  function stop(): void {
    if (timer) clearTimeout(timer);
    line?.hangUp();
  }

  open();
  return self;
}
