// The workers of one machine: processes that share a port. The primary, which is none of them, starts and replaces them.

import cluster, { type Worker } from 'node:cluster';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { gatherMetrics } from './adapters/metrics/workers.ts';
import type { Crew } from './realtime/crew.ts';

/** Milliseconds before a worker that died is replaced: doubled each time, until one has lived for a minute. */
const firstWait = 500;
const longestWait = 30_000;
const longLife = 60_000;
/** How long a worker may take to stop: a little more than it gives itself. */
const patience = 20_000;

export interface WorkersOptions {
  /** The file that a worker runs. */
  program: string;
  count: number;
  /** Whether one of them, the first, does jobs beside serving people; the others only serve. */
  works: boolean;
  log: Logger;
}

export interface Workers {
  /** Where all of them listen. */
  addresses: string[];
  /** Puts a new worker in each one's place, one after the other: the old one goes when the new one listens. */
  renew(): Promise<void>;
  /** Stops all. False if one of them did not stop in good order. */
  close(): Promise<boolean>;
}

/** What a worker is told by its arguments, and says when it listens. */
interface Listening {
  listening: string[];
}

/**
 * Starts the workers: one, which brings the database up to date and shows whether a start can succeed, then the others.
 * Throws an Error if one of them ends before it listens; it has said why.
 */
export async function startWorkers({ program, count, works, log }: WorkersOptions): Promise<Workers> {
  // Only this user may enter.
  const folder = await mkdtemp(join(tmpdir(), 'parlance-'));
  const places = new Map<number, Worker>();
  const failures = new Map<number, number>();
  let renewing: Promise<void> | null = null;
  let closing = false;
  gatherMetrics();

  function fork(place: number): { worker: Worker; ready: Promise<string[]> } {
    const half = works && place === 1 ? [] : ['--only=web'];
    cluster.setupPrimary({ exec: program, args: [...half, `--crew=${folder}`, `--place=${place}`] });
    const worker = cluster.fork();
    const ready = new Promise<string[]>((resolve, reject) => {
      worker.on('message', (said: unknown) => {
        if (isListening(said)) resolve(said.listening);
      });
      worker.once('exit', () => reject(new Error(`worker ${place} ended before it listened`)));
    });
    // Whoever does not wait for it is told by `keep`.
    ready.catch(() => {});
    return { worker, ready };
  }

  /** From here on the place is this worker's, and if that dies another one's. */
  function keep(place: number, worker: Worker): void {
    const began = performance.now();
    places.set(place, worker);
    worker.once('exit', (code, signal) => {
      const isOurs = () => places.get(place) === worker && !closing;
      if (!isOurs()) return;
      const failed = performance.now() - began > longLife ? 0 : (failures.get(place) ?? 0);
      failures.set(place, failed + 1);
      const wait = Math.min(longestWait, firstWait * 2 ** failed);
      log.error({ worker: place, code, signal }, `a worker ended; another takes its place in ${wait} ms`);
      setTimeout(() => {
        if (isOurs()) keep(place, fork(place).worker);
      }, wait);
    });
  }

  async function renewAll(): Promise<void> {
    log.info('renewing the workers');
    for (const place of [...places.keys()].toSorted((a, b) => a - b)) {
      const { worker, ready } = fork(place);
      try {
        await ready;
      } catch (error) {
        log.error({ err: error }, 'a new worker did not start; those that are left stay as they are');
        return;
      }
      if (closing) return void (await stop(worker));
      const old = places.get(place);
      keep(place, worker);
      if (old) await stop(old);
    }
    log.info('all workers are new');
  }

  async function close(): Promise<boolean> {
    closing = true;
    const all = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    const stopped = await Promise.all(all.map(stop));
    await renewing;
    await rm(folder, { recursive: true, force: true });
    return stopped.every(Boolean);
  }

  try {
    const first = fork(1);
    const addresses = await first.ready;
    keep(1, first.worker);
    const others = Array.from({ length: count - 1 }, (_, index) => ({ place: index + 2, ...fork(index + 2) }));
    await Promise.all(others.map(({ ready }) => ready));
    for (const { place, worker } of others) keep(place, worker);
    return {
      addresses,
      renew: () => (renewing ??= renewAll().finally(() => (renewing = null))),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** In a worker: who it is among the others. */
export function crewIn(folder: string): Crew {
  return { number: cluster.worker?.id ?? 0, addressOf: (number) => join(folder, `${number}.sock`) };
}

/** In a worker: it listens. */
export function tellPrimary(addresses: readonly string[]): void {
  process.send?.({ listening: [...addresses] } satisfies Listening);
}

/** False if it had to be killed, or ended otherwise than well. */
async function stop(worker: Worker): Promise<boolean> {
  if (worker.isDead()) return true;
  const gone = new Promise<boolean>((resolve) => worker.once('exit', (code) => resolve(code === 0)));
  const timer = setTimeout(() => worker.process.kill('SIGKILL'), patience);
  worker.process.kill('SIGTERM');
  const well = await gone;
  clearTimeout(timer);
  return well;
}

function isListening(said: unknown): said is Listening {
  return typeof said === 'object' && said !== null && 'listening' in said;
}
