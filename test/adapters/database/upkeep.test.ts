// A single back end has no checkpointer and no autovacuum: their work is done between requests.

import { PGlite } from '@electric-sql/pglite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Upkeep } from '../../../src/adapters/database/upkeep.ts';

const MINUTE = 60_000;

describe('upkeep', () => {
  let pglite: PGlite;
  let upkeep: Upkeep;

  beforeAll(async () => {
    pglite = await PGlite.create();
    upkeep = new Upkeep(pglite);
    await pglite.exec('create table busy (x int); insert into busy select generate_series(1, 5000); delete from busy');
    // Statistics are written at most once a second, by the next transaction.
    await sleep(1_100);
    await pglite.query('select 1');
  }, 60_000);
  afterAll(() => pglite.close());

  const state = async () =>
    (
      await pglite.query<{ dead: number; checkpoint: string }>(
        `select n_dead_tup::int as dead, (select redo_lsn::text from pg_control_checkpoint()) as checkpoint
         from pg_stat_user_tables where relname = 'busy'`,
      )
    ).rows[0];

  it('does nothing while nothing happens, soon after a start, or inside a transaction', async () => {
    const before = await state();
    await upkeep.tick(Date.now() + 20 * MINUTE);
    upkeep.note(100);
    await upkeep.tick();
    await pglite.exec('begin');
    await upkeep.tick(Date.now() + 20 * MINUTE);
    await pglite.exec('rollback');
    expect(await state()).toEqual(before);
    expect(before?.dead).toBe(5000);
  });

  it('cleans the most changed table and checkpoints in a quiet minute', async () => {
    const before = await state();
    await upkeep.tick(Date.now() + 2 * MINUTE);
    const after = await state();
    expect(after?.dead).toBe(0);
    expect(after?.checkpoint).not.toBe(before?.checkpoint);
  });

  it('checkpoints after much was sent, without waiting for quiet', async () => {
    const before = await state();
    await pglite.exec('insert into busy select generate_series(1, 5000)');
    upkeep.note(40 * 1024 * 1024);
    await upkeep.tick();
    expect((await state())?.checkpoint).not.toBe(before?.checkpoint);
  });
});
