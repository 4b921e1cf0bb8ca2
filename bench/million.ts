// A conversation of a million changes, caught up with by GET /sync and by a socket: how long it takes, and how the memory
// of both sides grows. `npx tsx bench/million.ts --database=postgresql://… [--changes=1000000]`. The server is a process of
// its own that does no jobs, so that nothing but catching up takes memory; this process is the client.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { WebSocket } from 'ws';
import { say } from './stage.ts';

const option = (name: string) => process.argv.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3);
const server = option('database');
if (server === undefined) throw new Error('Say where PostgreSQL is: --database=postgresql://…');
const changes = Number(option('changes') ?? 1_000_000);
const perTransaction = 10_000;
const perPage = 1_000;
const database = `parlance_bench_${process.pid}`;
const url = Object.assign(new URL(server), { pathname: `/${database}` }).href;
const folder = await mkdtemp(join(tmpdir(), 'parlance-bench-'));
const children: ChildProcess[] = [];

await onDatabase(server, (client) => client.query(`create database ${database} template template0`));
try {
  const { url: at, pid } = await startProcess();
  const writer = await signUp(at);
  const reader = await signUp(at);
  await post(at, '/api/conversations', { participant_ids: [reader.id] }, writer.token);
  const { cursor } = await get(at, '/sync?cursor=latest', reader.token);
  await onDatabase(url, fill);
  say(`${changes} messages of 200 characters in one conversation; ${cpus().length} cores, load ${load()}`);
  // The code is compiled and the pools are open before anything is measured.
  await get(at, `/sync?cursor=${cursor}&limit=${perPage}`, reader.token);
  await watch('GET /sync, pages of 1,000', pid, (heard) => byPages(at, reader.token, cursor, heard));
  await watch('socket', pid, (heard) => bySocket(at, reader.token, cursor, heard));
} finally {
  for (const child of children) {
    child.kill();
    await once(child, 'close');
  }
  await onDatabase(server, (client) => client.query(`drop database ${database} with (force)`));
  await rm(folder, { recursive: true, force: true });
}

/** Follows the memory of both while a client hears all of it. */
async function watch(what: string, pid: number, run: (heard: (count: number) => void) => Promise<void>): Promise<void> {
  const began = performance.now();
  const before = memory(pid);
  const most = { ...before };
  const look = setInterval(() => {
    const now = memory(pid);
    most.server = Math.max(most.server, now.server);
    most.client = Math.max(most.client, now.client);
  }, 50);
  let told = 0;
  let next = changes / 5;
  say(`${what}: before, server ${before.server} MB, client ${before.client} MB`);
  await run((count) => {
    told += count;
    if (told < next) return;
    next += changes / 5;
    const now = memory(pid);
    say(`  after ${told}: server ${now.server} MB, client ${now.client} MB`);
  });
  clearInterval(look);
  const seconds = (performance.now() - began) / 1_000;
  say(`  ${told} in ${seconds.toFixed(0)} s, ${Math.round(told / seconds)} a second; load ${load()}`);
  say(`  at most: server ${most.server} MB (+${most.server - before.server}), client ${most.client} MB`);
  if (told !== changes) throw new Error(`${told} of ${changes} were told`);
}

async function byPages(at: string, token: string, from: string, heard: (count: number) => void): Promise<void> {
  for (let cursor = from; ;) {
    const page = await get(at, `/sync?cursor=${cursor}&limit=${perPage}`, token);
    heard(page.events.length);
    ({ cursor } = page);
    if (!page.more) return;
  }
}

/** Pythia's, whose frames are one a message. */
async function bySocket(at: string, token: string, from: string, heard: (count: number) => void): Promise<void> {
  const socket = new WebSocket(`${at.replace('http', 'ws')}/ws?dialect=pythia&token=${token}&cursor=${from}`);
  let told = 0;
  await new Promise<void>((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as { type: string };
      if (frame.type !== 'new_message') return;
      told += 1;
      heard(1);
      if (told === changes) resolve();
    });
    socket.on('close', (code) => reject(new Error(`closed with ${code} after ${told}`)));
  });
  socket.close();
}

/** As sending would leave it: numbered, and with its rows in the log. */
async function fill(client: pg.Client): Promise<void> {
  for (let done = 0; done < changes; done += perTransaction) {
    await client.query(
      `with place as (
        select c.id, c.last_message_no, c.last_change_no, m.account_id,
          greatest(c.log_xid, pg_current_xact_id()::text::bigint) as xid
        from conversations c join memberships m on m.conversation_id = c.id order by m.id limit 1 for update of c),
      sent as (
        insert into messages (conversation_id, message_no, sender_id, content, sent_in)
        select p.id, p.last_message_no + n, p.account_id, repeat('x', 200), 'urge'
        from place p, generate_series(1, $1::int) n returning id, message_no),
      logged as (
        insert into changes (xid, conversation_id, change_no, kind, message_id)
        select p.xid, p.id, p.last_change_no + s.message_no - p.last_message_no, 'message.sent', s.id
        from sent s, place p order by s.message_no)
      update conversations c set last_message_no = c.last_message_no + $1, last_change_no = c.last_change_no + $1,
        log_xid = p.xid, last_message_at = now()
      from place p where c.id = p.id`,
      [Math.min(perTransaction, changes - done)],
    );
  }
  await client.query('vacuum analyze');
  // Pages end where some transaction may still write, whosever on that server it is.
  const settled = `select pg_snapshot_xmin(pg_current_snapshot())::text::bigint > max(xid) as is from changes`;
  while (!(await client.query<{ is: boolean }>(settled)).rows[0]!.is) await sleep(100);
}

/** Resident, in MB. */
function memory(pid: number): { server: number; client: number } {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1];
  return { server: Math.round(Number(kilobytes) / 1024), client: Math.round(process.memoryUsage().rss / 2 ** 20) };
}

function load(): string {
  return loadavg()[0]!.toFixed(1);
}

async function startProcess(): Promise<{ url: string; pid: number }> {
  const settings = { DATABASE_URL: url, JOBS: 'off', RATE_LIMITS: 'off', BCRYPT_ROUNDS: '4', LOG_LEVEL: 'warn' };
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', DATA_DIR: folder, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout.pipe(new PassThrough()) })) {
    const found = /listening on (http:\/\/\S+)/.exec(line)?.[1];
    if (found === undefined) continue;
    child.stdout.resume();
    return { url: found, pid: child.pid! };
  }
  throw new Error('The server did not start.');
}

async function signUp(at: string): Promise<{ id: string; token: string }> {
  const phone_number = `+1555${String(Math.floor(Math.random() * 1e9)).padStart(9, '0')}`;
  const { user, access_token } = await post(at, '/api/auth/register', { phone_number, display_name: 'Somebody' });
  return { id: user.id, token: access_token };
}

async function post(at: string, path: string, body: object, token?: string) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  return answerOf(await fetch(at + path, { method: 'POST', headers, body: JSON.stringify(body) }));
}

async function get(at: string, path: string, token: string) {
  return answerOf(await fetch(at + path, { headers: { authorization: `Bearer ${token}` } }));
}

// What is read of it is known where it is asked for.
// oxlint-disable-next-line typescript/no-explicit-any
async function answerOf(response: Response): Promise<any> {
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function onDatabase(connectionString: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await work(client);
  await client.end();
}
