// The embedded database's way to a PostgreSQL server: every row as it is, and proof that it is so.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type pg from 'pg';
import { migrations } from '../../core/migrations/index.ts';
import { openJobs } from '../jobs/pg-boss.ts';
import { type Database, type Log, openDatabase } from './index.ts';
import { migrate } from './migrate.ts';

const PAGE = 500;

/** Rows are carried and compared as text, which must come out the same on both sides. */
const SAME_TEXT = `set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres';
  set local bytea_output = 'hex'; set local extra_float_digits = 1`;

/** One part of the data: its rows as lines of text there, how they are put in here, and what must agree in the end. */
interface Part {
  name: string;
  read: string;
  /** `$1`: the lines of one page. */
  write: string;
  /** Any text for each row, as the column `line`. */
  compared: string;
}

interface Digest {
  rows: number;
  hash: string;
}

export interface MoveOptions {
  /** Whose folder `database` is moved; it is left as it is. */
  dataDir: string;
  /** The PostgreSQL database to move to: empty, or only migrated. */
  url: string;
  log: Log;
}

/**
 * Copies the embedded database to an empty one on a PostgreSQL server, in one transaction: all of it is there in the end and
 * was compared row for row by count and hash, or nothing is. Throws an Error with a sentence for the operator if there is
 * nothing to move, a server is running on it, it was last used by another version, the target holds something already, or
 * the two do not agree.
 */
export async function moveToPostgresql({ dataDir, url, log }: MoveOptions): Promise<void> {
  const folder = resolve(dataDir, 'database');
  if (!existsSync(join(folder, 'PG_VERSION'))) throw new Error(`There is no embedded database in ${folder}.`);
  const target = await openDatabase({ url, dataDir, log });
  try {
    if (target.kind !== 'postgresql') throw new Error('The target is not a PostgreSQL server.');
    const source = await openDatabase({ url: undefined, dataDir, log });
    try {
      await requireSameVersion(source);
      await requireEmpty(target);
      await migrate(target.db, log);
      // For its tables and queues.
      await (await openJobs({ kind: target.kind, pool: target.pool, log })).close();
      await copy(source, target, log);
    } finally {
      await source.close();
    }
  } finally {
    await target.close();
  }
}

async function requireSameVersion({ pool }: Database): Promise<void> {
  const found = await pool.query<{ name: string }>('select name from kysely_migration order by name').catch(() => null);
  const executed = found?.rows.map((row) => row.name) ?? [];
  if (executed.join() === Object.keys(migrations).toSorted().join()) return;
  throw new Error(
    'The embedded database was last used by another version. Start this one on it once, and stop it again.',
  );
}

async function requireEmpty({ pool }: Database): Promise<void> {
  const encoding = await pool.query<{ name: string }>(`select current_setting('server_encoding') as name`);
  if (encoding.rows[0]?.name !== 'UTF8') {
    throw new Error(
      `The target is encoded in ${encoding.rows[0]?.name}: make it with ENCODING 'UTF8' TEMPLATE template0.`,
    );
  }
  // A server that has ever run there has left its keys, and whatever else there is began with an account.
  for (const table of ['server_values', 'accounts', 'pgboss.job']) {
    const there = await pool.query<{ found: boolean }>('select to_regclass($1) is not null as found', [table]);
    if (!there.rows[0]?.found) continue;
    const rows = await pool.query(`select from ${table} limit 1`);
    if (rows.rowCount) throw new Error(`The target is not empty: there are rows in ${table}. Nothing was changed.`);
  }
}

async function copy(source: Database, target: Database, log: Log): Promise<void> {
  const [from, to] = [await source.pool.connect(), await target.pool.connect()];
  try {
    await from.query('begin transaction isolation level repeatable read read only');
    await from.query(SAME_TEXT);
    await to.query('begin');
    await to.query(SAME_TEXT);
    const restoreForeignKeys = await dropForeignKeys(to);
    const parts = [...(await tablesOf(from, to)), ...(await jobsOf(from))];
    for (const part of parts) await copyPart(from, to, part, log);
    for (const part of parts) await compare(from, to, part);
    await restoreForeignKeys();
    await continueSequences(from, to);
    // So that the first start there finds that it came from elsewhere (core/epoch.ts), whichever version was here before.
    await to.query(`insert into server_values (name, value) values ('log-place', 'embedded') on conflict do nothing`);
    await to.query('commit');
    await to.query('analyze');
  } catch (error) {
    await to.query('rollback').catch(() => {});
    throw error;
  } finally {
    await from.query('rollback').catch(() => {});
    from.release();
    to.release();
  }
}

