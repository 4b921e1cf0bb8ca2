// Who is here: one account's arrivals and departures reach the cluster one after another, so that the last one counts.

import type { Member } from '../core/context.ts';
import type { AccountId } from '../core/ids.ts';
import type { Cluster } from '../core/ports.ts';
import type { Log } from './log.ts';

export interface PresenceOptions {
  cluster: Pick<Cluster, 'arrive' | 'depart'>;
  /** Called for an account's first connection anywhere, and for its last. */
  onArrive(member: Member): Promise<void> | void;
  onDepart(member: Member): Promise<void> | void;
  /** Milliseconds a departure is held back. */
  departureGrace: number;
  log: Log;
}

export interface Presence {
  arrived(member: Member, connectionId: string): void;
  departed(member: Member, connectionId: string): void;
  /** Carries out what was held back, and resolves when all is told. */
  close(): Promise<void>;
}

/** Nothing here rejects: presence that fails is logged, and connections go on without it. */
export function createPresence({ cluster, onArrive, onDepart, departureGrace, log }: PresenceOptions): Presence {
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

  function depart(member: Member, connectionId: string): void {
    inTurn(member.accountId, async () => {
      if (await cluster.depart(member.accountId, connectionId)) await onDepart(member);
    });
  }

  return {
    arrived(member, connectionId) {
      inTurn(member.accountId, async () => {
        if (await cluster.arrive(member.accountId, connectionId)) await onArrive(member);
      });
    },
    departed(member, connectionId) {
      if (departureGrace <= 0 || closing) return depart(member, connectionId);
      const timer = setTimeout(() => {
        leaving.delete(timer);
        depart(member, connectionId);
      }, departureGrace);
      leaving.set(timer, () => depart(member, connectionId));
    },
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
