// Ends what has had its time: calls nobody took, shares that ran out, positions older than they may be kept.

import { endUnanswered } from '../core/calls/calls.ts';
import type { Messenger } from '../core/execute.ts';
import { forgetOldPositions } from '../core/location/positions.ts';
import { stopExpiredShares } from '../core/location/shares.ts';
import { stepping, type FollowerOptions } from './follower.ts';

const system = { kind: 'system' } as const;

export interface SweeperOptions extends Pick<FollowerOptions, 'log'> {
  messenger: Messenger;
  /** Days that positions are kept. */
  keepDays: number;
  /** Milliseconds until it looks again for what has just run out. */
  interval?: number;
}

/** Starts sweeping. Every process may: no two take the same row. `close` waits for the steps under way. */
export function startSweeper({ messenger, log, keepDays, interval = 3_000 }: SweeperOptions): {
  close(): Promise<void>;
} {
  const sweepers = [
    stepping({ log, interval }, 'unanswered calls could not be ended', () =>
      some(messenger.execute(system, endUnanswered, { limit: 50 })),
    ),
    stepping({ log, interval }, 'shares that ran out could not be stopped', () =>
      some(messenger.execute(system, stopExpiredShares, { limit: 100 })),
    ),
    stepping({ log, interval: Math.max(interval, 600_000) }, 'old positions could not be forgotten', () =>
      some(messenger.execute(system, forgetOldPositions, { keepDays, limit: 500 })),
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
