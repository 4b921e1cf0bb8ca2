// What a second process brings, and what it costs in Redis: pairs of people, one sends by HTTP, the other listens.
// `npx tsx bench/processes.ts --database=postgresql://… [--seconds=10]`. Starts a Redis of its own. Sender, servers, Redis
// and PostgreSQL share the machine: with few cores see the CPU of the servers, not the rate.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { WebSocket } from 'ws';
import { say } from './stage.ts';

const PAIRS = 200;
const IN_FLIGHT = 64;
const TEXT = 'x'.repeat(200);

const option = (name: string) => process.argv.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3);
const server = option('database');
if (server === undefined) throw new Error('Say where PostgreSQL is: --database=postgresql://…');
const seconds = Number(option('seconds') ?? 10);
const database = `parlance_bench_${process.pid}`;
const folder = await mkdtemp(join(tmpdir(), 'parlance-bench-'));
const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
const children: ChildProcess[] = [];

interface Process {
  url: string;
  pid: number;
}

interface Pair {
  token: string;
  hearer: string;
  conversation: string;
}

interface Figures {
  messages: number;
  heard: number;
  cpu: number;
  bytesIn: number;
  bytesOut: number;
  commands: number;
  milliseconds: number;
}

await onServer(`create database ${database} template template0`);
try {
  const redis = await startRedis();
  const settings = {
    DATABASE_URL: Object.assign(new URL(server), { pathname: `/${database}` }).href,
    REDIS_URL: redis,
  };
  const one = await startProcess(settings);
  const pairs = await Promise.all(Array.from({ length: PAIRS }, () => makePair(one.url)));
  say(`${PAIRS} pairs, ${IN_FLIGHT} requests in flight, ${TEXT.length} characters each, ${seconds} s`);
  say('what                                   | msg/s | server µs/msg | Redis: bytes in, out, commands per message');
  await row(
    '1 process, all listen there',
    redis,
    [one],
    pairs,
    () => one,
    () => one,
  );
  const two = await startProcess(settings);
  const both = [one, two];
  const by = (index: number) => both[index % 2]!;
  await row('2 processes, each listens where written', redis, both, pairs, by, by);
  await row('2 processes, each listens at the other', redis, both, pairs, by, (index) => by(index + 1));
  await row('2 processes, nobody listens', redis, both, pairs, by, null);
} finally {
  for (const child of children.toReversed()) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  agent.destroy();
  await onServer(`drop database if exists ${database} with (force)`);
  await rm(folder, { recursive: true, force: true });
}

/** `writing` and `listening`: where the one of a pair, by its number, and the other is; null: nowhere. */
async function row(
  name: string,
  redisUrl: string,
  processes: Process[],
  pairs: Pair[],
  writing: (index: number) => Process,
  listening: ((index: number) => Process) | null,
): Promise<void> {
  let heard = 0;
  const sockets = await Promise.all(
    listening ? pairs.map(({ hearer }, index) => listen(listening(index).url, hearer, () => (heard += 1))) : [],
  );
  await sleep(1_500);
  const redis = new Redis(redisUrl);
  const idle = await measured(redis, processes, () => sleep(2_000));
  const before = heard;
  const busy = await measured(redis, processes, () => write(pairs, writing));
  const { messages, milliseconds } = busy;
  const share = milliseconds / idle.milliseconds;
  const perMessage = (figure: 'cpu' | 'bytesIn' | 'bytesOut' | 'commands') =>
    (busy[figure] - idle[figure] * share) / messages;
  const [cpu, bytesIn, bytesOut, commands] = [
    perMessage('cpu') * 1_000,
    perMessage('bytesIn'),
    perMessage('bytesOut'),
    perMessage('commands'),
  ];
  const rate = Math.round((messages / milliseconds) * 1_000);
  say(
    `${name.padEnd(39)}|${String(rate).padStart(6)} |${cpu.toFixed(0).padStart(14)} | ` +
      `${bytesIn.toFixed(0)}, ${bytesOut.toFixed(0)}, ${commands.toFixed(2)}`,
  );
  if (listening && heard - before !== messages) say(`  but ${heard - before} of ${messages} were heard`);
  redis.disconnect();
  for (const socket of sockets) socket.terminate();
  await sleep(1_500);
}

