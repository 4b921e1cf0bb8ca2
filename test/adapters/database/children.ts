// Starts and ends the processes of child.ts.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const CHILD = new URL('./child.ts', import.meta.url).pathname;

export interface Child {
  process: ChildProcess;
  /** Everything it has said so far. */
  lines: string[];
  /** The next line that matches. Throws if it ends without one. */
  line(pattern: RegExp): Promise<string>;
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>;
}

export const childArguments = (...args: string[]): string[] => ['--import', 'tsx', CHILD, ...args];

export function startChild(...args: string[]): Child {
  return follow(spawn(process.execPath, childArguments(...args), { stdio: ['ignore', 'pipe', 'inherit'] }));
}

export function follow(child: ChildProcess): Child {
  const lines: string[] = [];
  const exited = once(child, 'exit');
  const reader = createInterface({ input: child.stdout ?? process.stdin });
  reader.on('line', (line) => lines.push(line));
  const closed = once(reader, 'close');
  return {
    process: child,
    lines,
    async line(pattern) {
      for (;;) {
        const found = lines.find((line) => pattern.test(line));
        if (found !== undefined) return found;
        const next = await Promise.race([once(reader, 'line'), closed.then(() => 'closed' as const)]);
        if (next === 'closed' && !lines.some((line) => pattern.test(line))) {
          throw new Error(`The child ended after: ${lines.slice(-3).join(' | ')}`);
        }
      }
    },
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await Promise.all([exited, closed]);
    },
  };
}
