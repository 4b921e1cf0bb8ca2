// Keeps the log from growing without end.

import type { Messenger } from '../core/execute.ts';
import { trimLog } from '../core/log-trimming.ts';
import { stepping, type FollowerOptions } from './follower.ts';

const system = { kind: 'system' } as const;
const stepSize = 1_000;

export interface TrimmerOptions extends Pick<FollowerOptions, 'log'> {
  messenger: Messenger;
  /** Days that a change can be caught up with, and how many changes at most. */
  keepDays: number;
  keepRows: number;
  /** Milliseconds until it looks again. */
  interval?: number;
}

/** Starts trimming. Every process may: one takes a step at a time. `close` waits for the step under way. */
export function startTrimmer({ messenger, log, keepDays, keepRows, interval = 60_000 }: TrimmerOptions): {
  close(): Promise<void>;
} {
  return stepping({ log, interval }, 'the log could not be trimmed', async () => {
    const input = { days: keepDays, rows: keepRows, limit: stepSize };
    return (await messenger.execute(system, trimLog, input)) > 0;
  });
}
