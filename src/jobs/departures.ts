// Whoever hears nothing is in no call any more: but only once it is sure that they do not, and not just change networks.

import { vanish } from '../core/calls/calls.ts';
import type { Member } from '../core/context.ts';
import type { Messenger } from '../core/execute.ts';
import type { AccountId } from '../core/ids.ts';
import type { Cluster } from '../core/ports.ts';

export interface DeparturesOptions {
  messenger: Messenger;
  cluster: Pick<Cluster, 'listening'>;
  log: { warn(about: object, message: string): void };
  /** Milliseconds to come back in. */
  grace?: number;
}

/**
 * Told of each connection's end: it asks later whether the account has another, anywhere. `close` forgets who left: their
 * calls are not ended by a restart.
 */
export function watchDepartures({ messenger, cluster, log, grace = 15_000 }: DeparturesOptions): {
  departed(member: Member): void;
  close(): Promise<void>;
} {
  const waiting = new Map<AccountId, NodeJS.Timeout>();
  const underWay = new Set<Promise<void>>();

  async function leaveCalls(member: Member): Promise<void> {
    if ((await cluster.listening([member.accountId])).has(member.accountId)) return;
    await messenger.execute(member, vanish, {});
  }

  return {
    departed(member) {
      clearTimeout(waiting.get(member.accountId));
      const timer = setTimeout(() => {
        waiting.delete(member.accountId);
        const leaving = leaveCalls(member)
          .catch((error: unknown) => log.warn({ err: error }, 'somebody who is gone could not be taken out of calls'))
          .finally(() => underWay.delete(leaving));
        underWay.add(leaving);
      }, grace).unref();
      waiting.set(member.accountId, timer);
    },
    async close() {
      for (const timer of waiting.values()) clearTimeout(timer);
      await Promise.all(underWay);
    },
  };
}
