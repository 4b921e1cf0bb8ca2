// Migrations run once, together or not at all, and say what they do.

import { type Migration, sql } from 'kysely';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../src/adapters/database/index.ts';
import { migrate } from '../../../src/adapters/database/migrate.ts';
import { migrations } from '../../../src/core/migrations/index.ts';
import { databaseKinds, openTestDatabase } from '../../support/database.ts';

const runs = (text: string): Migration => ({
  up: async (db) => {
    await sql.raw(text).execute(db);
  },
});
const makes = (table: string) => runs(`create table ${table} (x int)`);

describe.each(databaseKinds)('migrate on %s', (kind) => {
  let database: Database;
  let said: string[];
  const log = { info: (message: string) => said.push(message) };
  const tables = async (...names: string[]) =>
    (await database.pool.query('select count(to_regclass(name)) from unnest($1::text[]) name', [names])).rows[0];

  beforeEach(async () => {
    said = [];
    database = await openTestDatabase(kind);
  }, 60_000);
  afterEach(() => database.close());

  it('does and says nothing when there is nothing to do', async () => {
    await migrate(database.db, log);
    expect(said).toEqual([]);
  });

  it('runs what is new, in order, and names it', async () => {
    await migrate(database.db, log, { ...migrations, '9002-b': makes('b'), '9001-a': makes('a') });
    expect(said).toEqual(['Migrated the database: 9001-a, 9002-b.']);
    expect(await tables('a', 'b')).toEqual({ count: 2 });
  });

  it('names the one that failed, and undoes the others', async () => {
    const broken = runs('select 1 / 0');
    const run = migrate(database.db, log, { ...migrations, '9001-a': makes('a'), '9002-broken': broken });
    await expect(run).rejects.toThrow('Migration 9002-broken failed: division by zero');
    expect(await tables('a')).toEqual({ count: 0 });
    await migrate(database.db, log, { ...migrations, '9001-a': makes('a') });
    expect(await tables('a')).toEqual({ count: 1 });
  });

  it('refuses a database from a newer build', async () => {
    await migrate(database.db, log, { ...migrations, '9001-a': makes('a') });
    await expect(migrate(database.db, log)).rejects.toThrow('does not know (9001-a)');
  });

  it('says that a long one is still running', async () => {
    await migrate(database.db, log, { ...migrations, '9001-slow': { up: () => sleep(1_200) } });
    expect(said).toEqual(['Migration 9001-slow is running (1 s).', 'Migrated the database: 9001-slow.']);
  });

  it('runs once when several start together', async () => {
    const known = { ...migrations, '9001-a': makes('a') };
    await Promise.all([1, 2, 3].map(() => migrate(database.db, log, known)));
    expect(said).toEqual(['Migrated the database: 9001-a.']);
  });
});
