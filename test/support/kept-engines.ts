// Embedded engines that outlive a test file: emptied for the next one, which is quicker than to start another.

import { join } from 'node:path';
import type pg from 'pg';
import { connectTo } from '../../src/adapters/database/embedded.ts';
import { type Engine, startEngine } from '../../src/adapters/database/engine.ts';
import type { Database } from '../../src/adapters/database/index.ts';
import { endPool, once } from '../../src/adapters/database/pool.ts';
import type { DatabasePlace } from './database.ts';

interface KeptEngine {
  engine: Engine;
  /** What is in it before anybody has used it. */
  fresh: Contents;
}

interface Contents {
  /** Tables, columns, indexes, triggers, functions and the like, as text. */
  shape: string;
  tables: readonly string[];
  /** Rows that a new database has, as JSON by table. */
  rows: ReadonlyMap<string, string>;
  /** The last number each has given; null: none yet. */
  sequences: ReadonlyMap<string, string | null>;
}

const quiet = { info: () => {}, warn: () => {} };
const idle: KeptEngine[] = [];

/**
 * A connection to an empty, migrated database that nobody else of this process uses. After `close` the next caller gets
 * the engine, if what is left in it could be put back to what a new one has; else one is started at the place.
 */
export async function openKept(makePlace: () => Promise<DatabasePlace>): Promise<Database> {
  const kept = (await takeEmptied()) ?? (await start(await makePlace()));
  const { db, pool } = connectTo(kept.engine, quiet);
  const close = once(async () => {
    await endPool(db, pool, quiet);
    idle.push(kept);
  });
  return { kind: 'embedded', db, pool, lanes: 1, close };
}

async function start(place: DatabasePlace): Promise<KeptEngine> {
  const engine = await startEngine({ folder: join(place.dataDir, 'database') }, { died: () => {}, warned: () => {} });
  return { engine, fresh: await using(engine, contentsOf) };
}

async function takeEmptied(): Promise<KeptEngine | undefined> {
  for (let kept = idle.pop(); kept; kept = idle.pop()) {
    const { engine, fresh } = kept;
    try {
      if (await using(engine, (pool) => putBack(pool, fresh))) return kept;
    } catch {
      // then another
    }
    await engine.kill(new Error('A test left it in another shape'));
  }
  return undefined;
}

async function using<T>(engine: Engine, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const { db, pool } = connectTo(engine, quiet);
  try {
    return await work(pool);
  } finally {
    await endPool(db, pool, quiet);
  }
}

/** Makes the contents what they were. False: the tables themselves are others. */
async function putBack(pool: pg.Pool, fresh: Contents): Promise<boolean> {
  if ((await shapeOf(pool)) !== fresh.shape) return false;
  await pool.query(`truncate ${fresh.tables.join(', ')}`);
  for (const [table, rows] of fresh.rows) {
    await pool.query(
      `insert into ${table} overriding system value select * from json_populate_recordset(null::${table}, $1)`,
      [rows],
    );
  }
  await pool.query(
    `select setval(name::regclass, coalesce(last, 1), last is not null) from unnest($1::text[], $2::int8[]) as s (name, last)`,
    [[...fresh.sequences.keys()], [...fresh.sequences.values()]],
  );
  return true;
}

async function contentsOf(pool: pg.Pool): Promise<Contents> {
  const { rows: found } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  );
  const tables = found.map(({ name }) => name);
  const rows = new Map<string, string>();
  for (const table of tables) {
    const { rows: all } = await pool.query<{ json: string | null }>(`select json_agg(t)::text as json from ${table} t`);
    if (all[0]?.json) rows.set(table, all[0].json);
  }
  const { rows: sequences } = await pool.query<{ name: string; last: string | null }>(
    `select format('%I.%I', schemaname, sequencename) as name, last_value::text as last from pg_sequences`,
  );
  return { shape: await shapeOf(pool), tables, rows, sequences: new Map(sequences.map((s) => [s.name, s.last])) };
}

/** The tables and what belongs to them, in a word: another one if a test has changed any of it. */
export async function shapeOf(pool: Pick<pg.ClientBase, 'query'>): Promise<string> {
  const { rows } = await pool.query<{ shape: string }>(`
    with ours as (select oid from pg_namespace where nspname !~ '^(pg_|information_schema$)'),
    lines as (
      select format('class %s %s %s %s', c.oid, c.relname, c.relkind, c.reloptions) as line
      from pg_class c where relnamespace in (select oid from ours)
      union all
      select format('column %s %s %s %s %s', attrelid, attname, atttypid, attnotnull, attisdropped)
      from pg_attribute where attnum > 0 and attrelid in (select oid from pg_class where relnamespace in (select oid from ours))
      union all
      select format('default %s %s', adrelid, pg_get_expr(adbin, adrelid)) from pg_attrdef
      union all
      select format('constraint %s %s', oid, conname) from pg_constraint where connamespace in (select oid from ours)
      union all
      select format('trigger %s %s %s', tgrelid, tgname, tgenabled) from pg_trigger where not tgisinternal
      union all
      select format('function %s %s', oid, md5(prosrc)) from pg_proc where pronamespace in (select oid from ours)
      union all
      select format('setting %s %s', setdatabase, setconfig) from pg_db_role_setting
    )
    select md5(string_agg(line, chr(10) order by line)) as shape from lines`);
  return rows[0]!.shape;
}