async function measured(redis: Redis, processes: Process[], work: () => Promise<number | void>): Promise<Figures> {
  const from = await figures(redis, processes);
  const started = performance.now();
  const messages = (await work()) ?? 0;
  const milliseconds = performance.now() - started;
  // What is on its way arrives.
  await sleep(500);
  const to = await figures(redis, processes);
  return {
    messages,
    milliseconds: milliseconds + 500,
    heard: 0,
    cpu: to.cpu - from.cpu,
    bytesIn: to.bytesIn - from.bytesIn,
    bytesOut: to.bytesOut - from.bytesOut,
    commands: to.commands - from.commands,
  };
}

async function figures(redis: Redis, processes: Process[]) {
  const stats = await redis.info('stats');
  const figure = (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(stats)?.[1]);
  const cpus = await Promise.all(processes.map(({ pid }) => cpuOf(pid)));
  return {
    cpu: cpus.reduce((sum, cpu) => sum + cpu, 0),
    bytesIn: figure('total_net_input_bytes'),
    bytesOut: figure('total_net_output_bytes'),
    commands: figure('total_commands_processed'),
  };
}

/** Milliseconds of CPU (proc(5), 14th and 15th field). */
async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function write(pairs: Pair[], writing: (index: number) => Process): Promise<number> {
  const until = performance.now() + seconds * 1_000;
  let count = 0;
  const writer = async () => {
    while (performance.now() < until) {
      const index = count % pairs.length;
      count += 1;
      const { token, conversation } = pairs[index]!;
      await post(writing(index).url, '/api/messages', { conversation_id: conversation, content: TEXT }, token);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, writer));
  return count;
}

async function makePair(url: string): Promise<Pair> {
  const [writer, hearer] = await Promise.all([signUp(url), signUp(url)]);
  const { id } = await post(url, '/api/conversations', { participant_ids: [hearer.id] }, writer.token);
  return { token: writer.token, hearer: hearer.token, conversation: id as string };
}

async function signUp(url: string): Promise<{ id: string; token: string }> {
  const phone_number = `+1555${String(Math.floor(Math.random() * 1e9)).padStart(9, '0')}`;
  const { user, access_token: token } = await post(url, '/api/auth/register', {
    phone_number,
    display_name: 'Somebody',
  });
  return { id: (user as { id: string }).id, token: token as string };
}

/** Pythia's socket: one frame a message. */
async function listen(url: string, token: string, heard: () => void): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?dialect=pythia&token=${token}`);
  socket.on('message', (data: Buffer) => {
    if (data.includes('"new_message"')) heard();
  });
  await once(socket, 'message');
  return socket;
}

function post(url: string, path: string, body: object, token?: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const sent = request(url + path, { method: 'POST', agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => (text += part));
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(JSON.parse(text) as Record<string, unknown>);
        else reject(new Error(`${path}: ${answer.statusCode} ${text}`));
      });
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}

async function startProcess(settings: Record<string, string>): Promise<Process> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    env: {
      ...process.env,
      PORT: '0',
      HOST: '127.0.0.1',
      DATA_DIR: folder,
      RATE_LIMITS: 'off',
      BCRYPT_ROUNDS: '4',
      LOG_LEVEL: 'warn',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout.pipe(new PassThrough()) })) {
    const url = /listening on (http:\/\/\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return { url, pid: child.pid! };
  }
  throw new Error('The server did not start.');
}

async function startRedis(): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  children.push(spawn('redis-server', own, { stdio: 'ignore' }));
  const redis = new Redis(port, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  redis.on('error', () => {});
  await redis.ping();
  redis.disconnect();
  return `redis://127.0.0.1:${port}`;
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(statement);
  await client.end();
}
