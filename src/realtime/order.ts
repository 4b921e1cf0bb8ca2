// The order in which a conversation's changes leave: by change number, each once, holes filled from the log.

import type { Change, Event } from '../core/events.ts';
import type { ConversationId } from '../core/ids.ts';
import type { Log } from './log.ts';
import { type Backoff, retrying } from './retrying.ts';

/** An event that has a place in its conversation's order. */
export type Durable = Event & { change: Change };

export interface OrderOptions {
  /** The durable events with `afterNo < change.no <= uptoNo`, as far as the log still has them. */
  readChanges(conversationId: ConversationId, afterNo: number, uptoNo: number): Promise<Event[]>;
  /**
   * Takes events in order. `before` is Infinity, or the serial of the connection whose arrival drew the conversation's
   * line above this event: it is owed only to connections that were there earlier.
   */
  release(event: Durable, before: number): void;
  /** True while a connection is between being known and having read where its conversations stand. */
  attaching(): boolean;
  /** Milliseconds a hole is waited for before the log is asked. */
  gapWait: number;
  /** The most changes read to fill one hole; of a wider one only the newest. */
  fillAtMost: number;
  /** Conversations remembered. */
  lines: number;
  backoff: Backoff;
  log: Log;
}

/** Where one conversation stands. */
class Line {
  /** The highest number that needs no more waiting for; null before the first. */
  released: number | null = null;
  /** The highest number handed on: below `released` only if the line was drawn by a connection's arrival. */
  heard = 0;
  drawnBy = 0;
  waiting: Map<number, Durable> | null = null;
  timer: NodeJS.Timeout | null = null;
  filling = false;

  get idle(): boolean {
    return !this.waiting && !this.timer && !this.filling;
  }
}

/** Keeps every conversation's line. `filled` counts changes that had to be read from the log, `lost` those it had not. */
export class Order {
  filled = 0;
  lost = 0;
  readonly #lines = new Map<ConversationId, Line>();
  readonly #options: OrderOptions;
  #open = true;

  constructor(options: OrderOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#lines.size;
  }

  /** A durable event has come in, in whatever order. In its turn it is released before this returns. */
  arrived(event: Durable): void {
    const line = this.#line(event.change.conversationId);
    this.#take(line, event);
    this.#settle(event.change.conversationId, line);
  }

  /**
   * A connection knows the conversation up to `lastNo`: without a line yet, the next expected change is the one after.
   * Returns how far the line had come, which may be less than `lastNo`.
   */
  draw(id: ConversationId, lastNo: number, serial: number): number {
    const line = this.#line(id);
    if (line.released !== null) return line.released;
    line.released = lastNo;
    line.drawnBy = serial;
    const early = sorted(line.waiting?.values() ?? []);
    line.waiting = null;
    for (const event of early) this.#take(line, event);
    this.#settle(id, line);
    return line.released;
  }

  close(): void {
    this.#open = false;
    for (const line of this.#lines.values()) if (line.timer) clearTimeout(line.timer);
    this.#lines.clear();
  }

  #line(id: ConversationId): Line {
    let line = this.#lines.get(id);
    if (line) {
      this.#lines.delete(id);
    } else {
      line = new Line();
      if (this.#lines.size >= this.#options.lines) this.#forgetOldest();
    }
    this.#lines.set(id, line);
    return line;
  }

  #forgetOldest(): void {
    for (const [id, line] of this.#lines) {
      if (!line.idle) continue;
      this.#lines.delete(id);
      return;
    }
  }

  #take(line: Line, event: Durable): void {
    const { no } = event.change;
    // While a connection is reading where things stand, an earlier change may be on its way to a line it will draw.
    line.released ??= no === 1 || !this.#options.attaching() ? no - 1 : null;
    if (line.released === null || no > line.released + 1) {
      line.waiting ??= new Map();
      if (!line.waiting.has(no)) line.waiting.set(no, event);
    } else if (no === line.released + 1) {
      this.#release(line, event);
    } else if (no > line.heard && line.drawnBy > 0) {
      line.heard = no;
      this.#options.release(event, line.drawnBy);
    }
  }

  #release(line: Line, event: Durable): void {
    line.released = event.change.no;
    line.heard = event.change.no;
    this.#options.release(event, Infinity);
  }

  /** Releases what has come into its turn, and sees to what is still missing. */
  #settle(id: ConversationId, line: Line): void {
    if (!line.waiting) return;
    while (line.released !== null) {
      const next = line.waiting.get(line.released + 1);
      if (!next) break;
      line.waiting.delete(next.change.no);
      this.#release(line, next);
    }
    if (line.waiting.size === 0) {
      line.waiting = null;
      if (line.timer) clearTimeout(line.timer);
      line.timer = null;
    } else if (!line.timer && !line.filling && this.#open) {
      line.timer = setTimeout(() => {
        line.timer = null;
        void this.#fill(id, line);
      }, this.#options.gapWait);
    }
  }

  /** Reads the lowest hole from the log; what the log does not have is passed over. Never rejects. */
  async #fill(id: ConversationId, line: Line): Promise<void> {
    if (!line.waiting) return;
    const upto = Math.min(...line.waiting.keys()) - 1;
    if (line.released === null) line.released = upto;
    line.filling = true;
    if (line.released < upto) {
      const after = Math.max(line.released, upto - this.#options.fillAtMost);
      const found = await this.#read(id, after, upto);
      this.filled += found.length;
      for (const event of sorted(found)) this.#take(line, event);
    }
    if (!this.#open) return;
    let missing = 0;
    while (line.released < upto) {
      const no: number = line.released + 1;
      const event = line.waiting?.get(no);
      line.waiting?.delete(no);
      if (event) {
        this.#release(line, event);
      } else {
        line.released = no;
        missing += 1;
      }
    }
    if (missing > 0) {
      this.lost += missing;
      this.#options.log.warn({ conversationId: id, upto, missing }, 'changes missing from the log were passed over');
    }
    line.filling = false;
    this.#settle(id, line);
  }

  async #read(id: ConversationId, after: number, upto: number): Promise<Durable[]> {
    const found = await retrying(
      () => this.#options.readChanges(id, after, upto),
      this.#options.backoff,
      (error, attempt) => {
        this.#options.log.warn({ err: error, conversationId: id, attempt }, 'reading changes failed');
        return this.#open && attempt < this.#options.backoff.attempts;
      },
    );
    return (found ?? []).filter((event): event is Durable => event.change?.conversationId === id);
  }
}

function sorted(events: Iterable<Durable>): Durable[] {
  return [...events].sort((a, b) => a.change.no - b.change.no);
}
