// The single place where a command meets a transaction, and its events the world.

import type { Actor, BatchedCommand, Command, PreparedCommand, Query } from './context.ts';

/** Makes a write repeatable without doubling (`Idempotency-Key`). */
export interface Repeatable {
  key: string;
  /** Method and path pattern: the same key on another route is refused. */
  route: string;
  /** The request's body as sent; a different body under the same key is refused. */
  body: unknown;
}

/** All that dialects, jobs and the command line see of the core. */
export interface Messenger {
  /**
   * Runs one command for one actor in one transaction; its events leave after the commit. Throws DomainError for a
   * refusal; anything else thrown is a fault. Serialization failures and deadlocks are retried.
   */
  execute<A extends Actor, I, R>(
    actor: A,
    command: Command<A, I, R> | PreparedCommand<A, I, never, R> | BatchedCommand<A, I, R>,
    input: I,
    repeatable?: Repeatable,
  ): Promise<R>;
  /** Runs one query. Throws DomainError for a refusal. */
  ask<A extends Actor, I, R>(actor: A, query: Query<A, I, R>, input: I): Promise<R>;
}
