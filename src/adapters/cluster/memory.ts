// The cluster of one process: events go straight to the listener, presence is a map.

import type { Event } from '../../core/events.ts';
import type { AccountId } from '../../core/ids.ts';
import type { Cluster } from '../../core/ports.ts';

/** What a process alone needs: nothing leaves it. `faulty` hears what the listener throws. */
export function createMemoryCluster(faulty: (error: unknown) => void = () => {}): Cluster {
  const connections = new Map<AccountId, Set<string>>();
  const batches: (readonly Event[])[] = [];
  let listener: ((events: readonly Event[]) => void) | null = null;
  let delivering = false;

  /** A listener that publishes is heard after what it is hearing, so that order is the order of publishing. */
  function deliver(): void {
    delivering = true;
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      try {
        listener?.(batch);
      } catch (error) {
        faulty(error);
      }
    }
    delivering = false;
  }

  return {
    publish(events) {
      if (events.length === 0) return;
      batches.push(events);
      if (!delivering) deliver();
    },
    listen(newListener) {
      listener = newListener;
    },
    watch() {},
    async arrive(account, connectionId) {
      const open = connections.get(account);
      if (open) {
        open.add(connectionId);
        return false;
      }
      connections.set(account, new Set([connectionId]));
      return true;
    },
    async depart(account, connectionId) {
      const open = connections.get(account);
      if (!open?.delete(connectionId) || open.size > 0) return false;
      return connections.delete(account);
    },
    async online(accounts) {
      return new Set(accounts.filter((account) => connections.has(account)));
    },
    async connected() {
      return connections.size;
    },
    async close() {
      listener = null;
      connections.clear();
    },
  };
}
