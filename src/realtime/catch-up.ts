// A connection that comes with a cursor: it is told all it missed, in pages, each waited for, and then goes live.

import type { Missed, Seam } from '../core/catch-up.ts';
import type { Event } from '../core/events.ts';
import type { AccountId } from '../core/ids.ts';
import type { LogPosition } from '../core/log.ts';
import type { CursorFrames } from '../dialects/dialect.ts';
import { Beyond, type Cursor, writeCursor } from './cursor.ts';
import type { Connection, Hub } from './hub.ts';
import type { Pulse } from './pulse.ts';

/** Where what was missed is read, and how it is noticed that more came. */
export interface CatchUp {
  pulse: Pick<Pulse, 'join' | 'leave'>;
  readHead(): Promise<LogPosition>;
  readMissed(account: AccountId, after: LogPosition): Promise<Missed>;
  readSeam(account: AccountId, after: LogPosition): Promise<Seam>;
}

/** A connection that can be waited for. */
interface Patient extends Connection {
  /** Resolves when the client's side has taken what it was sent; to false if the connection is over. */
  drained(): Promise<boolean>;
}

/** Characters sent before they are waited for. */
const mostAtOnce = 128 << 10;

/**
 * Resolves when the line is live, or over. `from`: the client's cursor; null: it begins. It hears each page and then the
 * cursor behind it. One of which the log does not reach back so far is told so, and goes on from now.
 */
export async function bringUp(
  line: Patient,
  from: Cursor | null,
  frames: CursorFrames,
  { hub, pulse, readHead, readMissed, readSeam }: CatchUp & { hub: Hub },
): Promise<void> {
  const { accountId } = line.member;
  let cursor = from ?? { position: await readHead(), beyond: new Beyond() };
  if (!from) say('cursor', cursor);

  function say(what: 'cursor' | 'reset', at: Cursor): void {
    line.send(frames[what](writeCursor(at), line.language));
  }

  /** False: the connection is over. */
  async function tell(events: readonly Event[]): Promise<boolean> {
    let unsent = 0;
    for (const event of events) {
      if (cursor.beyond.has(event)) continue;
      for (const frame of hub.render(event, line)) {
        line.deliver(frame);
        unsent += frame.text.length;
      }
      if (unsent < mostAtOnce) continue;
      if (!(await line.drained())) return false;
      unsent = 0;
    }
    return line.drained();
  }

  /** Tells page after page, up to what transactions may still write before. */
  async function tellPages(): Promise<boolean> {
    for (;;) {
      const missed = await readMissed(accountId, cursor.position);
      if (missed.trimmed) {
        cursor = { position: missed.position, beyond: new Beyond() };
        say('reset', cursor);
        continue;
      }
      if (!(await tell(missed.events))) return false;
      cursor = { position: missed.position, beyond: cursor.beyond };
      if (missed.events.length > 0 || missed.more) say('cursor', cursor);
      if (!missed.more) return true;
    }
  }

  for (;;) {
    if (!(await tellPages())) return;
    await pulse.join(line);
    hub.hold(line);
    const seam = await readSeam(accountId, cursor.position);
    if (!seam.trimmed && !seam.more) {
      if (!(await tell(seam.events))) return;
      const beyond = new Beyond();
      for (const event of seam.beyond) beyond.add(event);
      const progress = { position: seam.position, beyond, advanced: (to: Cursor) => say('cursor', to) };
      if (seam.events.length > 0) say('cursor', progress);
      hub.attach(line, seam.standings, { cursor: progress, covers: (event) => seam.covers(event) });
      return;
    }
    hub.release(line);
    if (!seam.trimmed && seam.position.xid === cursor.position.xid && seam.position.id === cursor.position.id) {
      // Some transaction holds the log back: what lies behind it is too much for one page.
      line.close(1013, 'try again later');
      return;
    }
  }
}
