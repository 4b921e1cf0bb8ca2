// Trying again, a little later each time.

import { setTimeout as sleep } from 'node:timers/promises';

export interface Backoff {
  /** Milliseconds before the second attempt; doubled each time, up to `most`. */
  first: number;
  most: number;
  /** Attempts, where the number is bounded. */
  attempts: number;
}

/** Resolves to what `work` does, or to null once `again` says no to another attempt. Never rejects. */
export async function retrying<R>(
  work: () => Promise<R>,
  backoff: Backoff,
  again: (error: unknown, attempt: number) => boolean,
): Promise<R | null> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!again(error, attempt)) return null;
    }
    await sleep(Math.min(backoff.most, backoff.first * 2 ** (attempt - 1)), undefined, { ref: false });
  }
}
