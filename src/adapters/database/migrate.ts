// Brings a database to the shape this build expects.

import { type Kysely, type Migration, sql } from 'kysely';
import { migrations } from '../../core/migrations/index.ts';
import type { Schema } from '../../core/schema.ts';
import type { Log } from './index.ts';

const PROGRESS_EVERY = 1_000;

/**
 * Runs what has not run yet, all in one transaction and under a lock, so that several processes may start at once.
 * Throws an Error with the migration's name if one fails (then nothing has changed), or if the database has been
 * migrated by a build that knows more.
 */
export async function migrate(
  db: Kysely<Schema>,
  log: Pick<Log, 'info'>,
  known: Record<string, Migration> = migrations,
): Promise<void> {
  const isMissingIn = (executed: readonly string[]) => (name: string) => !executed.includes(name);
  // The usual start: nothing to do, and no reason to wait for a lock.
  if (!Object.keys(known).some(isMissingIn(await executedIn(db, known)))) return;

  const done = await db.transaction().execute(async (tx) => {
    // The transaction's own. Kysely's Migrator takes a session's: behind a pooler that pools transactions another session
    // migrates, and a third is asked to let the lock go.
    await sql`select pg_advisory_xact_lock(hashtext('parlance_migrations'))`.execute(tx);
    await sql`create table if not exists kysely_migration (
      name varchar(255) primary key, timestamp varchar(255) not null)`.execute(tx);
    const missing = Object.keys(known)
      .toSorted()
      .filter(isMissingIn(await executedIn(tx, known)));
    for (const name of missing) {
      await run(name, known[name]!, tx, log);
      await sql`insert into kysely_migration values (${name}, ${new Date().toISOString()})`.execute(tx);
    }
    return missing;
  });
  if (done.length) log.info(`Migrated the database: ${done.join(', ')}.`);
}

/** The names of the migrations that have run here. Throws if there is one that this build does not know. */
async function executedIn(db: Kysely<Schema>, known: Record<string, Migration>): Promise<string[]> {
  const table = await sql<{ found: boolean }>`select to_regclass('kysely_migration') is not null as found`.execute(db);
  if (!table.rows[0]?.found) return [];
  const rows = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  const executed = rows.rows.map((row) => row.name);
  const unknown = executed.filter((name) => !(name in known));
  if (unknown.length) {
    throw new Error(
      `The database has migrations that this build does not know (${unknown.join(', ')}): ` +
        'it was used by a newer Parlance. Start that one, or restore an older copy of the database.',
    );
  }
  return executed;
}

async function run(name: string, migration: Migration, db: Kysely<Schema>, log: Pick<Log, 'info'>): Promise<void> {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1_000);
  const timer = setInterval(() => log.info(`Migration ${name} is running (${seconds()} s).`), PROGRESS_EVERY);
  try {
    await migration.up(db);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'no reason given';
    throw new Error(`Migration ${name} failed: ${reason}`, { cause: error });
  } finally {
    clearInterval(timer);
  }
}
