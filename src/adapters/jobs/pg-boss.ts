// The queue: pg-boss in our own database, so that a job is promised by the transaction that wants it.

import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { type Db, fromKysely, PgBoss, type QueueOptions } from 'pg-boss';
import type { Job, Jobs } from '../../core/ports.ts';
import { within } from '../../core/within.ts';
import type { Database, Log } from '../database/index.ts';

export type JobHandler = (data: Job['data']) => Promise<void>;

export interface WorkOptions {
  /** How many jobs of this name may be under way at once in this process. */
  concurrency?: number;
}

export interface JobQueue extends Jobs {
  /**
   * Hands every job of this name to the handler, at least once: a process may die between the work and its being
   * noted. A throw is logged, so its message must hold nothing personal; the job is tried again later.
   */
  work(name: Job['name'], handler: JobHandler, options?: WorkOptions): Promise<void>;
  /** How many jobs there are of each name, as last counted: within a minute. */
  count(): Promise<{ name: string; waiting: number; active: number; failed: number }[]>;
  /** Takes no more jobs and waits for those under way, at most 5 s; the rest will be done again. */
  close(): Promise<void>;
}

/** In seconds. */
export interface JobPace {
  /** A job nobody was woken for (a retry, one left by a process that died) waits at most this long to be seen. */
  poll: number;
  /** How often lost jobs are looked for and finished ones deleted. */
  supervise: number;
  /** A job under way for longer counts as lost, and is tried again: in place of each job's own limit. */
  expire?: number;
}

export interface JobQueueOptions extends Pick<Database, 'kind' | 'pool'> {
  log: Pick<Log, 'warn'>;
  /** False: jobs are promised here and done by another process, which looks after the queue too. Default: true. */
  works?: boolean;
  pace?: Partial<JobPace>;
}

/** Every job there is, and how many seconds it may take. A process that dies holds it for as long. */
const expiries: Readonly<Record<Job['name'], number>> = {
  'send-code': 60,
  'send-email-code': 60,
  'collect-upload': 60,
  'describe-media': 600,
  'remove-media': 60,
  announce: 60,
  'forget-media': 300,
};
const names = Object.keys(expiries) as readonly Job['name'][];

const MINUTE = 60;
const DAY = 86_400;
const RETRIES = 5;
const CLOSING_PATIENCE = 5_000;

/** Where jobs go that failed for good. */
const GIVEN_UP = 'given-up';

/** One loop of pg-boss. Those of a queue take turns: only the first one polls. */
interface Worker {
  id: string;
  busy: boolean;
}

