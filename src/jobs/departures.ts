// Whoever is gone is in no call any more: but only once it is sure that they are, and not just changing networks.

import { vanish } from '../core/calls/calls.ts';
import type { Member } from '../core/context.ts';
import type { Messenger } from '../core/execute.ts';
import type { Cluster } from '../core/ports.ts';

export interface DeparturesOptions {
  messenger: Messenger;
  cluster: Pick<Cluster, 'online'>;
  log: { warn(about: object, message: string): void };
  /** Milliseconds to come back in. */
  grace?: number;
}

/** Told of the end of an account's last connection. `close` forgets who left: their calls are not ended by a restart. */
export function watchDepartures({ messenger, cluster, log, grace = 15_000 }: DeparturesOptions): {
  departed(member: Member): void;
  close(): Promise<void>;
} {
  const waiting = new Set<NodeJS.Timeout>();
  const underWay = new Set<Promise<void>>();

  async function leaveCalls(member: Member): Promise<void> {
    if ((await cluster.online([member.accountId])).has(member.accountId)) return;
    await messenger.execute(member, vanish, {});
  }

  return {
    departed(member) {
      const timer = setTimeout(() => {
        waiting.delete(timer);
        const leaving = leaveCalls(member)
          .catch((error: unknown) => log.warn({ err: error }, 'somebody who is gone could not be taken out of calls'))
          .finally(() => underWay.delete(leaving));
        underWay.add(leaving);
      }, grace).unref();
      waiting.add(timer);
    },
    async close() {
      for (const timer of waiting) clearTimeout(timer);
      await Promise.all(underWay);
    },
  };
}
