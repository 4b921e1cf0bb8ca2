// A database that was used before is as a new one to the next test file.

import { expect, it } from 'vitest';
import { openTestDatabase } from './database.ts';
import { shapeOf } from './kept-engines.ts';

/** Everything in it, with the numbers that come next. */
async function look() {
  const database = await openTestDatabase('embedded');
  const { pool } = database;
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  );
  const contents: unknown[] = [];
  for (const { name } of tables) contents.push(name, (await pool.query(`select * from ${name}`)).rows);
  const { rows: numbers } = await pool.query(
    'select schemaname, sequencename, last_value from pg_sequences order by 1, 2',
  );
  const { rows: settings } = await pool.query(`select name, setting from pg_settings where source = 'session'`);
  return { database, contents, numbers, settings };
}

const someone = `insert into accounts (username, created_in, social_links) values ('left behind', 'urge', '{}') returning id`;

it('has the rows and the numbers of a new one, and nothing of a session', { timeout: 60_000 }, async () => {
  const { database: first, ...fresh } = await look();
  await first.pool.query(someone);
  await first.pool.query(`delete from followers`);
  await first.pool.query(`set lock_timeout = '7s'; create temporary table passing (x int); begin`);
  await first.close();
  const { database: second, ...found } = await look();
  expect(found).toEqual(fresh);
  expect((await second.pool.query(`select to_regclass('passing') as it`)).rows).toEqual([{ it: null }]);
  const { rows } = await second.pool.query<{ id: number }>(someone);
  expect(rows[0]!.id).toBe(1);
  await second.close();
});

it('is another one after its tables were changed', { timeout: 60_000 }, async () => {
  const { database: first, ...fresh } = await look();
  await first.pool.query('drop schema pgboss cascade; create table mine (x int)');
  await first.close();
  const { database: second, ...found } = await look();
  expect(found).toEqual(fresh);
  await second.close();
});

it.each([
  'create table mine (x int)',
  'alter table accounts add column mine int',
  'alter table accounts alter column username drop not null',
  'create index mine on accounts (bio)',
  'alter table blocks drop constraint blocks_pkey',
  `create function mine() returns int language sql as 'select 1'`,
  'create trigger mine before update on accounts for each row execute function suppress_redundant_updates_trigger()',
  `alter database postgres set work_mem = '1MB'`,
  'drop schema pgboss cascade',
])('shows another shape after %s', async (statement) => {
  const database = await openTestDatabase('embedded');
  const client = await database.pool.connect();
  const before = await shapeOf(client);
  await client.query('begin');
  await client.query(statement);
  expect(await shapeOf(client)).not.toBe(before);
  await client.query('rollback');
  expect(await shapeOf(client)).toBe(before);
  client.release();
  await database.close();
});

it('is one for each who has it at the same time', { timeout: 60_000 }, async () => {
  const [one, other] = await Promise.all([openTestDatabase('embedded'), openTestDatabase('embedded')]);
  await one.pool.query(someone);
  expect((await other.pool.query('select count(*) from accounts')).rows).toEqual([{ count: 0 }]);
  await Promise.all([one.close(), other.close()]);
});
