// Redis in tests: the one that is there, and private ones that a test may stop, freeze and start again.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { sayOnce } from './database.ts';

const SHARED = process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';

/** A Redis server of the test's own, with nothing in it. */
export interface PrivateRedis {
  url: string;
  /** Stops it at once, as a crash does; what it knew is lost. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** It keeps its connections and answers nobody, until it is thawed. */
  freeze(): void;
  thaw(): void;
}

/** The Redis that tests may share; null if there is none. In CI that is an error, elsewhere a sentence. */
export const sharedRedis: string | null = await findShared();

/** Whether a test can have a Redis of its own. */
export const hasRedisServer: boolean = findBinary();

/** Starts a private Redis on a free port. `settings` are its command line: `['--requirepass', 'x']`. */
export async function startPrivateRedis(settings: readonly string[] = []): Promise<PrivateRedis> {
  const port = await freePort();
  let child: ChildProcess;
  let folder: string;

  async function start(): Promise<void> {
    folder = await mkdtemp(join(tmpdir(), 'parlance-test-redis-'));
    const own = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
    child = spawn('redis-server', [...own, ...settings], { stdio: 'ignore' });
    const probe = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 20, enableReadyCheck: false });
    probe.on('error', () => {});
    await new Promise<void>((resolve) => probe.once('connect', () => resolve()));
    probe.disconnect();
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
      await rm(folder, { recursive: true });
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}

/** Starts a Redis Cluster of three servers that all know each other. `settings` are those of each. */
export async function startRedisCluster(settings: readonly string[] = []): Promise<Omit<PrivateRedis, 'start'>> {
  const servers: PrivateRedis[] = [];
  const seats: { host: string; port: number; bus: number }[] = [];
  for (let count = 0; count < 3; count += 1) {
    const bus = await freePort();
    const own = ['--cluster-enabled', 'yes', '--cluster-port', String(bus), '--cluster-announce-ip', '127.0.0.1'];
    const server = await startPrivateRedis([...own, ...settings]);
    servers.push(server);
    seats.push({ host: '127.0.0.1', port: Number(new URL(server.url).port), bus });
  }
  const hands = seats.map(({ host, port }) => {
    const hand = new Redis({ host, port, password: settingOf(settings, '--requirepass'), enableReadyCheck: false });
    return hand.on('error', () => {});
  });
  const share = Math.ceil(16_384 / seats.length);
  for (const [index, hand] of hands.entries()) {
    await hand.call('CLUSTER', 'ADDSLOTSRANGE', index * share, Math.min((index + 1) * share, 16_384) - 1);
    for (const { host, port, bus } of seats) await hand.call('CLUSTER', 'MEET', host, port, bus);
  }
  for (const hand of hands) {
    while (!String(await hand.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) await sleep(50);
    hand.disconnect();
  }
  return {
    url: servers[0]!.url,
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
    freeze: () => servers.forEach((server) => server.freeze()),
    thaw: () => servers.forEach((server) => server.thaw()),
  };
}

function settingOf(settings: readonly string[], name: string): string {
  return settings[settings.indexOf(name) + 1] ?? '';
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function findShared(): Promise<string | null> {
  const probe = new Redis(SHARED, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 3_000 });
  probe.on('error', () => {});
  try {
    await Promise.race([probe.ping(), sleep(5_000).then(() => Promise.reject(new Error('no answer')))]);
    return SHARED;
  } catch (error) {
    const sentence = `No Redis at ${new URL(SHARED).host} (TEST_REDIS_URL)`;
    if (process.env.CI) throw new Error(sentence, { cause: error });
    sayOnce(`${sentence}: the tests of the cluster in Redis and of several processes are not run.`);
    return null;
  } finally {
    probe.disconnect();
  }
}

function findBinary(): boolean {
  if (spawnSync('redis-server', ['--version']).status === 0) return true;
  if (process.env.CI) throw new Error('There is no redis-server to start.');
  sayOnce('There is no redis-server to start: the tests of Redis stopped, frozen and with a password are not run.');
  return false;
}
