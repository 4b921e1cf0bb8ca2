// Ends what has had its time: calls nobody took or is in, shares that ran out, positions and requests' keys older than they
// may be kept.

import { endUnanswered } from '../core/calls/calls.ts';
import { endDeserted } from '../core/calls/deserted.ts';
import type { Messenger } from '../core/execute.ts';
import { forgetKeys } from '../core/idempotency.ts';
import { forgetOldPositions } from '../core/location/positions.ts';
import { stopExpiredShares } from '../core/location/shares.ts';
import { stepping, type FollowerOptions } from './follower.ts';

const system = { kind: 'system' } as const;

export interface SweeperOptions extends Pick<FollowerOptions, 'log'> {
  messenger: Messenger;
  /** Days that positions are kept. */
  keepDays: number;
  /** Seconds in which whoever was in a call when a process died may come back. */
  returnSeconds?: number;
  /** Milliseconds until it looks again for what has just run out. */
  interval?: number;
}

/** Starts sweeping. Every process may: no two take the same row. `close` waits for the steps under way. */
export function startSweeper({ messenger, log, keepDays, returnSeconds = 60, interval = 3_000 }: SweeperOptions): {
  close(): Promise<void>;
} {
  const sweepers = [
    stepping({ log, interval }, 'unanswered calls could not be ended', () =>
      some(messenger.execute(system, endUnanswered, { limit: 50 })),
    ),
    stepping({ log, interval }, 'calls that nobody is in could not be ended', () =>
      some(messenger.execute(system, endDeserted, { graceSeconds: returnSeconds, limit: 50 })),
    ),
    stepping({ log, interval }, 'shares that ran out could not be stopped', () =>
      some(messenger.execute(system, stopExpiredShares, { limit: 100 })),
    ),
    stepping({ log, interval: Math.max(interval, 600_000) }, 'old positions could not be forgotten', () =>
      some(messenger.execute(system, forgetOldPositions, { keepDays, limit: 500 })),
    ),
    stepping({ log, interval: Math.max(interval, 600_000) }, 'old keys of requests could not be forgotten', () =>
      some(messenger.execute(system, forgetKeys, { limit: 500 })),
    ),
  ];
  return {
    async close() {
      await Promise.all(sweepers.map((sweeper) => sweeper.close()));
    },
  };
}

async function some(work: Promise<number>): Promise<boolean> {
  return (await work) > 0;
}
