// Who is here: one account's arrivals and departures, by connection and by visit, reach the cluster one after another, so that the last one counts.

import type { Member } from '../core/context.ts';
import type { AccountId } from '../core/ids.ts';
import type { Cluster, Sign } from '../core/ports.ts';
import type { Log } from './log.ts';

export interface PresenceOptions {
  cluster: Pick<Cluster, 'arrive' | 'depart'>;
  /** Called for an account's first connection on any process, or a visit if it has none; and when it is not here any more. */
  onArrive(member: Member): Promise<void> | void;
  onDepart(member: Member): Promise<void> | void;
  /** Called for every connection that is over: its account may hear nothing any more. */
  onHangUp?(member: Member): void;
  /** Milliseconds the departure of a connection is held back. */
  departureGrace: number;
  log: Log;
}

export interface Presence {
  arrived(member: Member, connectionId: string): void;
  departed(member: Member, connectionId: string): void;
  /** The member's session makes requests, or has ceased to. */
  visited(member: Member): void;
  left(member: Member): void;
  /** Carries out what was held back, and resolves when all is told. */
  close(): Promise<void>;
}

/** Nothing here rejects: presence that fails is logged, and connections go on without it. */
export function createPresence(options: PresenceOptions): Presence {
  const { cluster, onArrive, onDepart, onHangUp, departureGrace, log } = options;
  const tails = new Map<AccountId, Promise<void>>();
  const leaving = new Map<NodeJS.Timeout, () => void>();
  let closing = false;

  function inTurn(account: AccountId, step: () => Promise<void>): void {
    const tail = (tails.get(account) ?? Promise.resolve())
      .then(step)
      .catch((error: unknown) => log.error({ err: error, account }, 'presence failed'))
      .finally(() => {
        if (tails.get(account) === tail) tails.delete(account);
      });
    tails.set(account, tail);
  }

  function arrive(member: Member, sign: string, how: Sign): void {
    inTurn(member.accountId, async () => {
      if (await cluster.arrive(member.accountId, sign, how)) await onArrive(member);
    });
  }

  function depart(member: Member, sign: string, how: Sign): void {
    inTurn(member.accountId, async () => {
      const isGone = await cluster.depart(member.accountId, sign, how);
      if (how === 'connection') onHangUp?.(member);
      if (isGone) await onDepart(member);
    });
  }

  return {
    arrived: (member, connectionId) => arrive(member, connectionId, 'connection'),
    departed(member, connectionId) {
      if (departureGrace <= 0 || closing) return depart(member, connectionId, 'connection');
      const timer = setTimeout(() => {
        leaving.delete(timer);
        depart(member, connectionId, 'connection');
      }, departureGrace);
      leaving.set(timer, () => depart(member, connectionId, 'connection'));
    },
    visited: (member) => arrive(member, String(member.sessionId), 'visit'),
    left: (member) => depart(member, String(member.sessionId), 'visit'),
    async close() {
      closing = true;
      for (const [timer, go] of leaving) {
        clearTimeout(timer);
        go();
      }
      leaving.clear();
      while (tails.size > 0) await Promise.all(tails.values());
    },
  };
}
