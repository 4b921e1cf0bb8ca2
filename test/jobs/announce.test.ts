// A broadcast over the real queue, whose process dies in the middle: another goes on where it was, and nobody is told twice.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createMemoryCluster } from '../../src/adapters/cluster/memory.ts';
import { openJobs, type JobQueue } from '../../src/adapters/jobs/pg-boss.ts';
import { noPush } from '../../src/adapters/push/console.ts';
import { createMessenger, type Messenger } from '../../src/core/execute.ts';
import { announce } from '../../src/core/notifications/announcements.ts';
import type { Job, Ports } from '../../src/core/ports.ts';
import { announceJob } from '../../src/jobs/announce.ts';
import { startJobs, type JobTools } from '../../src/jobs/index.ts';
import { openCore, type Core } from '../core/support.ts';
import { databaseKinds } from '../support/database.ts';

const people = 900;

describe.each(databaseKinds.filter((kind) => !process.env.TEST_DATABASE || kind === process.env.TEST_DATABASE))(
  'on the %s database',
  (kind) => {
    let core: Core;
    beforeAll(async () => {
      core = await openCore(kind);
    });
    afterAll(() => core.close());

    function processOn(jobs: JobQueue): Messenger {
      return createMessenger({
        db: core.database.db,
        lanes: 1,
        ports: {
          cluster: createMemoryCluster(),
          jobs,
          push: { ...noPush, adapters: { app: 'test' } },
        } as unknown as Ports,
        settings: {
          secret: new Uint8Array(32),
          accessTokenSeconds: 1,
          refreshTokenSeconds: 1,
          socketGraceSeconds: 0,
          passwordRounds: 4,
          limits: false,
          subject: String,
        },
      });
    }
    const open = () =>
      openJobs({
        pool: core.database.pool,
        kind,
        log: { warn: () => {} },
        pace: { poll: 0.5, supervise: 1, expire: 2 },
      });

    test('every device has exactly one line', async () => {
      const { db } = core.database;
      const root = await core.person('root');
      await sql`update accounts set is_superuser = true where id = ${root.accountId}`.execute(db);
      await sql`with people as (
        insert into accounts (username, created_in) select 'listener_' || n, 'urge' from generate_series(1, ${people}) n returning id)
        insert into devices (account_id, dialect, platform, address) select id, 'urge', 'ios', 'phone_' || id from people`.execute(
        db,
      );
      const lines = async () => {
        const { rows } = await sql<{ lines: number; devices: number }>`
          select count(*) as lines, count(distinct device_id) as devices from deliveries`.execute(db);
        return rows[0]!;
      };

      const dying = await open();
      const messenger = processOn(dying);
      // Takes the first step and stops in the second, with the job in its hands.
      let steps = 0;
      await dying.work('announce', async (data: Job['data']) => {
        steps += 1;
        if (steps > 1) await new Promise<never>(() => {});
        await announceJob({ messenger } as JobTools, data);
      });
      await messenger.execute(root, announce, {
        recipients: null,
        platforms: null,
        type: 'system',
        category: null,
        title: 'News',
        body: 'We are moving',
        translations: null,
        data: null,
        imageUrl: null,
        clickAction: null,
        urgency: 'normal',
        scheduledAt: null,
      });
      dying.wake('announce');
      await vi.waitFor(() => expect(steps).toBe(2), { timeout: 10_000 });
      expect(await lines()).toEqual({ lines: 250, devices: 250 });

      await dying.close();
      const next = await open();
      const onPlanned = vi.fn();
      await startJobs({ messenger: processOn(next), jobs: next, onPlanned } as unknown as Parameters<
        typeof startJobs
      >[0]);
      try {
        await vi.waitFor(
          async () => {
            const { rows } = await sql`select 1 from announcements where finished_at is not null`.execute(db);
            expect(rows).toHaveLength(1);
          },
          { timeout: 30_000, interval: 100 },
        );
        expect(await lines()).toEqual({ lines: people, devices: people });
        expect(onPlanned).toHaveBeenCalledTimes(3);
      } finally {
        await next.close();
      }
    }, 60_000);
  },
);
