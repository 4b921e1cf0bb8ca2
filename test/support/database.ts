// An empty, migrated database for each test file, in a fraction of a second: copied from one that is made once.

import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type FolderLock, lockFolder } from '../../src/adapters/database/folder-lock.ts';
import { type Database, openDatabase } from '../../src/adapters/database/index.ts';
import { migrate } from '../../src/adapters/database/migrate.ts';
import { openJobs } from '../../src/adapters/jobs/pg-boss.ts';
import { openKept } from './kept-engines.ts';

export type DatabaseKind = Database['kind'];

/** A migrated, empty database that nobody has open: what a whole server is started on. */
export interface DatabasePlace {
  readonly kind: DatabaseKind;
  readonly url: string | undefined;
  readonly dataDir: string;
  /** Removes it; close it first. */
  remove(): Promise<void>;
}

const HOUR = 3_600_000;
const SERVER = process.env.TEST_DATABASE_URL ?? 'postgresql://root@127.0.0.1:5432/test';
const quiet = { info: () => {}, warn: () => {} };

/** The kinds to be tested: the one that TEST_DATABASE names, else all there are. In CI a missing server is an error. */
export const databaseKinds: readonly DatabaseKind[] = await findKinds();

/**
 * Opens an empty, migrated database of the caller's own; `close` removes it. Without a kind it is the one in
 * TEST_DATABASE, or embedded.
 */
export async function openTestDatabase(kind: DatabaseKind = defaultKind()): Promise<Database> {
  if (kind === 'embedded') return openKept(makeEmbedded);
  const place = await makeTestDatabase(kind);
  const database = await openDatabase({ url: place.url, dataDir: place.dataDir, log: quiet });
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= database.close().then(() => place.remove()));
  return { ...database, close };
}

/** Makes an empty, migrated database without opening it. */
export async function makeTestDatabase(kind: DatabaseKind = defaultKind()): Promise<DatabasePlace> {
  return kind === 'embedded' ? makeEmbedded() : makePostgresql();
}

function defaultKind(): DatabaseKind {
  const named = process.env.TEST_DATABASE ?? 'embedded';
  if (named !== 'embedded' && named !== 'postgresql') throw new Error(`TEST_DATABASE is "${named}"`);
  return named;
}

/** All that a server makes in a new database: also the queue's tables, which take a second. */
async function prepare(database: Database): Promise<void> {
  await migrate(database.db, quiet);
  const jobs = await openJobs({ ...database, log: quiet });
  await jobs.close();
}

// Embedded: a snapshot folder in the system's temporary folder, copied.

let tidied: Promise<void> | undefined;

async function makeEmbedded(): Promise<DatabasePlace> {
  await (tidied ??= removeOldFolders());
  const snapshot = await embeddedSnapshot();
  const dataDir = await mkdtemp(join(process.env.TEST_FOLDER ?? tmpdir(), 'parlance-test-'));
  await cp(snapshot, join(dataDir, 'database'), { recursive: true });
  return { kind: 'embedded', url: undefined, dataDir, remove: () => rm(dataDir, { recursive: true, force: true }) };
}

