// OpenStack Swift, which speaks S3 and verifies its signatures: an independent judge of ours, started for one test file.
//
// Debian's packages swift-proxy, swift-account, swift-container, swift-object (`.ci/run` installs them). One device,
// one replica, four processes on ports of their own, gone with the test.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const programs = ['swift-proxy-server', 'swift-account-server', 'swift-container-server', 'swift-object-server'];

/** Whether it can be started here. In CI it must be. */
export const swiftIsHere = programs.every((name) => existsSync(`/usr/bin/${name}`));

export interface Swift {
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
  close(): Promise<void>;
}

/** Starts it; resolves when it answers. */
export async function startSwift(): Promise<Swift> {
  const folder = await mkdtemp(join(tmpdir(), 'parlance-swift-'));
  const ports = await freePorts(4);
  const [proxyPort = 0, ...storePorts] = ports;
  const children: ChildProcess[] = [];
  const said: string[] = [];
  const close = async () => {
    await Promise.all(children.map(stop));
    await rm(folder, { recursive: true, force: true });
  };

  try {
    await mkdir(join(folder, 'node', 'd1'), { recursive: true });
    await mkdir(join(folder, 'etc'));
    const etc = join(folder, 'etc');
    await writeFile(join(etc, 'swift.conf'), '[swift-hash]\nswift_hash_path_suffix = parlance\n');
    await writeFile(join(etc, 'memory_cache.py'), memoryCache);
    await makeRings(etc, storePorts);
    for (const [index, kind] of ['account', 'container', 'object'].entries()) {
      await writeFile(join(etc, `${kind}.conf`), storeSettings(kind, storePorts[index]!, folder));
      children.push(begin(`swift-${kind}-server`, join(etc, `${kind}.conf`), etc, said));
    }
    await writeFile(join(etc, 'proxy.conf'), proxySettings(proxyPort, folder));
    children.push(begin('swift-proxy-server', join(etc, 'proxy.conf'), etc, said));
    const endpoint = `http://127.0.0.1:${proxyPort}`;
    // The proxy turns away for a minute from a store that did not answer it once.
    for (const port of storePorts) await answers(`http://127.0.0.1:${port}/`, children, said);
    await answers(`${endpoint}/healthcheck`, children, said);
    return { endpoint, accessKeyId: 'test:tester', secretAccessKey: 'testing', region: 'us-east-1', close };
  } catch (error) {
    await close();
    throw error;
  }
}

function begin(program: string, settings: string, etc: string, said: string[]): ChildProcess {
  const child = spawn('/usr/bin/python3', [`/usr/bin/${program}`, settings, '--verbose'], {
    env: { PATH: '/usr/bin:/bin', PYTHONPATH: etc, HOME: etc },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => said.push(String(text)));
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

async function answers(url: string, children: readonly ChildProcess[], said: readonly string[]): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 200) {
    if (children.some((child) => child.exitCode !== null)) break;
    const response = await fetch(url).catch(() => null);
    if (response) return;
    await sleep(200);
  }
  throw new Error(`Swift does not answer: ${said.join('').slice(-2_000)}`);
}

/** One Python instead of nine: each takes seconds. */
async function makeRings(etc: string, ports: readonly number[]): Promise<void> {
  const script = `
from swift.common.ring import RingBuilder
for kind, port in zip(('account', 'container', 'object'), (${ports.join(', ')})):
    builder = RingBuilder(4, 1, 0)
    builder.add_dev({'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': port, 'replication_ip': '127.0.0.1',
                     'replication_port': port, 'device': 'd1', 'weight': 1.0, 'meta': ''})
    builder.rebalance()
    builder.get_ring().save('${etc}/' + kind + '.ring.gz')
`;
  await run('/usr/bin/python3', ['-c', script]);
}

function storeSettings(kind: string, port: number, folder: string): string {
  return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${process.env.USER ?? 'root'}
swift_dir = ${join(folder, 'etc')}
devices = ${join(folder, 'node')}
mount_check = false
[pipeline:main]
pipeline = ${kind}-server
[app:${kind}-server]
use = egg:swift#${kind}
`;
}

function proxySettings(port: number, folder: string): string {
  return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${process.env.USER ?? 'root'}
swift_dir = ${join(folder, 'etc')}
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats s3api tempauth bulk slo versioned_writes proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:cache]
paste.filter_factory = memory_cache:filter_factory
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:versioned_writes]
use = egg:swift#versioned_writes
`;
}

/** Swift wants a memcached; a dictionary will do for one process. */
const memoryCache = `import time


class Memory(object):
    def __init__(self):
        self.values = {}

    def get(self, key, raise_on_error=False):
        value, until = self.values.get(key, (None, 0))
        return value if not until or until > time.time() else None

    def set(self, key, value, serialize=True, time=0, min_compress_len=0, raise_on_error=False):
        import time as clock
        self.values[key] = (value, clock.time() + time if time else 0)

    def incr(self, key, delta=1, time=0):
        value = int(self.get(key) or 0) + delta
        self.set(key, value, time=time)
        return value

    def decr(self, key, delta=1, time=0):
        return self.incr(key, -delta, time)

    def delete(self, key, server_key=None):
        self.values.pop(key, None)


def filter_factory(global_conf, **local_conf):
    memory = Memory()

    def filter(app):
        def application(env, start_response):
            env['swift.cache'] = memory
            return app(env, start_response)
        return application
    return filter
`;

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      await new Promise((resolve) => server.close(resolve));
      return typeof address === 'object' && address ? address.port : 0;
    }),
  );
}
