// The single place where a command meets a transaction, and its events the world.

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Kysely } from 'kysely';
import { TokenCheck, type TokenRules } from './accounts/tokens.ts';
import type {
  Actor,
  Asking,
  BatchedCommand,
  Command,
  Context,
  CoreSettings,
  Member,
  PreparedCommand,
  Query,
  Repeatable,
} from './context.ts';
import { DomainError } from './errors.ts';
import type { Event } from './events.ts';
import { answered, once, type Step } from './idempotency.ts';
import { Lanes } from './lanes.ts';
import type { Job, Ports } from './ports.ts';
import type { SessionId } from './ids.ts';
import { isTransient } from './retry.ts';
import type { Schema } from './schema.ts';

/** All that dialects, jobs and the command line see of the core. */
export interface Messenger {
  /**
   * Runs one command for one actor in one transaction; its events leave after the commit. Throws DomainError for a
   * refusal; anything else thrown is a fault. Serialization failures and deadlocks are retried.
   *
   * What a member does whose request is `repeatable` is done once: a retry gets the first result again. Such a command
   * must answer plain JSON without secrets.
   */
  execute<A extends Actor, I, R, P = never>(
    actor: A,
    command: Command<A, I, R> | PreparedCommand<A, I, P, R> | BatchedCommand<A, I, R>,
    input: I,
  ): Promise<R>;
  /** Runs one query. Throws DomainError for a refusal. */
  ask<A extends Actor, I, R>(actor: A, query: Query<A, I, R>, input: I): Promise<R>;
  /** Who holds this access token. Remembered until the session ends. Throws `unauthenticated`. */
  authenticate(token: string, rules?: TokenRules): Promise<Member>;
  /** Forgets the tokens of sessions that ended elsewhere. */
  forget(sessions: readonly SessionId[]): void;
}

/** What the messenger tells about itself; for logs and metrics. Nothing personal in it. */
export interface Observer {
  executed(command: string, milliseconds: number, outcome: 'done' | 'refused' | 'failed'): void;
  batch(command: string, size: number, milliseconds: number): void;
}

export interface MessengerOptions {
  db: Kysely<Schema>;
  /** Statements of batched commands in flight at once: 1 on the embedded database, 2 on PostgreSQL. */
  lanes: number;
  ports: Ports;
  settings: CoreSettings;
  observer?: Observer;
  /** The clock, in milliseconds. */
  now?: () => number;
}

/** A batched command for one, in a transaction that is there already. */
async function alone<A extends Actor, I, R>(command: BatchedCommand<A, I, R>, ctx: Context<A>, input: I): Promise<R> {
  const { actor, tx, now, emit } = ctx;
  const [result] = await command.run(tx, [{ actor, input, now, emit }]);
  if (result instanceof Error) throw result;
  return result as R;
}

const silent: Observer = { executed: () => {}, batch: () => {} };

/** Puts the core to work on a database and its ports. */
export function createMessenger(options: MessengerOptions): Messenger {
  const { db, ports, settings, observer = silent, now = Date.now } = options;
  const inside = new AsyncLocalStorage<string>();
  const tokens = new TokenCheck(db, settings, now);

  const publish = (events: readonly Event[]): void => {
    if (events.length === 0) return;
    tokens.heed(events);
    ports.cluster.publish(events);
  };

  const lanes = new Lanes({
    db,
    count: options.lanes,
    around: (command, statement) => inside.run(command, statement),
    settled: publish,
    observe: (command, size, milliseconds) => observer.batch(command, size, milliseconds),
  });

  /** On the embedded database's one connection it would wait for itself. */
  function refuseInside(call: string): void {
    const outer = inside.getStore();
    if (outer !== undefined) throw new Error(`${call} inside ${outer}: use the context you have.`);
  }

  async function runInTransaction<A extends Actor, I, R, P>(
    actor: A,
    command: Command<A, I, R> | PreparedCommand<A, I, P, R> | BatchedCommand<A, I, R>,
    input: I,
    step: Step | undefined,
  ): Promise<R> {
    const asking: Asking<A> = { actor, db, now: now(), settings, ports };
    let preparation = undefined as P;
    if ('prepare' in command) {
      const known = step && (await answered(db, step));
      if (known) return known.value as R;
      try {
        preparation = await inside.run(command.name, () => command.prepare(asking, input));
      } catch (error) {
        // Perhaps because the same request was done meanwhile.
        const done = step && (await answered(db, step));
        if (done) return done.value as R;
        throw error;
      }
    }
    for (let attempt = 1; ; attempt += 1) {
      const events: Event[] = [];
      const jobs: Job[] = [];
      try {
        // Not around what follows: who hears the events may execute commands of their own.
        const outcome = await inside.run(command.name, () =>
          db.transaction().execute(async (tx) => {
            const ctx: Context<A> = {
              actor,
              tx,
              now: now(),
              settings,
              emit: (event) => events.push(event),
              enqueue: async (job) => {
                await ports.jobs.enqueue(tx, job);
                jobs.push(job);
              },
            };
            const write = () => ('lane' in command ? alone(command, ctx, input) : command(ctx, input, preparation));
            try {
              return { result: step ? await once(tx, step, write) : await write() };
            } catch (error) {
              // What such a refusal has written (a failed attempt, say) must outlive it.
              if (error instanceof DomainError && error.details.keepsChanges) return { refusal: error };
              throw error;
            }
          }),
        );
        publish(events);
        for (const job of jobs) ports.jobs.wake(job.name);
        if ('refusal' in outcome) throw outcome.refusal;
        return outcome.result;
      } catch (error) {
        if (attempt >= 5 || !isTransient(error)) throw error;
      }
    }
  }

  /** How often each command was executed for a request that may be made again. */
  const steps = new WeakMap<Repeatable, Map<string, number>>();

  function stepOf(actor: Actor, command: { name: string; keepsKeys?: true }): Step | undefined {
    if (actor.kind !== 'member' || !actor.repeatable || command.keepsKeys) return undefined;
    const { accountId: account, repeatable } = actor;
    const taken = steps.get(repeatable) ?? new Map<string, number>();
    steps.set(repeatable, taken);
    const place = (taken.get(command.name) ?? 0) + 1;
    taken.set(command.name, place);
    return { account, repeatable, name: place === 1 ? command.name : `${command.name} ${place}` };
  }

  return {
    async execute<A extends Actor, I, R, P>(
      actor: A,
      command: Command<A, I, R> | PreparedCommand<A, I, P, R> | BatchedCommand<A, I, R>,
      input: I,
    ): Promise<R> {
      refuseInside(`execute(${command.name})`);
      const started = performance.now();
      const done = (outcome: 'done' | 'refused' | 'failed') =>
        observer.executed(command.name, performance.now() - started, outcome);
      try {
        const step = stepOf(actor, command);
        const result =
          'lane' in command && !step
            ? await lanes.run(command, { actor, input, now: now() })
            : await runInTransaction(actor, command, input, step);
        done('done');
        return result;
      } catch (error) {
        done(error instanceof DomainError ? 'refused' : 'failed');
        throw error;
      }
    },

    async ask(actor, query, input) {
      refuseInside(`ask(${query.name})`);
      return query({ actor, db, now: now(), settings, ports }, input);
    },

    authenticate: (token, rules) => tokens.check(token, rules),

    forget: (sessions) => tokens.forget(sessions),
  };
}
