// The real server as a process of its own: to be killed, to be stopped, to be started again on the same data.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from '../../scripts/setup.mjs';
import type { DatabasePlace } from './database.ts';

const ROOT = new URL('../../', import.meta.url).pathname;

export interface ServerProcess {
  url: string;
  /** From its start until it listened. */
  milliseconds: number;
  /** CPU it had used by then: the same on a busy machine. Null where there is no /proc. */
  cpuMilliseconds: number | null;
  /** What it has written: its log, and lines for people. */
  lines: string[];
  /** Waits for the latest code sent to a phone. */
  codeFor(phone: string): Promise<string>;
  /** The processes that listen: itself, or with WORKERS all its workers so far, the first ones first. */
  listeners(): number[];
  signal(signal: NodeJS.Signals): void;
  /** Whether it ended, by itself or otherwise. */
  isOver(): boolean;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/**
 * Runs the server as `npm start -- …args` would, built first if the sources changed, on this database and a free port. Rejects with
 * what it said if it ends before it listens.
 */
export async function startServerProcess(
  place: Pick<DatabasePlace, 'url' | 'dataDir'>,
  settings: Record<string, string> = {},
  args: readonly string[] = [],
): Promise<ServerProcess> {
  await build();
  const started = performance.now();
  const child = spawn(process.execPath, ['dist/main.js', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      HOST: '127.0.0.1',
      ENVIRONMENT: 'test',
      RATE_LIMITS: 'off',
      BCRYPT_ROUNDS: '4',
      DATA_DIR: place.dataDir,
      ...(place.url !== undefined && { DATABASE_URL: place.url }),
      ...settings,
    },
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (text) => lines.push(text));
  createInterface({ input: child.stderr }).on('line', (text) => lines.push(text));
  const gone = once(child, 'close');

  /** Workers start one after the other. */
  const patience = 60 * Number(settings.WORKERS ?? 1);

  async function line(what: string, pattern: RegExp): Promise<string> {
    for (const end = Date.now() + patience * 1_000; Date.now() < end; await sleep(5)) {
      const found = lines.findLast((one) => pattern.test(one));
      if (found !== undefined) return found;
      if (isOver(child)) throw new Error(lines.slice(-5).join('\n'));
    }
    child.kill('SIGKILL');
    throw new Error(`no ${what} in ${patience} s:\n${lines.slice(-5).join('\n')}`);
  }

  const listening = await line('listening server', /^Parlance is (listening|doing jobs)/);
  return {
    url: /http:\/\/\S+/.exec(listening)![0],
    milliseconds: performance.now() - started,
    cpuMilliseconds: cpuOf(child.pid),
    lines,
    async codeFor(phone) {
      const sent = await line(`code for ${phone}`, new RegExp(`OTP ${phone.replace('+', '\\+')} .*\\d{6}\\s*$`));
      return /(\d{6})\s*$/.exec(sent)![1]!;
    },
    listeners: () =>
      lines
        .filter((text) => text.includes('"msg":"Server listening at '))
        .map((text) => (JSON.parse(text) as { pid: number }).pid),
    signal: (signal) => void child.kill(signal),
    isOver: () => isOver(child),
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
    async stop() {
      child.kill('SIGTERM');
      await gone;
      return child.exitCode;
    },
  };
}

/** User and system time of a process (proc(5), 14th and 15th field), in ticks of 10 ms. */
function cpuOf(pid: number | undefined): number | null {
  if (!existsSync(`/proc/${pid}/stat`)) return null;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function isOver(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
