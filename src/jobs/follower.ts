// Follows the log, in small steps: keeps the search index up to date, and notes who is to be notified.

import type { Messenger } from '../core/execute.ts';
import { indexMessages } from '../core/messages/search.ts';
import { planNotifications } from '../core/notifications/plan.ts';

const system = { kind: 'system' } as const;

export interface FollowerOptions {
  messenger: Messenger;
  log: { warn(about: object, message: string): void };
  /** There is something to send. */
  onPlanned?: () => void;
  /**
   * Milliseconds between two steps at least, while there is more. Half as long as a step took, it rests: on the embedded
   * database everyone else waits meanwhile.
   */
  pause?: number;
  /** Milliseconds until it looks again when there was nothing. */
  interval?: number;
}

/**
 * Starts following. Every process may: only one at a time takes a step. Each of the two goes at its own pace, so that
 * neither waits for the other. `close` waits for the steps under way.
 */
export function followLog(options: FollowerOptions): { close(): Promise<void> } {
  const { messenger, onPlanned } = options;
  const followers = [
    stepping(options, 'the search index could not be brought up to date', async () => {
      return (await messenger.execute(system, indexMessages, {})) > 0;
    }),
    stepping(options, 'notifications could not be planned', async () => {
      const { further, planned } = await messenger.execute(system, planNotifications, {});
      if (planned > 0) onPlanned?.();
      return further;
    }),
  ];
  return {
    async close() {
      await Promise.all(followers.map((follower) => follower.close()));
    },
  };
}

/** Takes one step after the other; `take` says whether it came further. */
export function stepping(
  { log, pause = 5, interval = 1_000 }: Pick<FollowerOptions, 'log' | 'pause' | 'interval'>,
  failing: string,
  take: () => Promise<boolean>,
): { close(): Promise<void> } {
  let timer: NodeJS.Timeout;
  let step: Promise<void> = Promise.resolve();
  let closed = false;
  schedule(pause);

  function schedule(milliseconds: number): void {
    timer = setTimeout(() => {
      step = follow();
    }, milliseconds).unref();
  }

  async function follow(): Promise<void> {
    let further = false;
    const began = performance.now();
    try {
      further = await take();
    } catch (error) {
      log.warn({ err: error }, failing);
    }
    if (!closed) schedule(further ? Math.max(pause, (performance.now() - began) / 2) : interval);
  }

  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await step;
    },
  };
}
