// What the web client is measured and pictured on: the built server in a process of its own with a database of its own
// (`--database=postgresql://…` says where), Debian's Chromium, and people.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { startServerProcess } from '../test/support/process.ts';

export interface Somebody {
  id: string;
  name: string;
  token: string;
  /** What the page remembers of being signed in. */
  session: object;
}

export interface WebStage {
  url: string;
  /** Runs a statement on the server's database. */
  query(statement: string, values?: unknown[]): Promise<pg.QueryResult>;
  signUp(name: string): Promise<Somebody>;
  /** A request as somebody; throws where it is refused. */
  // What is read of the answer is known where it is asked for.
  // oxlint-disable-next-line typescript/no-explicit-any
  ask(somebody: Somebody, method: string, path: string, body?: object): Promise<any>;
  /** A window of somebody's, on no page yet; in another browser, if one is given. */
  open(
    somebody: Somebody,
    options?: BrowserContextOptions,
    other?: Browser,
  ): Promise<{ page: Page; context: BrowserContext }>;
  close(): Promise<void>;
}

export async function openWebStage(settings: Record<string, string> = {}): Promise<WebStage> {
  const given = process.argv.find((one) => one.startsWith('--database='))?.slice('--database='.length);
  if (given === undefined) throw new Error('Say where PostgreSQL is: --database=postgresql://…');
  const name = `parlance_bench_${process.pid}`;
  const url = Object.assign(new URL(given), { pathname: `/${name}` }).href;
  await onServer(given, `create database ${name} template template0`);
  const dataDir = await mkdtemp(join(tmpdir(), 'parlance-bench-'));
  const server = await startServerProcess({ url, dataDir }, { ENVIRONMENT: 'development', ...settings });
  const browser = await launch();
  const database = new pg.Client({ connectionString: url });
  await database.connect();
  let people = 0;

  async function ask(token: string | null, method: string, path: string, body?: object) {
    const headers = {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    };
    const answer = await fetch(server.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  return {
    url: server.url,
    query: (statement, values) => database.query(statement, values),
    async signUp(displayName) {
      people += 1;
      const { user, access_token, refresh_token } = (await ask(null, 'POST', '/api/auth/register', {
        phone_number: `+1555${String(process.pid % 1000).padStart(3, '0')}${String(people).padStart(4, '0')}`,
        display_name: displayName,
      })) as { user: { id: string }; access_token: string; refresh_token: string };
      const me = { id: user.id, name: displayName, avatarUrl: null };
      const session = { accessToken: access_token, refreshToken: refresh_token, dialect: 'urge', me };
      return { id: user.id, name: displayName, token: access_token, session };
    },
    ask: ({ token }, method, path, body) => ask(token, method, path, body),
    async open({ session }, options = {}, within = browser) {
      const context = await within.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en', ...options });
      const kept = JSON.stringify(JSON.stringify(session));
      await context.addInitScript(`localStorage.getItem('parlance.session') ??
        localStorage.setItem('parlance.session', ${kept});`);
      return { page: await context.newPage(), context };
    },
    async close() {
      await browser.close();
      await database.end();
      await server.stop();
      await onServer(given, `drop database ${name} with (force)`);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Chromium, whose camera shows `film`, a file of pictures in MJPEG, or what it has of its own. */
export async function launch(film?: string): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--allow-loopback-in-peer-connection',
      ...(film === undefined ? [] : [`--use-file-for-fake-video-capture=${film}`]),
    ],
  });
}

async function onServer(url: string, statement: string): Promise<void> {
  const server = new pg.Client({ connectionString: url });
  await server.connect();
  await server.query(statement);
  await server.end();
}
