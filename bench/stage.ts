// What the benchmarks of the core stand on: a database of their own, people, and conversations between them.

import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { createMemoryCluster } from '../src/adapters/cluster/memory.ts';
import { type Database, openDatabase } from '../src/adapters/database/index.ts';
import { noBlobs } from '../src/adapters/blobs/none.ts';
import { noCalls } from '../src/adapters/calls/webrtc.ts';
import { bundledGifs } from '../src/adapters/gifs/index.ts';
import { noMedia } from '../src/adapters/media/none.ts';
import { noPush } from '../src/adapters/push/console.ts';
import { migrate } from '../src/adapters/database/migrate.ts';
import type { Member } from '../src/core/context.ts';
import { createMessenger, type Messenger, type Observer } from '../src/core/execute.ts';
import type { ConversationId } from '../src/core/ids.ts';
import type { Draft } from '../src/core/messages/send.ts';

const quiet = { info: () => {}, warn: () => {} };
const conversations = 1_000;
export const ticksPerSecond = 100;

export interface Stage {
  database: Database;
  messenger: Messenger;
  /** Somebody, and something they say in a conversation of theirs. */
  next(): { actor: Member; draft: Draft };
  close(): Promise<void>;
}

/** `--database=postgresql://…` in the arguments: a new database on that server; without it an embedded one. */
export async function openStage(observer?: Observer): Promise<Stage> {
  const given = process.argv.find((argument) => argument.startsWith('--database='))?.slice('--database='.length);
  const folder = await mkdtemp(join(tmpdir(), 'parlance-bench-'));
  const name = `parlance_bench_${process.pid}`;
  if (given) await onServer(given, `create database ${name} template template0`);
  const url = given && Object.assign(new URL(given), { pathname: `/${name}` }).href;
  const database = await openDatabase({ url, dataDir: folder, log: quiet });
  await migrate(database.db, quiet);
  const pairs = await populate(database);

  const messenger = createMessenger({
    db: database.db,
    lanes: database.lanes,
    ports: {
      cluster: createMemoryCluster(),
      jobs: { enqueue: async () => {}, wake: () => {} },
      sms: { send: async () => 'sent' },
      mail: { name: 'none', send: async () => '' },
      push: noPush,
      blobs: noBlobs,
      media: noMedia,
      calls: noCalls,
      gifs: bundledGifs,
    },
    settings: {
      secret: new Uint8Array(32),
      accessTokenSeconds: 900,
      refreshTokenSeconds: 900,
      socketGraceSeconds: 0,
      passwordRounds: 4,
      limits: false,
      subject: (_dialect, account) => String(account),
    },
    ...(observer && { observer }),
  });
  const content = 'x'.repeat(200);
  let turn = 0;
  return {
    database,
    messenger,
    next() {
      turn += 1;
      const pair = pairs[(turn * 7919) % pairs.length]!;
      const accountId = turn % 2 ? pair.one : pair.other;
      return {
        actor: { kind: 'member', accountId, sessionId: 1 as Member['sessionId'], dialect: 'urge' },
        draft: { conversationId: pair.id, kind: 'text', content },
      };
    },
    async close() {
      await database.close();
      if (given) await onServer(given, `drop database ${name} with (force)`);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Pair {
  id: ConversationId;
  one: Member['accountId'];
  other: Member['accountId'];
}

async function populate({ db, kind }: Database): Promise<Pair[]> {
  const { rows } = await sql<Pair>`
    with people as (
      insert into accounts (username, created_in) select 'person_' || n, 'urge' from generate_series(1, ${conversations}) n
      returning id),
    numbered as (select id, lead(id, 1, (select min(id) from people)) over (order by id) as other from people),
    made as (
      insert into conversations (kind, direct_key, created_in) select 'direct', id || ':' || other, 'urge' from numbered
      returning id, split_part(direct_key, ':', 1)::bigint as one, split_part(direct_key, ':', 2)::bigint as other),
    members as (
      insert into memberships (conversation_id, account_id) select id, one from made union all select id, other from made)
    select id, one, other from made`.execute(db);
  if (kind === 'postgresql') await sql`analyze`.execute(db);
  return rows;
}

/** Runs `work` by so many at once for some seconds. Answers how many were done a second, and how long each took. */
export async function load(
  atOnce: number,
  seconds: number,
  work: () => Promise<unknown>,
): Promise<{ rate: number; milliseconds: number[] }> {
  const milliseconds: number[] = [];
  const started = performance.now();
  const end = started + seconds * 1_000;
  const caller = async () => {
    while (performance.now() < end) {
      const began = performance.now();
      await work();
      milliseconds.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  return { rate: (milliseconds.length / (performance.now() - started)) * 1_000, milliseconds };
}

export function percentile(numbers: readonly number[], percent: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function sayMachine({ kind }: Database): void {
  say(
    `${kind}, ${cpus().length} cores, load ${loadavg()
      .map((one) => one.toFixed(1))
      .join(' ')}`,
  );
}

/** CPU of the server's back ends of this database, in clock ticks; 0 for the embedded one. */
export function serverTicks({ kind }: Database): number {
  if (kind === 'embedded') return 0;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .reduce((sum, pid) => sum + ticksOf(pid), 0);
}

function ticksOf(pid: string): number {
  try {
    if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`parlance_bench_${process.pid}`)) return 0;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): user and system time are the 14th and 15th field; the name before them may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}

async function onServer(url: string, statement: string): Promise<void> {
  const server = new pg.Client({ connectionString: url });
  await server.connect();
  await server.query(statement);
  await server.end();
}
