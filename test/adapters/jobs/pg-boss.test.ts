// A job is done if and only if the transaction that promised it has committed: soon, at least once, and not for ever.

import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type JobPace, type JobQueue, openJobs } from '../../../src/adapters/jobs/pg-boss.ts';
import { type Database, openDatabase } from '../../../src/adapters/database/index.ts';
import { databaseKinds, makeTestDatabase, openTestDatabase } from '../../support/database.ts';

const job = (codeId: number) => ({ name: 'send-code' as const, data: { codeId } });
const never = { poll: 60 };

describe.each(databaseKinds)('the queue on the %s database', (kind) => {
  let database: Database;
  const open: JobQueue[] = [];
  const warnings: string[] = [];

  async function openQueue(pace: Partial<JobPace> = never): Promise<JobQueue> {
    const { pool } = database;
    const jobs = await openJobs({ pool, kind, pace, log: { warn: (message) => warnings.push(message) } });
    open.push(jobs);
    return jobs;
  }

  async function promise(jobs: JobQueue, ...ids: number[]): Promise<void> {
    await database.db.transaction().execute(async (tx) => {
      for (const id of ids) await jobs.enqueue(tx, job(id));
    });
  }

  interface Row {
    id: string;
    state: string;
    retry_count: number;
    wait: number;
  }
  const rows = async (name = 'send-code') =>
    (
      await sql<Row>`select id, state::text, retry_count, extract(epoch from start_after - now())::float8 as wait
                     from pgboss.job where name = ${name} order by created_on`.execute(database.db)
    ).rows;
  const hurry = () => sql`update pgboss.job set start_after = now() where state = 'retry'`.execute(database.db);

  beforeAll(async () => {
    database = await openTestDatabase(kind);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((jobs) => jobs.close()));
    await sql`delete from pgboss.job`.execute(database.db);
    warnings.length = 0;
  });
  afterAll(() => database.close());

  test('does what was committed, once, and at once when woken', async () => {
    const jobs = await openQueue();
    const done: unknown[] = [];
    await jobs.work('send-code', async (data) => void done.push(data.codeId));
    for (const id of [1, 2]) {
      await promise(jobs, id);
      const woken = performance.now();
      jobs.wake('send-code');
      await vi.waitFor(() => expect(done).toContain(id), { timeout: 5_000, interval: 5 });
      // The first one warms up.
      if (id > 1) expect(performance.now() - woken).toBeLessThan(300);
    }
    await vi.waitFor(async () => expect((await rows()).map((row) => row.state)).toEqual(['completed', 'completed']));
    jobs.wake('send-code');
    await sleep(200);
    expect(done).toEqual([1, 2]);
  });

  test('never does what was rolled back', async () => {
    const jobs = await openQueue();
    const done: unknown[] = [];
    await jobs.work('send-code', async (data) => void done.push(data.codeId));
    const failing = database.db.transaction().execute(async (tx) => {
      await jobs.enqueue(tx, job(1));
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    await promise(jobs, 2);
    jobs.wake('send-code');
    await vi.waitFor(() => expect(done).toEqual([2]));
    expect(await rows()).toHaveLength(1);
  });

  test('finds by itself what nobody was woken for', async () => {
    const jobs = await openQueue({ poll: 0.5 });
    const done: unknown[] = [];
    await jobs.work('send-code', async (data) => void done.push(data.codeId));
    await sleep(200);
    await promise(jobs, 1);
    await vi.waitFor(() => expect(done).toEqual([1]), { timeout: 5_000 });
  });

  test('does at the next start what was promised before', async () => {
    const before = await openQueue();
    await promise(before, 1, 2);
    await before.close();
    const after = await openQueue();
    const done: unknown[] = [];
    await after.work('send-code', async (data) => void done.push(data.codeId));
    await vi.waitFor(() => expect(new Set(done)).toEqual(new Set([1, 2])), { timeout: 5_000 });
  });

  test('costs the transaction one statement, also right after the first start', async () => {
    await sql`drop schema if exists pgboss cascade`.execute(database.db);
    const jobs = await openQueue();
    await sleep(300);
    const query = vi.spyOn(pg.Client.prototype, 'query');
    await database.db.transaction().execute((tx) => jobs.enqueue(tx, job(1)));
    expect(query.mock.calls.length).toBe(3);
  });

  test('one that takes long does not hold up the others', async () => {
    const jobs = await openQueue();
    let letGo = () => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const done: unknown[] = [];
    const underWay = new Set<unknown>();
    let most = 0;
    await jobs.work(
      'send-code',
      async (data) => {
        underWay.add(data.codeId);
        most = Math.max(most, underWay.size);
        if (data.codeId === 1) await held;
        else await sleep(1);
        underWay.delete(data.codeId);
        done.push(data.codeId);
      },
      { concurrency: 3 },
    );
    await promise(jobs, 1, 2, 3, 4, 5, 6);
    jobs.wake('send-code');
    await vi.waitFor(() => expect(new Set(done)).toEqual(new Set([2, 3, 4, 5, 6])), { timeout: 5_000 });
    letGo();
    await vi.waitFor(() => expect(done).toHaveLength(6));
    expect(most).toBeLessThanOrEqual(3);
  });

  test('tries what failed again, later and later, five times; then gives it up and says so by id', async () => {
    const jobs = await openQueue();
    const work = vi.fn(async () => {
      throw new Error('no network');
    });
    await jobs.work('send-code', work);
    await promise(jobs, 987_654);
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      jobs.wake('send-code');
      await vi.waitFor(
        async () => {
          const [row] = await rows();
          expect([row?.state, row?.retry_count]).toEqual(attempt <= 5 ? ['retry', attempt - 1] : ['failed', 5]);
          waits.push(row?.wait ?? 0);
        },
        { timeout: 5_000, interval: 10 },
      );
      await hurry();
    }
    expect(work).toHaveBeenCalledTimes(6);
    expect(waits[0]).toBeGreaterThan(2);
    expect(waits[4]).toBeGreaterThan(35);
    const [row] = await rows();
    expect(warnings[0]).toBe(`Job send-code ${row?.id} failed, attempt 1 of 6: no network`);

    await jobs.close();
    await openQueue();
    const verdict = `Job send-code ${row?.id} failed for good and is given up.`;
    await vi.waitFor(() => expect(warnings).toContain(verdict), { timeout: 5_000 });
    expect(warnings.filter((warning) => warning === verdict)).toHaveLength(1);
    expect(warnings.join('\n')).not.toContain('987654');
  });

  test('one that never ends counts as failed and does not keep its worker', async () => {
    const jobs = await openQueue({ poll: 60, expire: 2 });
    const done: unknown[] = [];
    const work = async (data: { codeId?: unknown }) => {
      if (data.codeId === 1) await new Promise(() => {});
      done.push(data.codeId);
    };
    await jobs.work('send-code', work, { concurrency: 1 });
    await promise(jobs, 1);
    await promise(jobs, 2);
    jobs.wake('send-code');
    await vi.waitFor(() => expect(done).toEqual([2]), { timeout: 5_000 });
    const lost = (await rows()).find((row) => row.state === 'retry');
    expect(warnings).toEqual([`Job send-code ${lost?.id} failed, attempt 1 of 6: it took too long`]);
  });

  test('does again what a process that died had begun', async () => {
    const jobs = await openQueue({ poll: 0.5, supervise: 1 });
    await promise(jobs, 1);
    await sql`update pgboss.job set state = 'active', started_on = now() - interval '61 seconds'`.execute(database.db);
    const done: unknown[] = [];
    await jobs.work('send-code', async (data) => void done.push(data.codeId));
    await vi.waitFor(
      async () => {
        await hurry();
        expect(done).toEqual([1]);
      },
      { timeout: 10_000, interval: 200 },
    );
  });

  test('leaves to others what is under way and not yet overdue', async () => {
    const jobs = await openQueue({ poll: 0.5, supervise: 1 });
    await promise(jobs, 1);
    await sql`update pgboss.job set state = 'active', started_on = now() - interval '50 seconds'`.execute(database.db);
    const work = vi.fn(async () => {});
    await jobs.work('send-code', work);
    await sleep(2_000);
    expect(work).not.toHaveBeenCalled();
  });

  test('forgets what is done within the hour', async () => {
    const jobs = await openQueue({ poll: 0.5, supervise: 1 });
    await jobs.work('send-code', async () => {});
    await promise(jobs, 1);
    await vi.waitFor(async () => expect((await rows())[0]?.state).toBe('completed'), { timeout: 5_000 });
    await sql`update pgboss.job set completed_on = now() - interval '31 minutes'`.execute(database.db);
    await sql`update pgboss.queue set maintain_on = now() - interval '11 minutes'`.execute(database.db);
    await vi.waitFor(async () => expect(await rows()).toEqual([]), { timeout: 5_000 });
  });

  test('closing waits for what is under way, and begins nothing more', async () => {
    const jobs = await openQueue();
    const done: unknown[] = [];
    let begun = 0;
    await jobs.work(
      'send-code',
      async (data) => {
        begun += 1;
        await sleep(300);
        done.push(data.codeId);
      },
      { concurrency: 1 },
    );
    await promise(jobs, 1);
    await promise(jobs, 2);
    jobs.wake('send-code');
    await vi.waitFor(() => expect(begun).toBe(1), { interval: 5 });
    await jobs.close();
    expect(done).toEqual([1]);
    expect((await rows()).map((row) => row.state)).toEqual(['completed', 'created']);
    expect(warnings).toEqual([]);
  });

  test('closing does not wait for ever, and what was under way is done again', async () => {
    const jobs = await openQueue();
    let begun = false;
    await jobs.work('send-code', () => {
      begun = true;
      return new Promise(() => {});
    });
    await promise(jobs, 1);
    jobs.wake('send-code');
    await vi.waitFor(() => expect(begun).toBe(true));
    const started = performance.now();
    await jobs.close();
    expect(performance.now() - started).toBeLessThan(6_000);
    expect(warnings).toEqual(['Jobs were still under way at shutdown; they will be done again.']);
    expect((await rows())[0]?.state).toBe('retry');
  });

  test('what cannot be opened leaves nothing running and no connection in a transaction', async () => {
    const jobs = await openQueue();
    await sql`alter table pgboss.queue rename to elsewhere`.execute(database.db);
    try {
      await expect(openQueue({ poll: 0.5, supervise: 1 })).rejects.toThrow('queue');
      const query = vi.spyOn(pg.Client.prototype, 'query');
      await sleep(1_200);
      expect(query).not.toHaveBeenCalled();
    } finally {
      await sql`alter table pgboss.elsewhere rename to queue`.execute(database.db);
    }
    await promise(jobs, 1);
    expect(await rows()).toHaveLength(1);
  });
});

