// Which database an address means.

import { existsSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../../src/adapters/database/index.ts';
import { databaseKinds, makeTestDatabase } from '../../support/database.ts';

const warnings: string[] = [];
const log = { info: () => {}, warn: (warning: string) => warnings.push(warning) };

describe('openDatabase', () => {
  it.each(['mysql://u:secret@h/d', 'mongodb+srv://u:secret@h', 'localhost:5432/secret', 'secret'])(
    'refuses %s',
    async (url) => {
      const failed = await openDatabase({ url, dataDir: '/nowhere', log }).catch((error: Error) => error.message);
      expect(failed).toContain('It must be postgresql://');
      expect(failed).not.toContain('secret');
    },
  );

  it('says where it could not reach a server, without the password', async () => {
    const url = 'postgresql://u:secret@127.0.0.1:1/d';
    const failed = await openDatabase({ url, dataDir: '/nowhere', log }).catch((error: Error) => error.message);
    expect(failed).toContain('The database at 127.0.0.1:1/d cannot be used: ');
    expect(failed).not.toContain('secret');
  });

  it('refuses a server older than PostgreSQL 15', async () => {
    const port = await startOldServer();
    const url = `postgresql://u@127.0.0.1:${port}/d`;
    await expect(openDatabase({ url, dataDir: '/nowhere', log })).rejects.toThrow(
      'it is PostgreSQL 14.9, and Parlance needs 15 or newer',
    );
  });

  it('uses the embedded database instead of SQLite, and says so', async () => {
    const place = await makeTestDatabase('embedded');
    const database = await openDatabase({ url: 'sqlite+aiosqlite:///./app.db', dataDir: place.dataDir, log });
    expect(database.kind).toBe('embedded');
    expect(warnings.at(-1)).toContain(`${place.dataDir}/database is used instead`);
    await database.close();
    await place.remove();
  });
});

describe.runIf(databaseKinds.includes('postgresql'))('openDatabase on PostgreSQL', async () => {
  const place = await makeTestDatabase('postgresql');
  afterAll(() => place.remove());
  const url = place.url ?? '';

  it.each(['postgresql:', 'postgres:', 'postgresql+asyncpg:', 'postgresql+psycopg2:'])(
    'understands %s',
    async (scheme) => {
      const database = await openDatabase({ url: url.replace('postgresql:', scheme), dataDir: '/nowhere', log });
      const found = await database.pool.query(`select current_setting('application_name') as name`);
      expect(found.rows).toEqual([{ name: 'parlance' }]);
      expect(database.kind).toBe('postgresql');
      await database.close();
      await database.close();
      expect(existsSync('/nowhere')).toBe(false);
    },
  );

  it('outlives connections that the server ends', async () => {
    const database = await openDatabase({ url, dataDir: '/nowhere', log, poolSize: 2 });
    onTestFinished(() => database.close());
    const [idle, busy] = await Promise.all([database.pool.connect(), database.pool.connect()]);
    const pid = async (client: typeof idle) =>
      (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
    const pids = [await pid(idle), await pid(busy)];
    idle.release();
    const running = busy.query('select pg_sleep(10)').catch((error: { code: string }) => error.code);
    await database.pool.query('select 1');
    const killer = await openDatabase({ url, dataDir: '/nowhere', log });
    await killer.pool.query('select pg_terminate_backend(pid) from unnest($1::int[]) pid', [pids]);
    await killer.close();
    expect(await running).toBe('57P01');
    busy.release();
    await expect.poll(() => database.pool.query('select 1 as one').then((found) => found.rows)).toEqual([{ one: 1 }]);
  });
});

/** Just enough of a server to say which version it is. */
async function startOldServer(): Promise<number> {
  const ready = message('Z', 'I');
  const two = Buffer.from([0, 2]);
  const version = Buffer.concat([
    message('T', two, textColumn('number'), textColumn('name')),
    message('D', two, cell('140009'), cell('14.9')),
    message('C', 'SELECT 1\0'),
    ready,
  ]);
  const answer = (socket: Socket, data: Buffer) => {
    if (data[0] === 0) socket.write(Buffer.concat([message('R', Buffer.alloc(4)), ready]));
    else if (data.includes('server_version')) socket.write(version);
    else if (data[0] === 0x51) socket.write(Buffer.concat([message('C', 'SET\0'), ready]));
    else socket.end();
  };
  const server = createServer((socket) => socket.on('data', (data) => answer(socket, data)));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function message(type: string, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

function textColumn(name: string): Buffer {
  return Buffer.concat([Buffer.from(`${name}\0`), Buffer.from('00000000000000000019ffffffffffff0000', 'hex')]);
}

function cell(text: string): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);
}