/** Our tables, with the same columns on both sides. What a migration put in here gives way. */
async function tablesOf(from: pg.PoolClient, to: pg.PoolClient): Promise<Part[]> {
  const [theirs, ours] = [await columnsOf(from), await columnsOf(to)];
  for (const name of new Set([...theirs.keys(), ...ours.keys()])) {
    if (theirs.get(name)?.all === ours.get(name)?.all) continue;
    throw new Error(`The table ${name} does not look the same on both sides. Nothing was copied.`);
  }
  for (const name of ours.keys()) await to.query(`delete from ${name}`);
  return [...ours].map(([name, { settable }]) => ({
    name,
    read: `select t::text as line from ${name} t`,
    write: `insert into ${name} (${settable.join(', ')}) overriding system value
      select ${settable.map((column) => `r.${column}`).join(', ')} from unnest($1::${name}[]) r`,
    compared: `select t::text as line from ${name} t`,
  }));
}

async function columnsOf(client: pg.PoolClient): Promise<Map<string, { all: string; settable: string[] }>> {
  const { rows } = await client.query<{ name: string; all: string; settable: string[] }>(`
    select c.oid::regclass::text as name,
      string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum) as all,
      array_agg(quote_ident(a.attname) order by a.attnum) filter (where a.attgenerated = '') as settable
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p') and c.relnamespace = current_schema()::regnamespace
      and c.relname not like 'kysely\\_%'
    group by c.oid order by c.oid::regclass::text`);
  return new Map(rows.map(({ name, ...columns }) => [name, columns]));
}

/** Jobs that were still to be done. One that was under way when its server died is to be done again. */
async function jobsOf(from: pg.PoolClient): Promise<Part[]> {
  const there = await from.query<{ found: boolean }>(`select to_regclass('pgboss.job') is not null as found`);
  if (!there.rows[0]?.found) return [];
  const open = `from pgboss.job where state < 'completed'`;
  const columns = await from.query<{ name: string }>(`select quote_ident(attname) as name from pg_attribute
    where attrelid = 'pgboss.job'::regclass and attnum > 0 and not attisdropped`);
  const all = columns.rows.map(({ name }) => name).join(', ');
  return [
    {
      name: 'pgboss.job',
      read: `select (to_jsonb(job) || case when state = 'active'
        then '{"state": "retry", "started_on": null, "heartbeat_on": null}'::jsonb else '{}' end)::text as line ${open}`,
      write: `insert into pgboss.job (${all})
        select ${all} from jsonb_populate_recordset(null::pgboss.job, (select jsonb_agg(line::jsonb) from unnest($1::text[]) line))`,
      compared: `select concat(id, name, data, start_after) as line ${open}`,
    },
  ];
}

async function copyPart(from: pg.PoolClient, to: pg.PoolClient, part: Part, log: Log): Promise<void> {
  const began = Date.now();
  let copied = 0;
  await from.query(`declare rows_to_move no scroll cursor for ${part.read}`);
  for (;;) {
    const { rows } = await from.query<{ line: string }>(`fetch ${PAGE} from rows_to_move`);
    if (rows.length === 0) break;
    await to.query(part.write, [rows.map((row) => row.line)]);
    copied += rows.length;
  }
  await from.query('close rows_to_move');
  log.info(`${part.name}: ${copied} rows copied (${((Date.now() - began) / 1_000).toFixed(1)} s).`);
}

async function compare(from: pg.PoolClient, to: pg.PoolClient, { name, compared }: Part): Promise<void> {
  // The sum of what each row amounts to: the same in whatever order.
  const text = `select count(*) as rows, coalesce(sum(('x' || left(md5(line), 15))::bit(60)::bigint), 0)::text as hash
    from (${compared}) lines`;
  const [theirs, ours] = [(await from.query<Digest>(text)).rows[0]!, (await to.query<Digest>(text)).rows[0]!];
  if (theirs.rows === ours.rows && theirs.hash === ours.hash) return;
  throw new Error(
    `${name} is not the same on both sides (${theirs.rows} rows, hash ${theirs.hash}; ${ours.rows} rows, hash ` +
      `${ours.hash}). Nothing was kept.`,
  );
}

/** Takes them away, so that the order of the tables does not matter; all at once they are also checked faster. */
async function dropForeignKeys(to: pg.PoolClient): Promise<() => Promise<void>> {
  const { rows } = await to.query<{ table: string; name: string; definition: string }>(`
    select conrelid::regclass::text as table, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
    from pg_constraint where contype = 'f' and connamespace = current_schema()::regnamespace`);
  for (const { table, name } of rows) await to.query(`alter table ${table} drop constraint ${name}`);
  return async () => {
    for (const { table, name, definition } of rows) {
      await to.query(`alter table ${table} add constraint ${name} ${definition}`);
    }
  };
}

/** An id that was ever given out is not given out again, even if its row is gone. */
async function continueSequences(from: pg.PoolClient, to: pg.PoolClient): Promise<void> {
  const { rows } = await from.query<{ name: string; last: string }>(`
    select quote_ident(sequencename) as name, last_value::text as last from pg_sequences
    where schemaname = current_schema() and last_value is not null`);
  for (const { name, last } of rows) await to.query('select setval($1, $2)', [name, last]);
}
