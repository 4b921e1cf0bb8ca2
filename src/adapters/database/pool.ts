// What every pg.Pool of ours has in common, whichever server answers.

import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Schema } from '../../core/schema.ts';
import type { Log } from './index.ts';

const INT8 = 20;
const INT8_ARRAY = 1016;
const TEXT_ARRAY: number = 1009;

function int8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} does not fit a JavaScript number`);
  return value;
}

const parseTextArray = pg.types.getTypeParser(TEXT_ARRAY, 'text');

function int8Array(text: string): unknown {
  const numbers = (items: unknown): unknown =>
    Array.isArray(items) ? items.map(numbers) : typeof items === 'string' ? int8(items) : items;
  return numbers(parseTextArray(text));
}

/** pg's own parsers, but int8 is a number; beyond 2^53 the query fails rather than lose digits. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format !== 'binary') {
      if (oid === INT8) return int8;
      if (oid === INT8_ARRAY) return int8Array;
    }
    return pg.types.getTypeParser(oid, format);
  },
};

/** How a statement says that it is worth planning once a connection: its text begins with this. */
const preparedMark = '/* prepare */';

const statementNames = new Map<string, string>();

/** Gives marked statements a name, so that the server keeps their plans; Kysely has no word for it. */
class PreparingClient extends pg.Client {
  /** The number that this connection was told is its own; pg has it, and its types do not. */
  declare readonly processID: number | null;
  /** The server has said that it ends this connection; pg notices only when it has. */
  isDoomed = false;
  /** Something stands before the server that gives a connection's transactions to several of the server's own. */
  isPooled = false;

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.connection.on('errorMessage', (error: pg.DatabaseError) => (this.isDoomed ||= isFatal(error)));
  }

  override query(...args: unknown[]): never {
    const [text, values, ...rest] = args;
    const query =
      !this.isPooled && typeof text === 'string' && text.startsWith(preparedMark)
        ? [{ name: nameOf(text), text, values }, ...rest]
        : args;
    return (super.query as (...args: unknown[]) => never).apply(this, query);
  }
}

/**
 * Learns whether a pooler such as PgBouncer answers, to which each of its clients has a number that is not the server's. One
 * that pools transactions may send each to another of the server's connections, which knows nothing of plans made by name.
 */
export async function noticePooler(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  if (client instanceof PreparingClient) client.isPooled = rows[0]?.pid !== client.processID;
}

/** By the class of its code too: a server may name severities in its own language. */
function isFatal({ severity, code }: pg.DatabaseError): boolean {
  return severity === 'FATAL' || severity === 'PANIC' || code?.startsWith('57P') === true;
}

function nameOf(text: string): string {
  const known = statementNames.get(text) ?? `parlance_${statementNames.size + 1}`;
  statementNames.set(text, known);
  return known;
}

/** Makes a pool whose every misuse ends in a sentence in the log or an error at the caller, never in a hang. */
export function createPool(config: pg.PoolConfig, log: Log): pg.Pool {
  const pool = new pg.Pool({
    application_name: 'parlance',
    connectionTimeoutMillis: 30_000,
    ...config,
    Client: PreparingClient,
    types,
  });
  pool.on('error', (error) => log.warn(`A database connection was lost: ${error.message}`));
  // A client in somebody's hands has no other listener, and an unheard 'error' ends the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('release', (error, client) => {
    if (!error && client instanceof PreparingClient && client.isDoomed) {
      // One that is ending is not lent out again.
      client.end().catch(() => {});
      return;
    }
    const status = client.getTransactionStatus();
    if (error || status === null || status === 'I') return;
    // Its next user would write into this transaction and be told it was stored. The client's queue puts this first.
    log.warn('A database connection was given back inside a transaction; it is rolled back.');
    client.query('rollback').catch(() => {});
  });
  return pool;
}

/** Kysely over the pool. */
export function createKysely(pool: pg.Pool): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

/** Ends Kysely and the pool; after `patience` ms it no longer waits for clients nobody gives back. */
export async function endPool(db: Kysely<Schema>, pool: pg.Pool, log: Log, patience = 10_000): Promise<void> {
  const ended = async () => {
    await db.destroy();
    if (!pool.ending) await pool.end();
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((done) => (timer = setTimeout(done, patience, 'late')));
  const outcome = await Promise.race([ended(), late]);
  clearTimeout(timer);
  if (outcome === 'late') log.warn('A database connection was still in use at shutdown; it is not waited for.');
}

/** Runs `work` at the first call and hands its promise to all later ones. */
export function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}
