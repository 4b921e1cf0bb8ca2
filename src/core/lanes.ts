// Group commit: everything that arrives while a statement is in flight goes out together in the next one.

import type { Kysely } from 'kysely';
import type { Actor, BatchedCommand, BatchItem } from './context.ts';
import { isTransient, wasRolledBack } from './retry.ts';
import type { Schema } from './schema.ts';

const largestBatch = 500;

interface Waiting {
  command: BatchedCommand<Actor, unknown, unknown>;
  item: BatchItem<Actor, unknown>;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** Told about each statement: how many it carried and how long it took, in milliseconds. */
export type BatchObserver = (command: string, size: number, milliseconds: number) => void;

/**
 * A fixed number of lanes. Items of one conversation always take the same lane, and a lane has one statement in flight,
 * so two statements of this process never wait for each other's rows. No timer: an idle lane writes at once.
 */
export class Lanes {
  readonly #db: Kysely<Schema>;
  readonly #lanes: { waiting: Waiting[]; busy: boolean }[];
  readonly #observe: BatchObserver;
  readonly #settled: (events: readonly BatchItem<Actor, unknown>[]) => void;

  /** `settled` is called once per statement, after its commit, before its callers are answered. */
  constructor(
    db: Kysely<Schema>,
    count: number,
    settled: (items: readonly BatchItem<Actor, unknown>[]) => void,
    observe: BatchObserver,
  ) {
    this.#db = db;
    this.#lanes = Array.from({ length: count }, () => ({ waiting: [], busy: false }));
    this.#settled = settled;
    this.#observe = observe;
  }

  /** Queues one call; resolves after the commit of the statement that carried it. */
  run<A extends Actor, I, R>(command: BatchedCommand<A, I, R>, item: BatchItem<A, I>): Promise<R> {
    const lane = this.#lanes[command.lane(item.input) % this.#lanes.length]!;
    return new Promise<R>((resolve, reject) => {
      // A lane holds calls of many commands: their types part here and meet again in resolve.
      lane.waiting.push({ command, item, resolve, reject } as unknown as Waiting);
      if (!lane.busy) {
        lane.busy = true;
        // One turn of the loop, so that what arrived in the same read of the sockets goes together.
        setImmediate(() => void this.#drain(lane));
      }
    });
  }

  async #drain(lane: { waiting: Waiting[]; busy: boolean }): Promise<void> {
    while (lane.waiting.length > 0) await this.#write(takeBatch(lane));
    lane.busy = false;
  }

  async #write(batch: Waiting[]): Promise<void> {
    const command = batch[0]!.command;
    const items = batch.map((waiting) => waiting.item);
    const started = performance.now();
    try {
      const results = await this.#runWithRetry(command, items);
      this.#observe(command.name, items.length, performance.now() - started);
      this.#settled(items);
      for (const [index, waiting] of batch.entries()) {
        const result = results[index];
        if (result instanceof Error) waiting.reject(result);
        else waiting.resolve(result);
      }
    } catch (error) {
      // One bad row must not fail its neighbours; but a lost connection may have committed, and twice is worse than an error.
      if (batch.length > 1 && wasRolledBack(error)) for (const waiting of batch) await this.#write([waiting]);
      else for (const waiting of batch) waiting.reject(error);
    }
  }

  async #runWithRetry(
    command: BatchedCommand<Actor, unknown, unknown>,
    items: readonly BatchItem<Actor, unknown>[],
  ): Promise<(unknown | Error)[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await command.run(this.#db, items);
      } catch (error) {
        if (attempt >= 5 || !isTransient(error)) throw error;
      }
    }
  }
}

/** The longest run of one command from the front of the queue, at most `largestBatch`. */
function takeBatch(lane: { waiting: Waiting[] }): Waiting[] {
  const command = lane.waiting[0]!.command;
  const batch: Waiting[] = [];
  const rest: Waiting[] = [];
  for (const waiting of lane.waiting) {
    if (waiting.command === command && batch.length < largestBatch) batch.push(waiting);
    else rest.push(waiting);
  }
  lane.waiting = rest;
  return batch;
}
