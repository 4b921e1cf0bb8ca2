// What only the embedded database promises: its folder, its thread, its end.

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Database, openDatabase } from '../../../src/adapters/database/index.ts';
import { makeTestDatabase } from '../../support/database.ts';
import { startChild } from './children.ts';

const log = { info: () => {}, warn: () => {} };

async function makePlace(): Promise<string> {
  const place = await makeTestDatabase('embedded');
  onTestFinished(() => place.remove());
  return place.dataDir;
}

async function open(dataDir: string, reasons: Error[] = []): Promise<Database> {
  const onLost = (reason: Error) => void reasons.push(reason);
  const database = await openDatabase({ url: undefined, dataDir, log, onLost });
  onTestFinished(() => database.close());
  return database;
}

describe('embedded database', () => {
  it('keeps what it was told, and opens again quickly', async () => {
    const dataDir = await makePlace();
    const first = await open(dataDir);
    await first.pool.query('create table kept (x int); insert into kept values (1)');
    await first.close();
    const started = performance.now();
    const second = await open(dataDir);
    // 0.5 s on an idle machine; this one may be busy.
    expect(performance.now() - started).toBeLessThan(15_000);
    expect((await second.pool.query('select x from kept')).rows).toEqual([{ x: 1 }]);
  });

  it('closes once, however often it is asked, and leaves no claim', async () => {
    const dataDir = await makePlace();
    const database = await open(dataDir);
    const closing = database.close();
    expect(database.close()).toBe(closing);
    await closing;
    expect(await readdir(dataDir)).toEqual(['database']);
    await expect(database.pool.query('select 1')).rejects.toThrow('after calling end');
  });

  it('waits for what is under way before it closes', async () => {
    const database = await open(await makePlace());
    const running = database.pool.query('select count(*) from generate_series(1, 1000000)');
    await sleep(20);
    await database.close();
    await expect(running).resolves.toMatchObject({ rowCount: 1 });
  });

  it('is made whole after a start that was killed', async () => {
    const dataDir = await makePlace();
    await rm(join(dataDir, 'database', 'PG_VERSION'));
    const database = await open(dataDir);
    expect((await database.pool.query(`select to_regclass('messages') as table`)).rows).toEqual([{ table: null }]);
  }, 60_000);

  it('refuses a second process by name', async () => {
    const dataDir = await makePlace();
    const first = startChild('open', dataDir);
    onTestFinished(() => first.kill());
    await first.line(/^open/);
    const second = startChild('open', dataDir);
    onTestFinished(() => second.kill());
    expect(await second.line(/^refused/)).toContain(`in use by process ${first.process.pid} on `);
    await first.kill();
    await open(dataDir);
  }, 30_000);

  it('loses nothing acknowledged to kill -9, and opens without help', async () => {
    const dataDir = await makePlace();
    let acknowledged = 0;
    const judge = (count: number, max: number) => {
      expect(count).toBe(max);
      expect(max).toBeGreaterThanOrEqual(acknowledged);
    };
    for (let round = 0; round < 3; round++) {
      const writer = startChild('write', dataDir);
      const [, count, max] = /^found (\d+) up to (\d+)$/.exec(await writer.line(/^found/))!;
      judge(Number(count), Number(max));
      await writer.line(/^\d/);
      await sleep(100 + Math.random() * 300);
      await writer.kill();
      acknowledged = Number(writer.lines.findLast((line) => /^\d+$/.test(line)));
      expect(acknowledged).toBeGreaterThan(Number(max));
    }
    const database = await open(dataDir);
    const found = await database.pool.query<{ count: number; max: number }>('select count(*), max(n) from written');
    judge(found.rows[0]!.count, found.rows[0]!.max);
  }, 60_000);

  it('tells an error, not nothing, when the one connection is asked for inside a transaction', async () => {
    const database = await open(await makePlace());
    await database.pool.query('select 1');
    database.pool.options.connectionTimeoutMillis = 200;
    const misuse = database.db.transaction().execute(() => database.pool.query('select 1'));
    await expect(misuse).rejects.toThrow('timeout exceeded');
  });

  it('fails what is pending and says so when its folder is taken away', async () => {
    const dataDir = await makePlace();
    const reasons: Error[] = [];
    const database = await open(dataDir, reasons);
    const pending = database.pool
      .query('select count(*) from generate_series(1, 30000000)')
      .catch((error: Error) => error);
    for (const name of await readdir(dataDir)) if (name.includes('.lock.')) await rm(join(dataDir, name));
    await expect.poll(() => reasons.map(String), { timeout: 10_000 }).toEqual([expect.stringContaining('was removed')]);
    expect((await pending) as Error).toBeInstanceOf(Error);
    await expect(database.pool.query('select 1')).rejects.toThrow('was removed');
    await database.close();
  }, 20_000);

  it('fails everything and says so when it stops by itself', async () => {
    const dataDir = await makePlace();
    const reasons: Error[] = [];
    const database = await open(dataDir, reasons);
    await database.pool.query('create table doomed (x text)');
    await rm(join(dataDir, 'database', 'pg_wal'), { recursive: true });
    const fill = `insert into doomed select repeat('x', 1000) from generate_series(1, 50000)`;
    await expect(database.pool.query(fill)).rejects.toThrow('No such file');
    await expect(database.pool.query(fill)).rejects.toThrow('The embedded database failed');
    expect(reasons.map(String)).toEqual([expect.stringContaining('The embedded database')]);
    await database.close();
  }, 20_000);
});
