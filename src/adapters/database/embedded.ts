// The database that is simply there: PGlite in a thread of its own, spoken to as a server would be.

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Engine, startEngine } from './engine.ts';
import { lockFolder } from './folder-lock.ts';
import type { Database, Log } from './index.ts';
import { createKysely, createPool, endPool, once } from './pool.ts';

/**
 * Opens the folder, or makes it (some seconds, once). Throws an Error that names the holder if another process has it.
 * What was acknowledged survives the death of the process at any moment, but not that of the machine.
 */
export async function openEmbedded(options: {
  folder: string;
  log: Log;
  onLost?: (reason: Error) => void;
}): Promise<Database> {
  const { folder, log } = options;
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });

  const lost = (reason: Error) => {
    log.warn(`${reason.message}.`);
    options.onLost?.(reason);
  };
  const taken = new AbortController();
  const lock = await lockFolder(folder, (reason) => taken.abort(reason));
  if (!existsSync(join(folder, 'PG_VERSION'))) log.info(`Making a new embedded database in ${folder}.`);
  const engine = await startEngine({ folder }, { died: lost, warned: (warning) => log.warn(warning) }).catch(
    async (error: Error) => {
      await lock.release();
      throw new Error(`The embedded database in ${folder} does not open: ${error.message}.`, { cause: error });
    },
  );

  taken.signal.addEventListener('abort', () => {
    const reason = taken.signal.reason as Error;
    void engine.kill(reason);
    lost(reason);
  });

  const { db, pool } = connectTo(engine, log);
  const close = once(async () => {
    await endPool(db, pool, log);
    try {
      await engine.close();
    } finally {
      await lock.release();
    }
  });
  return { kind: 'embedded', db, pool, lanes: 1, close };
}

/** The one connection that an engine has. */
export function connectTo(engine: Engine, log: Log): Pick<Database, 'db' | 'pool'> {
  const pool = createPool(
    {
      max: 1,
      idleTimeoutMillis: 0,
      stream: () => engine.openStream(),
      host: 'embedded',
      user: 'postgres',
      database: 'postgres',
      // Not left out, or pg takes it from the environment.
      ssl: false,
    },
    log,
  );
  return { db: createKysely(pool), pool };
}
