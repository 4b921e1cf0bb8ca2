// The work of PostgreSQL's checkpointer and autovacuum, which a single back end does not have: without it the
// write-ahead log grows until the disk is full, and tables keep every dead row.

import type { PGlite } from '@electric-sql/pglite';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const MEGABYTE = 1024 * 1024;

/** As autovacuum decides it, for the tables of this database; the most changed first. */
const TABLE_TO_CLEAN = `
  select format('%I.%I', schemaname, relname) as name
  from pg_stat_user_tables
  where n_dead_tup > 50 + 0.2 * n_live_tup
    or n_mod_since_analyze > 50 + 0.1 * n_live_tup
    or n_ins_since_vacuum > 1000 + 0.2 * n_live_tup
  order by n_dead_tup + n_mod_since_analyze desc
  limit 1`;

/** Told of every request, asked every few seconds; waits for a quiet moment, but not for ever. */
export class Upkeep {
  readonly #pglite: PGlite;
  #lastRequest = 0;
  #bytesSince = 0;
  #lastCheckpoint = Date.now();
  #lastCleaning = Date.now();

  constructor(pglite: PGlite) {
    this.#pglite = pglite;
  }

  /** A request of this many bytes was answered. */
  note(bytes: number): void {
    this.#bytesSince += bytes;
    this.#lastRequest = Date.now();
  }

  /** Does what is due. Throws what the database says if it cannot; the next tick tries again. */
  async tick(now = Date.now()): Promise<void> {
    if (this.#bytesSince === 0 || this.#pglite.isInTransaction()) return;
    const quiet = now - this.#lastRequest > SECOND;
    if (now - this.#lastCleaning > (quiet ? MINUTE : 15 * MINUTE)) {
      this.#lastCleaning = now;
      const found = await this.#pglite.query<{ name: string }>(TABLE_TO_CLEAN);
      const table = found.rows[0]?.name;
      if (table) await this.#pglite.exec(`vacuum (analyze) ${table}`);
    }
    if (this.#bytesSince > 32 * MEGABYTE || now - this.#lastCheckpoint > (quiet ? MINUTE : 5 * MINUTE)) {
      this.#lastCheckpoint = now;
      await this.#pglite.exec('checkpoint');
      this.#bytesSince = 0;
    }
  }
}
