// What the core stands on, in its own words. A port exists where there are two implementations; the embedded one is the
// default and the test double. Implementations are in `src/adapters/<port>/`.

import type { Kysely } from 'kysely';
import type { Event } from './events.ts';
import type { AccountId } from './ids.ts';
import type { Schema } from './schema.ts';

/**
 * What processes share and may forget: events in flight, presence, counters. Losing it loses live delivery for that
 * time, never data. Adapters: memory (one process), Redis.
 */
export interface Cluster {
  /** Hands events to the listener of every process, this one included, batches kept together. Never throws. */
  publish(events: readonly Event[]): void;
  /** The one listener of this process. */
  listen(listener: (events: readonly Event[]) => void): void;
  /** A connection opened. True if it is the account's first anywhere. */
  arrive(account: AccountId, connectionId: string): Promise<boolean>;
  /** A connection closed. True if it was the account's last anywhere. */
  depart(account: AccountId, connectionId: string): Promise<boolean>;
  /** Which of these accounts have an open connection. */
  online(accounts: readonly AccountId[]): Promise<ReadonlySet<AccountId>>;
  /** How many accounts have an open connection. */
  connected(): Promise<number>;
  close(): Promise<void>;
}

/** Work promised by a command and done after its commit, at least once. Ids only: no secrets, no message text. */
export interface Job {
  name: 'send-code';
  data: Record<string, string | number | boolean | null>;
}

/** The queue. `enqueue` writes in the caller's transaction; `wake` hints after the commit that there is something. */
export interface Jobs {
  enqueue(tx: Kysely<Schema>, job: Job): Promise<void>;
  wake(job: Job['name']): void;
}

/** Sends one text message. Resolves to the vendor's id for it. Adapters: console, Twilio. */
export interface Sms {
  send(to: string, text: string, about: { phone: string; code: string }): Promise<string>;
}

export interface Ports {
  readonly cluster: Cluster;
  readonly jobs: Jobs;
  readonly sms: Sms;
}
