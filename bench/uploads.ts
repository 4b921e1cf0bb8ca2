// What uploads cost in memory: a 100 MB video and 50 pictures of 10 MB at once, to a server in a process of its own.
// `npx tsx bench/uploads.ts`. Bounded: some minutes, and 1.5 GB of disk, given back.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';

const MB = 1_000_000;
const PICTURES = 50;

const folder = await mkdtemp(join(tmpdir(), 'parlance-bench-'));
const server = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
  env: {
    ...process.env,
    PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: folder,
    RATE_LIMITS: 'off',
    LOG_LEVEL: 'warn',
    DATABASE_URL: '',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const url = await listening(server);
  const token = await signUp(url);
  console.log('sending what                          | took   | server before | at most | after  | slowest answer');
  await measure('1 picture of 10 MB (warming up)', url, async () =>
    send(url, token, await picture(), 'image/jpeg', 'a.jpg'),
  );
  const video = film(100 * MB);
  await measure('1 video of 100 MB, through the server', url, () => send(url, token, video, 'video/mp4', 'a.mp4'));
  await measure('1 video of 100 MB, signed address', url, () => bring(url, token, video, 'video/mp4', 'a.mp4'));
  const photograph = await picture();
  const all = (how: typeof send) =>
    Promise.all(Array.from({ length: PICTURES }, () => how(url, token, photograph, 'image/jpeg', 'a.jpg')));
  const each = (photograph.length / MB).toFixed(1);
  await measure(`${PICTURES} pictures of ${each} MB at once, through`, url, () => all(send));
  await measure(`${PICTURES} pictures of ${each} MB at once, again`, url, () => all(send));
  await measure(`${PICTURES} pictures of ${each} MB at once, signed`, url, () => all(bring));
} finally {
  server.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
}

async function measure(name: string, url: string, work: () => Promise<unknown>): Promise<void> {
  const before = await memoryOf(server);
  let most = before;
  let slowest = 0;
  const done = new AbortController();
  const watching = (async () => {
    while (!done.signal.aborted) {
      most = Math.max(most, await memoryOf(server));
      await sleep(20);
    }
  })();
  const asking = (async () => {
    while (!done.signal.aborted) {
      const began = performance.now();
      await fetch(`${url}/`);
      slowest = Math.max(slowest, performance.now() - began);
      await sleep(50);
    }
  })();
  const began = performance.now();
  await work();
  const took = (performance.now() - began) / 1_000;
  done.abort();
  await Promise.all([watching, asking]);
  await sleep(2_000);
  const after = await memoryOf(server);
  const cells = [name.padEnd(37), `${took.toFixed(1)} s`.padEnd(6), `${before} MB`.padEnd(13), `${most} MB`.padEnd(7)];
  console.log([...cells, `${after} MB`.padEnd(6), `${Math.round(slowest)} ms`].join(' | '));
}

/** Resident memory, in MB. */
async function memoryOf({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_000);
}

async function send(
  url: string,
  token: string,
  bytes: Uint8Array<ArrayBuffer>,
  type: string,
  name: string,
): Promise<void> {
  const form = new FormData();
  form.append('file', new Blob([bytes], { type }), name);
  await well(fetch(`${url}/api/media/upload`, { method: 'POST', body: form, headers: { authorization: token } }));
}

async function bring(
  url: string,
  token: string,
  bytes: Uint8Array<ArrayBuffer>,
  type: string,
  name: string,
): Promise<void> {
  const ask = (path: string, body: object) =>
    well(
      fetch(`${url}/api/media/${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { authorization: token, 'content-type': 'application/json' },
      }),
    );
  const leave = await ask('presigned-url', { file_name: name, file_type: type });
  await well(fetch(String(leave.upload_url), { method: 'PUT', body: bytes, headers: { 'content-type': type } }));
  await ask('complete-upload', { ...leave, file_type: 'IMAGE', file_name: name });
}

async function well(answer: Promise<Response>): Promise<Record<string, unknown>> {
  const response = await answer;
  const body = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(body)}`);
  return body;
}

/** Noise, which no compression makes smaller: the most pixels that fit into 10 MiB. */
async function picture(): Promise<Uint8Array<ArrayBuffer>> {
  const [width, height] = [3_700, 2_780];
  const raw = randomBytes(3 * width * height);
  return sharp(raw, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 94 })
    .toBuffer();
}

/** As much of a film as is looked at, and then nothing. */
function film(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  bytes.set(Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1'));
  return bytes;
}

async function signUp(url: string): Promise<string> {
  const body = JSON.stringify({ phone_number: '+15550001111', display_name: 'Bench' });
  const headers = { 'content-type': 'application/json' };
  const { access_token: token } = await well(fetch(`${url}/api/auth/register`, { method: 'POST', body, headers }));
  return `Bearer ${String(token)}`;
}

async function listening(child: ChildProcess): Promise<string> {
  let said = '';
  for await (const text of child.stdout!) {
    said += String(text);
    const [, found] = /listening on (http:\S+)/.exec(said) ?? [];
    if (found) {
      child.stdout!.resume();
      return found;
    }
  }
  throw new Error(`The server did not start: ${said}`);
}
