// What is said between the thread that serves people and the thread in which the embedded database computes.

/** Given to the engine's thread when it starts. */
export interface EngineSettings {
  folder: string;
}

/**
 * PostgreSQL wire bytes of one session, always whole messages. A session begins with a startup message and ends with
 * Terminate. The engine answers each with exactly one message of its own, which may be empty.
 */
export interface WireBytes {
  session: number;
  bytes: Uint8Array<ArrayBuffer>;
}

export type ToEngine = WireBytes | 'close';

/** Something the operator should read; the engine goes on. */
export interface Warning {
  warning: string;
}

export type FromEngine = WireBytes | Warning | 'ready';
