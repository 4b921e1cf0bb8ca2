// PgBouncer in transaction mode before the test server, started for one test file.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sayOnce } from './database.ts';

/** Whether it can be started here. In CI it must be. */
export const hasPgBouncer: boolean = findProgram();

export interface PgBouncer {
  /** The address of the same database through it. */
  url(direct: string): string;
  close(): Promise<void>;
}

/** Starts it before the server of `direct`; each database gets `connections` of the server's own. */
export async function startPgBouncer(direct: string, connections: number): Promise<PgBouncer> {
  const { hostname, port, username } = new URL(direct);
  const listens = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'parlance-test-pgbouncer-'));
  await chmod(folder, 0o755);
  const settings = join(folder, 'pgbouncer.ini');
  await writeFile(
    settings,
    `[databases]
* = host=${hostname} port=${port || '5432'} user=${username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listens}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${connections}
max_client_conn = 500
`,
    { mode: 0o644 },
  );
  const said: string[] = [];
  // As root it refuses to run, and takes another name itself.
  const asNobody = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn('pgbouncer', [...asNobody, settings], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => said.push(String(text)));
  const close = async () => {
    await stop(child);
    await rm(folder, { recursive: true, force: true });
  };
  for (const end = Date.now() + 20_000; !(await isOpen(listens)); await sleep(20)) {
    if (child.exitCode === null && Date.now() < end) continue;
    await close();
    throw new Error(`PgBouncer does not start: ${said.join('').slice(-1_000)}`);
  }
  return { url: (other) => Object.assign(new URL(other), { port: String(listens) }).href, close };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => done(true)).once('error', () => done(false));
    socket.once('connect', () => socket.end());
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function findProgram(): boolean {
  if (spawnSync('pgbouncer', ['--version']).status === 0) return true;
  if (process.env.CI) throw new Error('There is no pgbouncer to start.');
  sayOnce('There is no pgbouncer to start: the tests of the server behind one are not run.');
  return false;
}
