// Follows the log: keeps the search index up to date, in small steps.

import type { Messenger } from '../core/execute.ts';
import { indexMessages } from '../core/messages/search.ts';

const system = { kind: 'system' } as const;

export interface FollowerOptions {
  messenger: Messenger;
  log: { warn(about: object, message: string): void };
  /** Milliseconds between two steps while there is more: on the embedded database a step keeps everyone else waiting. */
  pause?: number;
  /** Milliseconds until it looks again when there was nothing. */
  interval?: number;
}

/** Starts following. Every process may: only one at a time takes a step. `close` waits for the step under way. */
export function followLog({ messenger, log, pause = 50, interval = 1_000 }: FollowerOptions): {
  close(): Promise<void>;
} {
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
    let taken = 0;
    try {
      taken = await messenger.execute(system, indexMessages, {});
    } catch (error) {
      log.warn({ err: error }, 'the search index could not be brought up to date');
    }
    if (!closed) schedule(taken > 0 ? pause : interval);
  }

  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await step;
    },
  };
}