/** Opens the queue and makes its tables (schema `pgboss`) and queues where they are missing. Close it before the pool. */
export async function openJobs(options: JobQueueOptions): Promise<JobQueue> {
  const { kind, pool, log, works = true } = options;
  const pace: JobPace = { poll: kind === 'embedded' ? 5 : 2, supervise: MINUTE, ...options.pace };
  const rarely = Math.max(MINUTE, pace.poll);
  const expiryOf = (name: Job['name']) => pace.expire ?? expiries[name];
  const workers = new Map<Job['name'], Worker[]>();
  let closed = false;

  const boss = new PgBoss({
    db: overPool(pool),
    backend: kind === 'embedded' ? 'pglite' : 'postgres',
    schema: 'pgboss',
    schedule: false,
    supervise: works,
    superviseIntervalSeconds: pace.supervise,
    monitorIntervalSeconds: pace.supervise,
    maintenanceIntervalSeconds: 10 * MINUTE,
    queueCacheIntervalSeconds: 10 * MINUTE,
    // What we do not use: flows, index builds after an upgrade (one look at the start is enough), health of vacuum.
    flowIntervalSeconds: DAY,
    bamIntervalSeconds: DAY,
    monitorVacuum: false,
    reindex: false,
  });
  const tell = (news: { message: string }) => {
    if (!closed) log.warn(`The job queue says: ${news.message}`);
  };
  boss.on('error', tell);
  boss.on('warning', tell);

  try {
    await makeSchema(pool);
    await boss.start();
    await makeQueues(boss, expiryOf);
  } catch (error) {
    closed = true;
    await boss.stop({ graceful: false });
    throw error;
  }
  if (works) {
    const rare = { includeMetadata: true, pollingIntervalSeconds: rarely, batchSize: 100 } as const;
    await boss.work(GIVEN_UP, rare, async (jobs) => {
      for (const job of jobs) log.warn(`Job ${job.sourceName} ${job.sourceId} failed for good and is given up.`);
    });
  }

  const wake = (name: Job['name']) => {
    // Those at work look for more by themselves when they are done.
    const idle = workers.get(name)?.find((worker) => !worker.busy);
    if (idle) boss.notifyWorker(idle.id);
  };

  async function startWorker(name: Job['name'], handler: JobHandler, crew: Worker[]): Promise<void> {
    const worker: Worker = { id: '', busy: false };
    const pollingIntervalSeconds = crew.length === 0 ? pace.poll : rarely;
    crew.push(worker);
    worker.id = await boss.work<Job['data']>(name, { pollingIntervalSeconds }, async ([job]) => {
      if (!job) return;
      worker.busy = true;
      wake(name);
      try {
        // A little before pg-boss says so, which would not free this worker.
        await within((expiryOf(name) - 1) * 1_000, handler(job.data), () => {
          throw new Error('it took too long');
        });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn(`Job ${name} ${job.id} failed, attempt ${job.retryCount + 1} of ${RETRIES + 1}: ${reason}`);
        throw error;
      } finally {
        worker.busy = false;
        boss.notifyWorker(worker.id);
      }
    });
  }

  async function close(): Promise<void> {
    const done = Promise.all([...names, GIVEN_UP].map((name) => boss.offWork(name)));
    await within(CLOSING_PATIENCE, done, () =>
      log.warn('Jobs were still under way at shutdown; they will be done again.'),
    );
    closed = true;
    await boss.stop({ graceful: false });
  }

  let closing: Promise<void> | undefined;
  return {
    async enqueue(tx, job) {
      await boss.send(job.name, job.data, {
        db: fromKysely(tx),
        ...(job.after !== undefined && { startAfter: job.after }),
      });
    },
    wake,
    async work(name, handler, { concurrency = 4 } = {}) {
      const crew: Worker[] = [];
      workers.set(name, crew);
      while (crew.length < concurrency) await startWorker(name, handler, crew);
    },
    async count() {
      const queues = await boss.getQueues([...names]);
      return queues.map(({ name, queuedCount, activeCount, failedCount }) => ({
        name,
        waiting: queuedCount,
        active: activeCount,
        failed: failedCount,
      }));
    },
    close: () => (closing ??= close()),
  };
}

/** pg-boss's statements over our pool; it keeps no connection, and leaves none in a failed transaction. */
function overPool(pool: pg.Pool): Db {
  return {
    async executeSql(text, values) {
      const client = await pool.connect();
      try {
        // pg gives several results, and not one, for a text of several statements.
        const results = [await client.query(text, values)].flat();
        return { rows: results.flatMap((result) => result.rows) };
      } catch (error) {
        if (client.getTransactionStatus() !== 'I') await client.query('rollback').catch(() => {});
        throw error;
      } finally {
        client.release();
      }
    },
  };
}

/** Of several that start at once pg-boss lets all but one fail at its schema, though not at what is in it. */
async function makeSchema(pool: pg.Pool): Promise<void> {
  await pool.query(`do $$ begin
    if to_regnamespace('pgboss') is null then create schema pgboss; end if;
  exception when unique_violation or duplicate_schema then null; end $$`);
}

/** Makes the queues that are missing and brings the others up to date; usually there is nothing to do. */
async function makeQueues(boss: PgBoss, expiryOf: (name: Job['name']) => number): Promise<void> {
  const existing = await boss.getQueues();
  const make = async (name: string, options: QueueOptions & { deadLetter?: string }) => {
    const found = existing.find((queue) => queue.name === name);
    if (found && isDeepStrictEqual({ ...found, ...options }, found)) return;
    if (found) await boss.updateQueue(name, options);
    else await boss.createQueue(name, options);
    // Asks for any job, so that pg-boss knows the queue from here on: `enqueue` is inside a transaction, and looking
    // the queue up from there would wait for ever for the embedded database's one connection.
    await boss.getJobById(name, '00000000-0000-0000-0000-000000000000');
  };
  const deleted = { deleteAfterSeconds: 30 * MINUTE };
  const retried = { retryLimit: RETRIES, retryDelay: 5, retryBackoff: true, deadLetter: GIVEN_UP };
  await make(GIVEN_UP, deleted);
  for (const name of names) await make(name, { ...deleted, ...retried, expireInSeconds: expiryOf(name) });
}
