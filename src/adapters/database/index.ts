// The database port: one Kysely over one pg.Pool, whether the server is embedded or elsewhere.

import type { Kysely } from 'kysely';
import type pg from 'pg';
import { resolve } from 'node:path';
import type { Schema } from '../../core/schema.ts';

/** Where the database's own news goes; sentences for the operator. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
}

export interface Database {
  readonly kind: 'embedded' | 'postgresql';
  readonly db: Kysely<Schema>;
  /** For what speaks pg rather than Kysely. Embedded: one connection, so never ask for it inside a transaction. */
  readonly pool: pg.Pool;
  /** How many batched statements may be in flight at once. */
  readonly lanes: 1 | 2;
  /** Waits for what runs (at most 10 s), then closes. The second call is the first one's promise. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `postgresql://…` (also with `+driver`, as SQLAlchemy writes it), `sqlite…` or nothing for the embedded one. */
  url: string | undefined;
  /** The embedded database lives in its folder `database`. */
  dataDir: string;
  log: Log;
  /** What a PostgreSQL server knows these connections by; `parlance` if not given. */
  name?: string;
  /** Connections to a PostgreSQL server; 10 if not given. The embedded database always has one. */
  poolSize?: number;
  /** The embedded database stopped by itself or lost its folder; nothing works from here on but `close`. */
  onLost?: (reason: Error) => void;
}

/**
 * Opens the database, ready for `migrate`. Throws an Error with a sentence for the operator if the URL is of no known
 * kind, the server cannot be reached or is older than PostgreSQL 15, or the embedded folder is in use or unreadable.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, log } = options;
  const folder = resolve(options.dataDir, 'database');
  const scheme = url ? (/^([a-z][a-z0-9.-]*)(\+[a-z0-9_]+)?:/i.exec(url)?.[1]?.toLowerCase() ?? '') : 'embedded';

  if (url && (scheme === 'postgresql' || scheme === 'postgres')) {
    const { openPostgresql } = await import('./postgresql.ts');
    const { name, poolSize = 10 } = options;
    return openPostgresql({ url: url.replace(/^[^:]+:/, 'postgresql:'), poolSize, log, ...(name && { name }) });
  }
  if (scheme === 'sqlite') {
    log.warn(`DATABASE_URL names SQLite, which is not supported: the embedded database in ${folder} is used instead.`);
  } else if (scheme !== 'embedded') {
    const found = scheme ? `starts with "${scheme}:"` : 'is not a URL';
    throw new Error(
      `DATABASE_URL ${found}. It must be postgresql://user:password@host:5432/name, or be left out for the embedded database.`,
    );
  }
  const { openEmbedded } = await import('./embedded.ts');
  return openEmbedded({ folder, log, ...(options.onLost && { onLost: options.onLost }) });
}
