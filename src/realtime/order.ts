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
  /**
   * False: nobody here would hear of the conversation, and holes in its order need not be filled, but for what was expected:
   * that concerns somebody, though it may be the very news that they are in it.
   */
  matters(id: ConversationId): boolean;
  /** True while events may get lost on their way here. */
  lossy(): boolean;
  /** Something waits for `expect` to tell what there was before it. */
  hurry(): void;
  /** Milliseconds a hole is waited for before the log is asked. */
  gapWait: number;
  /** The most changes read to fill one hole, in pages; of a wider one only the newest. */
  fillAtMost: number;
  /** Changes read at once. */
  page: number;
  /** The log could not be read, and what it may have had was passed over. */
  gaveUp(id: ConversationId): void;
  /** Conversations remembered. */
  lines: number;
  backoff: Backoff;
  log: Log;
}

/** Milliseconds the first that is heard of a conversation waits to learn what there was before it. */
const patience = 1_000;

/** Where one conversation stands. */
class Line {
  /** The highest number that needs no more waiting for; null while it is not known. */
  released: number | null = null;
  /** The highest number handed on: below `released` only if the line was drawn by a connection's arrival. */
  heard = 0;
  /** That connection's serial, or 0. */
  drawnBy = 0;
  /** It is for `expect` to say where it stands: some of what was before may have been lost. */
  asked = false;
  /** Meanwhile: the lowest number up to which a connection has read. */
  read = Infinity;
  /** The log is known to have changes up to here; `owed` until they are released. */
  expected = 0;
  owed = false;
  waiting: Map<number, Durable> | null = null;
  timer: NodeJS.Timeout | null = null;
  filling = false;

  get isBehind(): boolean {
    return this.released !== null && this.released < this.expected;
  }

  get idle(): boolean {
    return !this.waiting && !this.timer && !this.filling && !this.owed;
  }
}

