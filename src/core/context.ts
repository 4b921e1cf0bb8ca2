// Who does something, and what the doing may touch.

import type { Kysely } from 'kysely';
import type { Event } from './events.ts';
import type { AccountId, Moment, SessionId } from './ids.ts';
import type { Job, Ports } from './ports.ts';
import type { Schema } from './schema.ts';

/** The product through whose API somebody speaks; `aud` of the tokens it issues. */
export type DialectName = 'urge' | 'ai-messaging' | 'nerutalk' | 'pythia';

/** What makes a request the same as one before (`Idempotency-Key`). */
export interface Repeatable {
  readonly key: string;
  /** Method and path pattern: the same key on another route is refused. */
  readonly route: string;
  /** The request's body as sent; a different body under the same key is refused. */
  readonly body: unknown;
}

/** Someone signed in, through one session and perhaps one open connection. */
export interface Member {
  readonly kind: 'member';
  readonly accountId: AccountId;
  readonly sessionId: SessionId;
  readonly dialect: DialectName;
  /** The socket it came through, so that its own event need not come back to it. */
  readonly connectionId?: string;
  /** The request that is being done, if its client may make it again: then what it executes is done once. */
  readonly repeatable?: Repeatable;
}

/** Someone not signed in. */
export interface Guest {
  readonly kind: 'guest';
  readonly dialect: DialectName;
  /** Network address, as far as TRUSTED_PROXIES lets us know it. */
  readonly address: string;
  readonly device: string | null;
}

/** The server itself: jobs, the log's follower, the command line. */
export interface System {
  readonly kind: 'system';
}

export type Actor = Member | Guest | System;

/** One actor doing one thing in one transaction. Nothing slow happens inside. */
export interface Context<A extends Actor = Actor> {
  readonly actor: A;
  /** The transaction. The only way to the database from a command. */
  readonly tx: Kysely<Schema>;
  readonly now: Moment;
  readonly settings: CoreSettings;
  /** Heard after the commit, never on rollback. */
  emit(event: Event): void;
  /** Done by a job after the commit if and only if it commits. */
  enqueue(job: Job): Promise<void>;
}

/** What a query gets: it reads with one statement and changes nothing. */
export interface Asking<A extends Actor = Actor> {
  readonly actor: A;
  readonly db: Kysely<Schema>;
  readonly now: Moment;
  readonly settings: CoreSettings;
  readonly ports: Ports;
}

/** What the operator decides about the core. */
export interface CoreSettings {
  /** The server's own secret: signs tokens and derives codes. */
  readonly secret: Uint8Array;
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  /** How long after its expiry an access token still opens a socket while its session lives. */
  readonly socketGraceSeconds: number;
  /** bcrypt's cost. */
  readonly passwordRounds: number;
  /** Whether codes and sign-in attempts are capped. */
  readonly limits: boolean;
  /** Codes that may be sent within a day, all together; absent: as many as `accounts/code-caps.ts` says. */
  readonly codesPerDay?: number;
  /** How far a geofence may reach, in metres; absent: 10,000. */
  readonly geofenceRadius?: number;
  /**
   * Whose accounts are superusers by their e-mail address, and whether such an account may be made by registering.
   * Absent: nobody's.
   */
  readonly admins?: { readonly emails: readonly string[]; readonly mayRegister: boolean };
  /** `sub` as the dialect writes it: for its clients only, the server goes by `sid`. */
  subject(dialect: DialectName, account: AccountId): string;
}

/** Everything a person can change: `(ctx, input) → result`. Call one from another with the same context. */
export type Command<A extends Actor, I, R> = (ctx: Context<A>, input: I) => Promise<R>;

/**
 * A command that needs something slow (bcrypt, a blob store, a vendor). `prepare` runs before the transaction; the
 * command gets what it made, and checks again whatever may have changed since.
 */
export interface PreparedCommand<A extends Actor, I, P, R> {
  (ctx: Context<A>, input: I, prepared: P): Promise<R>;
  prepare(asking: Asking<A>, input: I): Promise<P>;
}

/** Joins the two halves of a prepared command; `name` is what logs and metrics call it. */
export function prepared<A extends Actor, I, P, R>(
  name: string,
  prepare: (asking: Asking<A>, input: I) => Promise<P>,
  run: (ctx: Context<A>, input: I, prepared: P) => Promise<R>,
): PreparedCommand<A, I, P, R> {
  return Object.assign(Object.defineProperty(run, 'name', { value: name }), { prepare });
}

/** One member of a batch: who asks, for what, and where its events go. */
export interface BatchItem<A extends Actor, I> {
  readonly actor: A;
  readonly input: I;
  readonly now: Moment;
  emit(event: Event): void;
}

/**
 * A command written for many at once: one statement for all calls that arrived while the previous one was committing.
 * Each item is answered for itself: a refusal is returned, not thrown, and never fails its neighbours. `run` must be a
 * single statement, because that is its transaction.
 */
export interface BatchedCommand<A extends Actor, I, R> {
  readonly name: string;
  /** Items with the same lane number are never in two statements at once: the conversation's id. */
  lane(input: I): number;
  /** Its input names the key of a request made again, which is kept with what it stores. */
  readonly keepsKeys?: true;
  // Not a method: those take actors that are only perhaps of kind A.
  readonly run: (db: Kysely<Schema>, items: readonly BatchItem<A, I>[]) => Promise<(R | Error)[]>;
}

/** Everything a person can ask: one statement, the same gate, no transaction, no events. */
export type Query<A extends Actor, I, R> = (asking: Asking<A>, input: I) => Promise<R>;

/** Who caused an event, for dialects that do not tell the cause its own news. */
export function originOf(ctx: Context<Member>): { accountId: AccountId; connectionId?: string } {
  const { accountId, connectionId } = ctx.actor;
  return { accountId, ...(connectionId !== undefined && { connectionId }) };
}
