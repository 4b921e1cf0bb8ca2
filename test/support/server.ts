// A whole server in a test: real database, real core, real sockets; and a clock-free way to read the codes it "sends".

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { readSettings } from '../../src/config.ts';
import { startServer, type Half, type Server } from '../../src/server.ts';
import { openTestDatabase, type DatabaseKind } from './database.ts';

export interface TestServer extends Server {
  /** Where it listens. */
  url: string;
  /** What it said to the operator's console. */
  printed: string[];
  /** What it logged, one JSON object a line. */
  logged: string[];
  /** The latest code sent to a phone; waits for it. */
  codeFor(phone: string): Promise<string>;
}

/**
 * Starts a server on a free port and a database of its own, or the one that `DATABASE_URL` names. `settings` are
 * environment names and texts.
 */
export async function startTestServer(
  settings: Record<string, string> = {},
  kind?: DatabaseKind,
  only?: Half,
): Promise<TestServer> {
  const printed: string[] = [];
  const logged: string[] = [];
  const database = 'DATABASE_URL' in settings ? undefined : await openTestDatabase(kind);
  const dataDir = await mkdtemp(join(tmpdir(), 'parlance-test-'));
  const server = await startServer({
    settings: readSettings({
      PORT: '0',
      DATA_DIR: dataDir,
      HOST: '127.0.0.1',
      ENVIRONMENT: 'test',
      RATE_LIMITS: 'off',
      BCRYPT_ROUNDS: '4',
      AI_MESSAGE_LOGS_FOLDER: join(dataDir, 'logs'),
      ...settings,
    }).settings,
    log: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
    print: (line) => printed.push(line),
    followInterval: 100,
    ...(database && { database }),
    ...(only && { only }),
  });

  async function codeFor(phone: string): Promise<string> {
    for (let attempt = 0; attempt < 400; attempt += 1) {
      const line = printed.findLast((each) => each.includes(`OTP ${phone} `));
      if (line) return /(\d{6})\s*$/.exec(line)![1]!;
      await sleep(25);
    }
    throw new Error(`no code was sent to ${phone}`);
  }

  const close = async () => {
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { ...server, close, url: server.addresses[0]!, printed, logged, codeFor };
}
