// A PostgreSQL server, through pg.

import type { Database, Log } from './index.ts';
import { createKysely, createPool, endPool, noticePooler, once } from './pool.ts';

const OLDEST = 15;

/** Connects and looks at the server's version. Throws an Error whose sentence names the server, never the password. */
export async function openPostgresql(options: {
  url: string;
  poolSize: number;
  log: Log;
  name?: string;
}): Promise<Database> {
  const { log } = options;
  const pool = createPool(
    {
      connectionString: withSslMode(options.url),
      max: options.poolSize,
      ...(options.name && { application_name: options.name }),
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      // As in the embedded database, so that dates come out the same. Not as startup options: poolers refuse those.
      verify: (client, done) => {
        client
          .query("set timezone = 'UTC'; set datestyle = 'ISO'")
          .then(() => noticePooler(client))
          .then(() => done(), done);
      },
    },
    log,
  );
  const db = createKysely(pool);
  try {
    const found = await pool.query<{ number: string; name: string }>(
      `select current_setting('server_version_num') as number, current_setting('server_version') as name`,
    );
    const server = found.rows[0];
    if (!server || Number(server.number) < OLDEST * 10_000) {
      throw new Error(`it is PostgreSQL ${server?.name ?? 'unknown'}, and Parlance needs ${OLDEST} or newer`);
    }
  } catch (error) {
    await pool.end();
    throw new Error(`The database at ${address(options.url)} cannot be used: ${reason(error)}.`, { cause: error });
  }
  return { kind: 'postgresql', db, pool, lanes: 2, close: once(() => endPool(db, pool, log)) };
}

/** asyncpg spells `sslmode` as `ssl`. */
function withSslMode(url: string): string {
  return url.replace(/([?&])ssl=(disable|allow|prefer|require|verify-ca|verify-full)\b/, '$1sslmode=$2');
}

function address(url: string): string {
  if (!URL.canParse(url)) return 'DATABASE_URL';
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

function reason(error: unknown): string {
  // Node reports several refused addresses as one AggregateError without a message.
  if (error instanceof AggregateError) return error.errors.map(reason).join('; ');
  return error instanceof Error ? error.message : String(error);
}
