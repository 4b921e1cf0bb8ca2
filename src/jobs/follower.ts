// Follows the log: keeps the search index up to date, in small steps, when there is something new.

import type { Messenger } from '../core/execute.ts';
import { indexMessages } from '../core/messages/search.ts';

const system = { kind: 'system' } as const;

export interface Follower {
  /** Something was written: look soon. */
  wake(): void;
  /** Waits for the step under way. */
  close(): Promise<void>;
}

export interface FollowerOptions {
  messenger: Messenger;
  log: { warn(about: object, message: string): void };
  /** Milliseconds between a hint and the step it causes, so that many hints are one step. */
  pause?: number;
  /** Milliseconds after which it looks without a hint: another process may have written. */
  interval?: number;
}

/** Starts following. Every process may: only one at a time takes a step. */
export function followLog({ messenger, log, pause = 100, interval = 2_000 }: FollowerOptions): Follower {
  let timer: NodeJS.Timeout;
  let due = 0;
  let step: Promise<void> = Promise.resolve();
  let closed = false;
  schedule(pause);

  function schedule(milliseconds: number): void {
    clearTimeout(timer);
    due = Date.now() + milliseconds;
    timer = setTimeout(() => (step = follow()), milliseconds).unref();
  }

  async function follow(): Promise<void> {
    let taken = 0;
    try {
      taken = await messenger.execute(system, indexMessages, {});
    } catch (error) {
      log.warn({ err: error }, 'the search index could not be brought up to date');
    }
    // A pause between steps too: on the embedded database every step keeps everyone else waiting.
    if (!closed) schedule(taken > 0 ? pause : interval);
  }

  return {
    wake() {
      if (!closed && due - Date.now() > pause) schedule(pause);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await step;
    },
  };
}