async function embeddedSnapshot(): Promise<string> {
  const folder = join(tmpdir(), `parlance-snapshot-${contentHash()}`);
  if (existsSync(folder)) return folder;
  const lock = await waitForLock(folder);
  try {
    if (existsSync(folder)) return folder;
    const unfinished = `${folder}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished);
    const database = await openDatabase({ url: undefined, dataDir: unfinished, log: quiet });
    await prepare(database);
    await database.close();
    await rename(join(unfinished, 'database'), folder);
    await rm(unfinished, { recursive: true });
    return folder;
  } finally {
    await lock.release();
  }
}

async function waitForLock(folder: string): Promise<FolderLock> {
  for (;;) {
    try {
      return await lockFolder(folder, () => {});
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('in use'))) throw error;
      await sleep(100);
    }
  }
}

async function removeOldFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!/^parlance-(test|snapshot)-/.test(name)) continue;
    const path = join(tmpdir(), name);
    const changed = (await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now();
    const age = Date.now() - changed;
    if (age > (name.startsWith('parlance-test-') ? HOUR : 24 * HOUR)) await rm(path, { recursive: true, force: true });
  }
}

// PostgreSQL: a template database on the test server. Names hold the time they were made, in seconds.

let madeHere = 0;

async function makePostgresql(): Promise<DatabasePlace> {
  return placeOf(async (server, name) => {
    const template = await postgresqlTemplate(server);
    await server.query(`create database ${name} template ${template}`);
  });
}

async function placeOf(make: (server: pg.Client, name: string) => Promise<unknown>): Promise<DatabasePlace> {
  const name = `parlance_test_${now()}_${process.pid}_${++madeHere}_${randomBytes(3).toString('hex')}`;
  await onServer((server) => make(server, name));
  const remove = () => onServer((server) => drop(server, name));
  // A folder that is not there: nothing of this database may be written to it.
  return { kind: 'postgresql', url: urlOf(name), dataDir: join(tmpdir(), `parlance-test-none-${name}`), remove };
}

/** Makes a database with nothing in it at all. */
export async function makeEmptyDatabase(): Promise<DatabasePlace> {
  return placeOf((server, name) => server.query(`create database ${name} template template0 encoding 'UTF8'`));
}

async function postgresqlTemplate(server: pg.Client): Promise<string> {
  const hash = contentHash();
  await server.query(`select pg_advisory_lock(hashtext('parlance_template'))`);
  try {
    const found = await server.query<{ datname: string }>(
      `select datname from pg_database where datname like 'parlance\\_template\\_%' or datname like 'parlance\\_test\\_%'`,
    );
    const names = found.rows.map((row) => row.datname);
    const template = names.find((each) => each.startsWith('parlance_template_') && each.endsWith(`_${hash}`));
    for (const name of names) if (name !== template && isOld(name)) await drop(server, name);
    if (template) return template;

    const made = `parlance_template_${now()}_${hash}`;
    const unfinished = `parlance_test_${now()}_${hash}`;
    await drop(server, unfinished);
    await server.query(`create database ${unfinished} template template0 encoding 'UTF8'`);
    const database = await openDatabase({ url: urlOf(unfinished), dataDir: tmpdir(), log: quiet });
    try {
      await prepare(database);
    } finally {
      await database.close();
    }
    await server.query(`alter database ${unfinished} rename to ${made}`);
    return made;
  } finally {
    await server.query(`select pg_advisory_unlock(hashtext('parlance_template'))`);
  }
}

async function drop(server: pg.Client, name: string): Promise<void> {
  await server.query(`drop database if exists ${name} with (force)`);
}

function isOld(name: string): boolean {
  const [, what, made] = /^parlance_(test|template)_(\d+)_/.exec(name) ?? [];
  return made !== undefined && now() - Number(made) > (what === 'test' ? HOUR : 24 * HOUR) / 1_000;
}

function now(): number {
  return Math.floor(Date.now() / 1_000);
}

function urlOf(name: string): string {
  const url = new URL(SERVER);
  url.pathname = `/${name}`;
  return url.href;
}

async function onServer<T>(work: (server: pg.Client) => Promise<T>): Promise<T> {
  const server = new pg.Client({ connectionString: SERVER, connectionTimeoutMillis: 5_000 });
  await server.connect();
  try {
    return await work(server);
  } finally {
    await server.end();
  }
}

async function findKinds(): Promise<readonly DatabaseKind[]> {
  const only = process.env.TEST_DATABASE === undefined ? undefined : defaultKind();
  if (only === 'embedded') return [only];
  try {
    await onServer((server) => server.query('select 1'));
    return only ? [only] : ['embedded', 'postgresql'];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const { host } = new URL(SERVER);
    if (process.env.CI) throw new Error(`No PostgreSQL at ${host} (TEST_DATABASE_URL): ${reason}`, { cause: error });
    sayOnce(
      `No PostgreSQL at ${host} (TEST_DATABASE_URL): its tests are not run, only those on the embedded database.`,
    );
    return ['embedded'];
  }
}

/** Once a run: the workers of one run have one parent. */
export function sayOnce(sentence: string): void {
  const name = createHash('sha256').update(sentence).digest('hex').slice(0, 12);
  try {
    writeFileSync(join(tmpdir(), `parlance-test-said-${process.ppid}-${name}`), sentence, { flag: 'wx' });
    process.stderr.write(`${sentence}\n`);
  } catch {
    // another worker has said it
  }
}

/** Of all that decides what a new database looks like. */
function contentHash(): string {
  const folder = new URL('../../src/core/migrations/', import.meta.url);
  const hash = createHash('sha256').update(
    readFileSync(new URL('../../src/adapters/jobs/pg-boss.ts', import.meta.url)),
  );
  for (const name of readdirSync(folder).toSorted()) hash.update(name).update(readFileSync(new URL(name, folder)));
  hash.update(readFileSync(new URL('../../package-lock.json', import.meta.url)));
  return hash.digest('hex').slice(0, 12);
}