/** Keeps every conversation's line. `filled` counts changes that had to be read from the log, `lost` those it had not. */
export class Order {
  filled = 0;
  lost = 0;
  readonly #lines = new Map<ConversationId, Line>();
  readonly #options: OrderOptions;
  #owed = 0;
  #caughtUp: (() => void)[] = [];
  /** While somebody says what is to be expected: what was released before it was, which a forgotten line would not know. */
  #early: Map<ConversationId, number> | null = null;
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
   * A connection has read the conversation up to `lastNo`: without a line yet, the next expected change is the one after.
   * `isTold`: `expect` was told of all these, so that nobody here misses any; otherwise, if some may have been lost, it is
   * to say first. Returns how far the line had come, which may be less than `lastNo`.
   */
  draw(id: ConversationId, lastNo: number, serial: number, isTold: boolean): number {
    const line = this.#line(id);
    if (line.released !== null) return line.released;
    if (line.asked || (this.#mayMiss && !isTold && lastNo > 0)) {
      this.#ask(line);
      line.read = Math.min(line.read, lastNo);
      return -1;
    }
    line.released = lastNo;
    line.drawnBy = isTold ? 0 : serial;
    if (isTold) line.heard = lastNo;
    const early = sorted(line.waiting?.values() ?? []);
    line.waiting = null;
    for (const event of early) this.#take(line, event);
    this.#settle(id, line);
    return line.released;
  }

  /** Nobody cared, and changes went by unseen: the line begins anew with whoever cares next. */
  forget(id: ConversationId): void {
    if (this.#lines.get(id)?.idle) this.#lines.delete(id);
  }

  /** From here on `expect` is told of every change, or no longer. */
  watch(isWatched: boolean): void {
    this.#early = isWatched ? (this.#early ?? new Map()) : null;
  }

  /** True if there is a line, so that nobody need ask whether anyone here cares. */
  has(id: ConversationId): boolean {
    return this.#lines.has(id) || this.#early?.has(id) === true;
  }

  /** True if something waits to learn what there was before it. */
  asks(id: ConversationId): boolean {
    return this.#lines.get(id)?.asked === true;
  }

  /**
   * The log has the conversation's changes `from` to `upto`, and what it has below was expected before: what of it does
   * not come by itself is read.
   */
  expect(id: ConversationId, from: number, upto: number): void {
    const line = this.#line(id);
    const early = this.#early?.get(id) ?? 0;
    if (early <= upto) this.#early?.delete(id);
    if (line.released === null) begin(line, Math.max(from - 1, early));
    line.expected = Math.max(line.expected, upto);
    if (line.timer) clearTimeout(line.timer);
    line.timer = null;
    if (line.isBehind && !line.owed) {
      line.owed = true;
      this.#owed += 1;
    }
    this.#settle(id, line);
  }

  /** Resolves when all that was expected is released, or passed over. */
  async caughtUp(): Promise<void> {
    if (this.#owed > 0 && this.#open) await new Promise<void>((resolve) => this.#caughtUp.push(resolve));
  }

  close(): void {
    this.#open = false;
    this.#tellCaughtUp();
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
    if (line.released === null) {
      if (no === 1) begin(line, 0);
      else if (this.#mayMiss) this.#ask(line);
      // While a connection is reading where things stand, an earlier change may be on its way to a line it will draw.
      else if (!this.#options.attaching()) begin(line, Math.min(line.read, no - 1));
    }
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
    if (event.change.no > line.expected) this.#early?.set(event.change.conversationId, event.change.no);
    this.#options.release(event, Infinity);
  }

  /** Releases what has come into its turn, and sees to what is still missing. */
  #settle(id: ConversationId, line: Line): void {
    if (line.idle) return;
    while (line.released !== null && line.waiting) {
      const next = line.waiting.get(line.released + 1);
      if (!next) break;
      line.waiting.delete(next.change.no);
      this.#release(line, next);
    }
    if (line.waiting?.size === 0) line.waiting = null;
    if (line.owed && !line.isBehind) {
      line.owed = false;
      this.#owed -= 1;
      if (this.#owed === 0) this.#tellCaughtUp();
    }
    if (!line.waiting && !line.owed) {
      if (line.timer) clearTimeout(line.timer);
      line.timer = null;
    } else if (!line.timer && !line.filling && this.#open) {
      line.timer = setTimeout(
        () => {
          line.timer = null;
          void this.#fill(id, line);
        },
        line.asked ? patience : this.#options.gapWait,
      );
    }
  }

  /** Reads the lowest hole from the log; what the log does not have is passed over. Never rejects. */
  async #fill(id: ConversationId, line: Line): Promise<void> {
    if (!line.waiting && !line.owed) return;
    const wasAsked = line.asked;
    if (wasAsked) this.#assume(line);
    const upto = line.waiting ? Math.min(...line.waiting.keys()) - 1 : line.expected;
    if (line.released === null) line.released = upto;
    if (!line.owed && !this.#options.matters(id)) {
      if (this.#mayMiss && !wasAsked) this.#ask(line);
      else this.#passOver(line, upto);
      return this.#settle(id, line);
    }
    line.filling = true;
    let missing = this.#passOver(line, upto - this.#options.fillAtMost);
    while (line.released < upto && this.#open) {
      const pageEnd = Math.min(line.released + this.#options.page, upto);
      const found = await this.#read(id, line.released, pageEnd);
      if (found === null) this.#options.gaveUp(id);
      this.filled += found?.length ?? 0;
      for (const event of sorted(found ?? [])) this.#take(line, event);
      missing += this.#passOver(line, found === null ? upto : pageEnd);
    }
    if (!this.#open) return;
    if (missing > 0) {
      this.lost += missing;
      this.#options.log.warn({ conversationId: id, upto, missing }, 'changes missing from the log were passed over');
    }
    line.filling = false;
    this.#settle(id, line);
  }

  /** Something may have been lost of which nobody here knows, and `expect` is going to tell. */
  get #mayMiss(): boolean {
    return this.#early !== null && this.#options.lossy();
  }

  /** What waits is not released before `expect` tells what was before it. */
  #ask(line: Line): void {
    line.released = null;
    line.asked = true;
    this.#options.hurry();
  }

  /** Nobody told for too long: what waits goes on, and what was before it is for whoever was here before. */
  #assume(line: Line): void {
    begin(line, Math.min(line.read, Math.min(...(line.waiting?.keys() ?? [])) - 1));
    line.drawnBy = Number.MAX_SAFE_INTEGER;
  }

  /** Releases what there is up to this number. Answers how many there are not. */
  #passOver(line: Line, upto: number): number {
    let missing = 0;
    while (line.released !== null && line.released < upto) {
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
    return missing;
  }

  #tellCaughtUp(): void {
    for (const tell of this.#caughtUp.splice(0)) tell();
  }

  /** Null: the log could not be read. */
  async #read(id: ConversationId, after: number, upto: number): Promise<Durable[] | null> {
    const found = await retrying(
      () => this.#options.readChanges(id, after, upto),
      this.#options.backoff,
      (error, attempt) => {
        this.#options.log.warn({ err: error, conversationId: id, attempt }, 'reading changes failed');
        return this.#open && attempt < this.#options.backoff.attempts;
      },
    );
    return found?.filter((event): event is Durable => event.change?.conversationId === id) ?? null;
  }
}

/** From here on it is known where the line stands; what waited below has been here, or was told before. */
function begin(line: Line, no: number): void {
  line.released = no;
  line.asked = false;
  line.read = Infinity;
  for (const late of line.waiting?.keys() ?? []) if (late <= no) line.waiting?.delete(late);
}

function sorted(events: Iterable<Durable>): Durable[] {
  return [...events].sort((a, b) => a.change.no - b.change.no);
}
