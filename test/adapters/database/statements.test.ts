// What every statement may rely on, whichever server answers.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../../src/adapters/database/index.ts';
import { databaseKinds, openTestDatabase } from '../../support/database.ts';

describe.each(databaseKinds)('statements on %s', (kind) => {
  let database: Database;

  beforeAll(async () => {
    database = await openTestDatabase(kind);
    await database.pool.query(
      `create table things (id bigint generated always as identity primary key, name text unique, tags text[])`,
    );
  }, 60_000);
  afterAll(() => database.close());

  const one = async (text: string, values: unknown[] = []) =>
    (await database.pool.query<Record<string, unknown>>(text, values)).rows[0];
  const failure = (text: string, values: unknown[] = []) =>
    database.pool.query(text, values).then(
      () => expect.fail(`${text} did not fail`),
      (error: { code: string }) => error.code,
    );

  it('is what it says it is', () => {
    expect(database.kind).toBe(kind);
    expect(database.lanes).toBe(kind === 'embedded' ? 1 : 2);
  });

  it('starts empty and migrated', async () => {
    const found = await database.db
      .selectFrom('messages')
      .select(sql<number>`count(*)`.as('count'))
      .executeTakeFirst();
    expect(found).toEqual({ count: 0 });
  });

  it('gives int8 as number, timestamptz as Date, jsonb as value, arrays as arrays', async () => {
    const row = await one(`select 9007199254740991::int8 as big, array[1, null, 3]::int8[] as bigs,
      '2026-01-02 03:04:05.678+00'::timestamptz as at, '{"a":[1,null]}'::jsonb as json,
      array['a', null, 'c,"d']::text[] as texts, null::text as nothing, true as yes, 1.5::float8 as half`);
    expect(row).toEqual({
      big: 9007199254740991,
      bigs: [1, null, 3],
      at: new Date('2026-01-02T03:04:05.678Z'),
      json: { a: [1, null] },
      texts: ['a', null, 'c,"d'],
      nothing: null,
      yes: true,
      half: 1.5,
    });
  });

  it('takes what it gives', async () => {
    const at = new Date('2026-01-02T03:04:05.678Z');
    const row = await one('select $1::int8 as big, $2::timestamptz as at, $3::jsonb as json, $4::text[] as texts', [
      5,
      at,
      JSON.stringify({ a: 1 }),
      ['x', 'é😀', null],
    ]);
    expect(row).toEqual({ big: 5, at, json: { a: 1 }, texts: ['x', 'é😀', null] });
  });

  it('fails rather than lose digits of an int8', async () => {
    await expect(one('select 9007199254740993::int8 as big')).rejects.toThrow('does not fit');
    expect(await one('select 1 as one')).toEqual({ one: 1 });
  });

  it('thinks in UTC', async () => {
    expect(await one(`select '2026-01-02'::timestamptz as at`)).toEqual({ at: new Date('2026-01-02T00:00:00Z') });
  });

  it('keeps named prepared statements for a connection', async () => {
    const client = await database.pool.connect();
    try {
      const double = (value: number) =>
        client.query({ name: 'double', text: 'select $1::int * 2 as twice', values: [value] });
      expect((await double(2)).rows).toEqual([{ twice: 4 }]);
      expect((await double(3)).rows).toEqual([{ twice: 6 }]);
      const kept = await client.query(`select name from pg_prepared_statements where name = 'double'`);
      expect(kept.rows).toEqual([{ name: 'double' }]);
    } finally {
      client.release();
    }
  });

  it('begins a connection without what an earlier one left', async () => {
    const left = await database.pool.connect();
    await left.query({ name: 'left', text: 'select 1' });
    await left.query('create temporary table scrap (x int)');
    left.release(true);
    const found = await one(`select (select count(*) from pg_prepared_statements) as statements,
      to_regclass('pg_temp.scrap') as scrap`);
    expect(found).toEqual({ statements: 0, scrap: null });
  });

  it('names errors as PostgreSQL does', async () => {
    await database.pool.query(`insert into things (name) values ('taken')`);
    expect(await failure(`insert into things (name) values ('taken')`)).toBe('23505');
    expect(await failure(`select 'x'::int`)).toBe('22P02');
    expect(await failure(`select * from nowhere`)).toBe('42P01');
    expect(await failure(`selec 1`)).toBe('42601');
    expect(await failure(`do $$ begin raise exception 'again' using errcode = '40001'; end $$`)).toBe('40001');
    expect(await failure(`select $1::int`, ['many'])).toBe('22P02');
  });

  it('refuses NUL and goes on', async () => {
    const client = await database.pool.connect();
    try {
      await expect(client.query('select $1::text', ['a\0b'])).rejects.toMatchObject({ code: '22021' });
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    } finally {
      client.release();
    }
  });

  it('rolls a failed transaction back and goes on', async () => {
    const failed = database.db.transaction().execute(async (tx) => {
      await sql`insert into things (name) values ('undone')`.execute(tx);
      await sql`select 1 / 0`.execute(tx);
    });
    await expect(failed).rejects.toMatchObject({ code: '22012' });
    expect(await one(`select count(*) from things where name = 'undone'`)).toEqual({ count: 0 });
  });

  it('refuses everything in a failed transaction until it is rolled back', async () => {
    const client = await database.pool.connect();
    try {
      await client.query('begin');
      await expect(client.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
      await expect(client.query('select $1::int', [1])).rejects.toMatchObject({ code: '25P02' });
      await client.query('rollback');
      expect((await client.query('select $1::int as one', [1])).rows).toEqual([{ one: 1 }]);
    } finally {
      client.release();
    }
  });

  it('rolls back to a savepoint', async () => {
    await database.db.transaction().execute(async (tx) => {
      await sql`insert into things (name) values ('before')`.execute(tx);
      await sql`savepoint here`.execute(tx);
      await expect(sql`insert into things (name) values ('before')`.execute(tx)).rejects.toMatchObject({
        code: '23505',
      });
      await sql`rollback to here`.execute(tx);
      await sql`insert into things (name) values ('after')`.execute(tx);
    });
    expect(await one(`select count(*) from things where name in ('before', 'after')`)).toEqual({ count: 2 });
  });

  it('rolls back what is given back unfinished', async () => {
    const client = await database.pool.connect();
    await client.query('begin');
    await client.query(`insert into things (name) values ('forgotten')`);
    client.release();
    await database.pool.query(`insert into things (name) values ('later')`);
    expect(await one(`select array_agg(name) as names from things where name in ('forgotten', 'later')`)).toEqual({
      names: ['later'],
    });
  });

  it('runs several statements of one text, and none of them if one fails', async () => {
    await database.pool.query(`insert into things (name) values ('m1'); insert into things (name) values ('m2')`);
    expect(await failure(`insert into things (name) values ('m3'); insert into things (name) values ('m1')`)).toBe(
      '23505',
    );
    expect(await one(`select count(*) from things where name in ('m1', 'm2', 'm3')`)).toEqual({ count: 2 });
    const client = await database.pool.connect();
    await expect(client.query('begin; select 1 / 0; commit')).rejects.toMatchObject({ code: '22012' });
    await client.query('rollback');
    client.release();
    expect(await one('select 1 as one')).toEqual({ one: 1 });
  });

  it('carries values of 2 MB there and back', async () => {
    const text = 'é'.repeat(1024 * 1024);
    const row = await one('select $1::text as text, octet_length($1) as bytes', [text]);
    expect(row?.bytes).toBe(2 * 1024 * 1024);
    expect(row?.text === text).toBe(true);
  });

  it('unnests arrays of 500', async () => {
    const names = Array.from({ length: 500 }, (_, n) => `row ${n}`);
    const inserted = await database.pool.query<{ id: number }>(
      'insert into things (name) select unnest($1::text[]) returning id',
      [names],
    );
    expect(inserted.rowCount).toBe(500);
    expect(typeof inserted.rows[499]?.id).toBe('number');
  });

  it('gives many rows in order', async () => {
    const found = await database.pool.query<{ n: number }>('select n::int8 from generate_series(1, 50000) n');
    expect(found.rows.length).toBe(50_000);
    expect(found.rows.every((row, index) => row.n === index + 1)).toBe(true);
  });

  it('queues queries that come at once', async () => {
    const found = await Promise.all(Array.from({ length: 100 }, (_, n) => one('select $1::int as n', [n])));
    expect(found.map((row) => row?.n)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  it('keeps transactions of several users apart', async () => {
    await database.pool.query('create table counter (value int); insert into counter values (0)');
    const increment = () =>
      database.db.transaction().execute(async (tx) => {
        const { rows } = await sql<{ value: number }>`select value from counter for update`.execute(tx);
        await new Promise((soon) => setTimeout(soon, 1));
        await sql`update counter set value = ${(rows[0]?.value ?? 0) + 1}`.execute(tx);
      });
    await Promise.all(Array.from({ length: 20 }, increment));
    expect(await one('select value from counter')).toEqual({ value: 20 });
  });

  it('cleans a table', async () => {
    await database.pool.query('vacuum analyze things');
    await database.pool.query('checkpoint');
  });

  it('does not stop the event loop during a long query', async () => {
    let ticks = 0;
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      ticks += 1;
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    const started = performance.now();
    await one('select count(*) from generate_series(1, 3000000) a');
    const took = performance.now() - started;
    clearInterval(timer);
    expect(took).toBeGreaterThan(100);
    // On a busy machine a tick may be late for other reasons; a query in the way would hold all of them back.
    expect(ticks).toBeGreaterThan(10);
    expect(longest).toBeLessThan(took * 0.75);
  });
});
