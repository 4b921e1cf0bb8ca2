// The cluster of one process: events go straight to the listener, presence is a map.

import type { Event } from '../../core/events.ts';
import type { Cluster, Sign } from '../../core/ports.ts';
import { otherThan, Roll } from './roll.ts';

/** What a process alone needs: nothing leaves it. `faulty` hears what the listener throws. */
export function createMemoryCluster(faulty: (error: unknown) => void = () => {}): Cluster {
  const here: Record<Sign, Roll> = { connection: new Roll(), visit: new Roll() };
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
    async follow() {},
    unfollow() {},
    watch() {},
    async arrive(account, sign, how = 'connection') {
      return here[how].add(account, sign) && (how === 'connection' || !here.connection.has(account));
    },
    async depart(account, sign, how = 'connection') {
      return here[how].delete(account, sign) && !here[otherThan(how)].has(account);
    },
    async listening(accounts) {
      return new Set(accounts.filter((account) => here.connection.has(account)));
    },
    async online(accounts) {
      return new Set(accounts.filter((account) => here.connection.has(account) || here.visit.has(account)));
    },
    async connected() {
      return here.connection.size;
    },
    async close() {
      listener = null;
      here.connection.clear();
      here.visit.clear();
    },
  };
}
