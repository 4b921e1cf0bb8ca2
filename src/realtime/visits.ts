// Who makes requests counts as here for a while after the last one, where nothing else says so (DECISIONS 30).

import type { Member } from '../core/context.ts';
import type { SessionId } from '../core/ids.ts';
import type { Presence } from './presence.ts';

export interface Visits {
  /** The member makes a request. Costs a look-up. */
  note(member: Member): void;
  /** These sessions are over, and with them what they were here by. */
  end(sessions: readonly SessionId[]): void;
  close(): void;
}

interface Visit {
  member: Member;
  notedAt: number;
}

/** In milliseconds. */
const sweepEvery = 1_000;

/** `stay`: milliseconds that somebody counts as here after a request; a minute if not given. */
export function createVisits(presence: Pick<Presence, 'visited' | 'left'>, stay = 60_000): Visits {
  /** Those noted first come first. */
  const visits = new Map<SessionId, Visit>();
  const sweeping = setInterval(sweep, sweepEvery).unref();

  function sweep(): void {
    const expired = performance.now() - stay;
    for (const [session, { notedAt }] of visits) {
      if (notedAt > expired) return;
      end(session);
    }
  }

  function end(session: SessionId): void {
    const visit = visits.get(session);
    visits.delete(session);
    if (visit) presence.left(visit.member);
  }

  return {
    note(member) {
      const { sessionId } = member;
      const visit = visits.get(sessionId);
      const notedAt = performance.now();
      if (!visit) presence.visited(member);
      else if (notedAt - visit.notedAt < sweepEvery) return;
      visits.delete(sessionId);
      visits.set(sessionId, { member, notedAt });
    },
    end: (sessions) => sessions.forEach(end),
    close() {
      clearInterval(sweeping);
      for (const session of visits.keys()) end(session);
    },
  };
}
