// A PostgreSQL server of a test's own, which it may stop, kill and start again.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { sayOnce } from './database.ts';

const DEBIAN = '/usr/lib/postgresql';

/** Where its programs are; null: not here. In CI they must be. */
const programs: string | null = findPrograms();
export const hasPostgresPrograms: boolean = programs !== null;

export interface PrivatePostgres {
  url: string;
  /** As `pg_ctl stop` does: who is connected is cut off. */
  stop(): Promise<void>;
  /** As a crash does: it starts with a recovery. */
  crash(): Promise<void>;
  /** Resolves when it answers. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** Makes one with an empty database, and starts it. */
export async function startPrivatePostgres(): Promise<PrivatePostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'parlance-test-postgres-'));
  // As root it refuses to run.
  const as = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  if (as.uid !== undefined) await chown(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const port = await freePort();
  const url = `postgresql://parlance@127.0.0.1:${port}/postgres`;
  let child: ChildProcess | null = null;

  function run(program: string, ...args: string[]): ChildProcess {
    return spawn(join(programs!, program), args, { ...as, cwd: folder, stdio: 'ignore', env: { LC_ALL: 'C.UTF-8' } });
  }

  async function start(): Promise<void> {
    child = run('postgres', '-D', data, '-p', String(port), '-k', '', '-c', 'listen_addresses=127.0.0.1');
    for (const late = Date.now() + 60_000; ; await sleep(20)) {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => {});
      const answers = await client.connect().then(
        () => true,
        () => false,
      );
      await client.end().catch(() => {});
      if (answers) return;
      if (child.exitCode !== null || Date.now() > late) throw new Error('the private PostgreSQL does not start');
    }
  }

  async function finish(signal: NodeJS.Signals): Promise<void> {
    if (!child || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  const made = run('initdb', '-D', data, '-U', 'parlance', '-A', 'trust', '-E', 'UTF8', '--no-instructions');
  await once(made, 'exit');
  await start();
  return {
    url,
    start,
    stop: () => finish('SIGINT'),
    crash: () => finish('SIGQUIT'),
    async remove() {
      await finish('SIGQUIT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
}

function findPrograms(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(DEBIAN, version, 'bin')), ...(process.env.PATH ?? '').split(':')];
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
  if (found !== undefined) return found;
  if (process.env.CI) throw new Error('No initdb here: install postgresql.');
  sayOnce('No initdb here: what happens when PostgreSQL stops is not tested.');
  return null;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
