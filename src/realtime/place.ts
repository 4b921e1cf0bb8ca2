// What the hub knows of one connection: what it was told, and what is kept for it.

import type { Event } from '../core/events.ts';
import type { ConversationId } from '../core/ids.ts';
import { comparePositions } from '../core/log.ts';
import type { Cursor } from './cursor.ts';
import type { Frame } from './frame.ts';
import type { Connection } from './hub.ts';
import type { News } from './pulse.ts';

/** How far a connection has come that goes by cursors. */
export interface Progress extends Cursor {
  /** All before the cursor was sent. */
  advanced(cursor: Cursor): void;
}

/** Milliseconds after which a connection that hears nothing gets a new cursor, lest its old one outlive the log. */
const cursorEvery = 60_000;

export class Place {
  readonly connection: Connection;
  /** What happened since it began to listen, until it attaches. */
  held: { event: Event; frames: readonly Frame[] }[] | null = null;
  /** Counts up in the order of attaching; 0 while things are held for it. Before that nothing is owed to it: Infinity. */
  serial = Infinity;
  /** Conversations it knows further than they had been delivered when it attached. */
  floors: Map<ConversationId, number> | null = null;
  sync: Progress | null = null;
  #heard = false;
  #cursorAt = performance.now();

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /**
   * True if the connection has seen this change by reading, or was told it by the log. `isLate`: it is known that this was
   * not told, though later ones may have been.
   */
  knows(event: Event, isLate = false): boolean {
    if (this.floors && event.change && this.#isUnderFloor(event.change)) return true;
    return !isLate && this.sync !== null && wasTold(event, this.sync);
  }

  /** It is handed this. */
  hears(event: Event): void {
    if (!event.change && !event.logged) return;
    this.sync?.beyond.add(event);
    this.#heard = true;
  }

  /** All of these news was sent to it, as far as it concerns it. */
  advance(news: News, now: number): void {
    const { sync } = this;
    if (!sync) return;
    sync.beyond.pass(news);
    if (comparePositions(news.position, sync.position) <= 0) return;
    sync.position = news.position;
    if (!this.#heard && now - this.#cursorAt < cursorEvery) return;
    sync.advanced(sync);
    this.#heard = false;
    this.#cursorAt = now;
  }

  #isUnderFloor({ conversationId, no }: NonNullable<Event['change']>): boolean {
    const floor = this.floors?.get(conversationId);
    if (floor === undefined) return false;
    if (no <= floor) return true;
    this.floors?.delete(conversationId);
    if (this.floors?.size === 0) this.floors = null;
    return false;
  }
}

function wasTold(event: Event, { position, beyond }: Cursor): boolean {
  if (event.logged && comparePositions(event.logged, position) <= 0) return true;
  return beyond.has(event);
}