test.runIf(databaseKinds.includes('postgresql'))('two processes share the work and do nothing twice', async () => {
  const place = await makeTestDatabase('postgresql');
  const done: { by: string; id: unknown }[] = [];
  const process = async (by: string) => {
    const log = { info: () => {}, warn: () => {} };
    const database = await openDatabase({ url: place.url, dataDir: place.dataDir, log });
    const jobs = await openJobs({ ...database, log });
    const start = () =>
      jobs.work('send-code', async (data) => {
        await sleep(5);
        done.push({ by, id: data.codeId });
      });
    return { database, jobs, start };
  };
  // Both at once, on a database without the queue's tables.
  const processes = await Promise.all(['one', 'other'].map(process));
  try {
    const [first] = processes;
    const ids = Array.from({ length: 60 }, (_, index) => index);
    await first?.database.db.transaction().execute(async (tx) => {
      for (const id of ids) await first.jobs.enqueue(tx, job(id));
    });
    await Promise.all(processes.map(({ start }) => start()));
    await vi.waitFor(() => expect(done.length).toBeGreaterThanOrEqual(60), { timeout: 10_000 });
    await sleep(100);
    expect(done.map(({ id }) => Number(id)).toSorted((a, b) => a - b)).toEqual(ids);
    expect(new Set(done.map(({ by }) => by)).size).toBe(2);
  } finally {
    await Promise.all(processes.map(({ jobs }) => jobs.close()));
    await Promise.all(processes.map(({ database }) => database.close()));
    await place.remove();
  }
});
