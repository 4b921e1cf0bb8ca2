// Brings a database to the shape this build expects.

import { type Kysely, type Migration, Migrator, sql } from 'kysely';
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
  const executed = await executedIn(db, known);
  // The usual start: nothing to do, and no reason to wait for a lock or to look through the catalogue.
  if (Object.keys(known).every((name) => executed.includes(name))) return;

  const migrator = new Migrator({ db, provider: { getMigrations: async () => withProgress(known, log) } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error) {
    // A newer build may have migrated it while we waited for the lock.
    await executedIn(db, known);
    const failed = results.find((result) => result.status === 'Error')?.migrationName;
    const reason = error instanceof Error ? error.message : 'no reason given';
    throw new Error(failed ? `Migration ${failed} failed: ${reason}` : `The migrations did not run: ${reason}`, {
      cause: error,
    });
  }
  const done = results.filter((result) => result.status === 'Success').map((result) => result.migrationName);
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

function withProgress(known: Record<string, Migration>, log: Pick<Log, 'info'>): Record<string, Migration> {
  return Object.fromEntries(
    Object.entries(known).map(([name, migration]) => {
      const up: Migration['up'] = async (db) => {
        const started = Date.now();
        const seconds = () => Math.round((Date.now() - started) / 1_000);
        const timer = setInterval(() => log.info(`Migration ${name} is running (${seconds()} s).`), PROGRESS_EVERY);
        await migration.up(db).finally(() => clearInterval(timer));
      };
      return [name, { up }];
    }),
  );
}
