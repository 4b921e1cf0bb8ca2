// What stands in no conversation’s order, told to single accounts or to all, each once: whether it came by itself or had to be read from the log.

import type { Logged } from '../core/events.ts';
import { comparePositions, type LogPosition } from '../core/log.ts';
import type { OwnNews } from './pulse.ts';

/** While the log is followed, remembers which rows were heard before it was followed so far. */
export class OwnStream {
  /** All between these two was heard, or told. Null: the log is not followed. */
  #told: { after: LogPosition; upto: LogPosition } | null = null;
  readonly #heard = new Map<number, Logged>();
  #recording = false;

  /** To be called before the place is read from which the log is followed, or when it is followed no longer. */
  record(isRecording: boolean): void {
    this.#recording = isRecording;
    if (isRecording) return;
    this.#told = null;
    this.#heard.clear();
  }

  /** True if this is the first time it is heard. */
  take(logged: Logged): boolean {
    if (!this.#recording) return true;
    if (this.#told && isWithin(logged, this.#told)) return false;
    if (this.#heard.has(logged.id)) return false;
    this.#heard.set(logged.id, logged);
    return true;
  }

  /** Those of the rows that were not heard. */
  unheard(rows: readonly OwnNews[]): OwnNews[] {
    return rows.filter(({ id }) => !this.#heard.has(id));
  }

  /** The log was followed from one place to the other. */
  follow(after: LogPosition, upto: LogPosition): void {
    const goesOn = this.#told?.upto.xid === after.xid && this.#told.upto.id === after.id;
    this.#told = { after: goesOn && this.#told ? this.#told.after : after, upto };
    for (const [id, logged] of this.#heard) if (comparePositions(logged, upto) <= 0) this.#heard.delete(id);
  }
}

function isWithin(logged: Logged, { after, upto }: { after: LogPosition; upto: LogPosition }): boolean {
  return comparePositions(logged, after) > 0 && comparePositions(logged, upto) <= 0;
}
