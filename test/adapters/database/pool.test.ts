// A connection that the server ends is lent to nobody any more.

import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../src/adapters/database/index.ts';
import { type DatabasePlace, databaseKinds, makeTestDatabase } from '../../support/database.ts';

describe.runIf(databaseKinds.includes('postgresql'))('a pool whose connections are ended by the server', () => {
  let place: DatabasePlace;
  let database: Database;
  let operator: pg.Client;
  beforeAll(async () => {
    place = await makeTestDatabase('postgresql');
    // One connection: whoever waits gets the one that is given back.
    database = await openDatabase({
      url: place.url,
      dataDir: '/nowhere',
      log: { info: () => {}, warn: () => {} },
      poolSize: 1,
    });
    operator = new pg.Client({ connectionString: place.url });
    await operator.connect();
  });
  afterAll(async () => {
    await operator.end();
    await database.close();
    await place.remove();
  });

  /** Resolves when somebody on this database executes a statement that holds the text. */
  async function isRunning(text: string): Promise<void> {
    const look = async () => {
      const { rows } = await operator.query<{ pid: number }>(
        `select pid from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()
          and datname = current_database() and query like '%' || $1 || '%'`,
        [text],
      );
      return rows[0]?.pid;
    };
    await expect.poll(look, { timeout: 5_000 }).toBeTypeOf('number');
  }

  it.each([1, 2, 3])('fails its own query and nobody else’s, time %i', async (time) => {
    const mark = `pg_sleep(60), ${time}`;
    const doomed = database.pool.query(`select ${mark}`).catch((error: unknown) => error);
    const waiting = Array.from({ length: 4 }, (_, n) => database.pool.query(`select ${n} as n`));
    await isRunning(mark);
    await operator.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`,
    );
    expect(await doomed).toMatchObject({ code: '57P01' });
    const answers = await Promise.all(waiting);
    expect(answers.map(({ rows }) => rows[0])).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('rolls a transaction back and goes on', async () => {
    const { db } = database;
    await database.pool.query('create table if not exists doomed (n integer)');
    const transaction = db.transaction().execute(async (tx) => {
      await sql`insert into doomed values (1)`.execute(tx);
      await sql`select pg_sleep(60), 'in a transaction'`.execute(tx);
    });
    const failed = transaction.catch((error: unknown) => error);
    const waiting = database.pool.query('select count(*) as count from doomed');
    await isRunning('in a transaction');
    await operator.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`,
    );
    expect(await failed).toBeInstanceOf(Error);
    expect((await waiting).rows).toEqual([{ count: 0 }]);
  });
});
