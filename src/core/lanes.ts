// Group commit: everything that arrives while a statement is in flight goes out together in the next one.

import type { Kysely } from 'kysely';
import type { Actor, BatchedCommand, BatchItem } from './context.ts';
import type { Event } from './events.ts';
import { isTransient, isUniqueViolation, wasRolledBack } from './retry.ts';
import type { Schema } from './schema.ts';

const largestBatch = 500;

/** One call, before it is known in which statement it goes. */
export type Call<A extends Actor, I> = Omit<BatchItem<A, I>, 'emit'>;

interface Waiting {
  command: BatchedCommand<Actor, unknown, unknown>;
  call: Call<Actor, unknown>;
  /** What the command calls its lane: the conversation. */
  number: number;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

export interface LanesOptions {
  db: Kysely<Schema>;
  count: number;
  /** Runs the statement of the named command. */
  around<T>(command: string, statement: () => Promise<T>): Promise<T>;
  /** Gets the events of each statement, after its commit, before its callers are answered. */
  settled(events: readonly Event[]): void;
  /** Told about each statement: how many it carried and how long it took, in milliseconds. */
  observe(command: string, size: number, milliseconds: number): void;
}

/**
 * A fixed number of lanes. Items of one conversation always take the same lane, and a lane has one statement in flight,
 * so two statements of this process never wait for each other's rows. No timer: an idle lane writes at once.
 */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #lanes: { waiting: Waiting[]; busy: boolean }[];

  constructor(options: LanesOptions) {
    this.#options = options;
    this.#lanes = Array.from({ length: options.count }, () => ({ waiting: [], busy: false }));
  }

  /** Queues one call; resolves after the commit of the statement that carried it. */
  run<A extends Actor, I, R>(command: BatchedCommand<A, I, R>, call: Call<A, I>): Promise<R> {
    const number = command.lane(call.input);
    const lane = this.#lanes[number % this.#lanes.length]!;
    return new Promise<R>((resolve, reject) => {
      // A lane holds calls of many commands: their types part here and meet again in resolve.
      lane.waiting.push({ command, call, number, resolve, reject } as unknown as Waiting);
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
    const started = performance.now();
    try {
      const { results, events } = await this.#runWithRetry(command, batch);
      this.#options.observe(command.name, batch.length, performance.now() - started);
      this.#options.settled(events);
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
    batch: readonly Waiting[],
  ): Promise<{ results: unknown[]; events: Event[] }> {
    for (let attempt = 1; ; attempt += 1) {
      const events: Event[] = [];
      const items = batch.map(({ call }) => ({ ...call, emit: (event: Event) => void events.push(event) }));
      try {
        const results = await this.#options.around(command.name, () => command.run(this.#options.db, items));
        return { results, events: inChangeOrder(events) };
      } catch (error) {
        // A key that another process stored while we waited for its row is known at the next look.
        const mayPass = isTransient(error) || (batch.length === 1 && isUniqueViolation(error));
        if (attempt >= 5 || !mayPass) throw error;
      }
    }
  }
}

/**
 * All waiting calls of the front's command, at most `largestBatch`, but none that would overtake a call of another
 * command to the same conversation.
 */
function takeBatch(lane: { waiting: Waiting[] }): Waiting[] {
  const command = lane.waiting[0]!.command;
  const batch: Waiting[] = [];
  const rest: Waiting[] = [];
  const passedOver = new Set<number>();
  for (const waiting of lane.waiting) {
    if (waiting.command === command && batch.length < largestBatch && !passedOver.has(waiting.number)) {
      batch.push(waiting);
    } else {
      passedOver.add(waiting.number);
      rest.push(waiting);
    }
  }
  lane.waiting = rest;
  return batch;
}

function inChangeOrder(events: Event[]): Event[] {
  return events.sort((a, b) => (a.change?.no ?? 0) - (b.change?.no ?? 0));
}
