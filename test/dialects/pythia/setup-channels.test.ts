// `npm run setup:channels`, before the first person and after, and again.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { build } from '../../../scripts/setup.mjs';
import { openDatabase } from '../../../src/adapters/database/index.ts';
import { makeTestDatabase, type DatabasePlace } from '../../support/database.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const places: DatabasePlace[] = [];
afterAll(() => Promise.all(places.map((place) => place.remove())));

async function setUp(place: DatabasePlace): Promise<string> {
  await build();
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/cli/setup-channels.js'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, DATA_DIR: place.dataDir, ...(place.url && { DATABASE_URL: place.url }) },
  });
  return stdout;
}

async function look<R extends object>(place: DatabasePlace, statement: string): Promise<R[]> {
  const log = { info: () => {}, warn: () => {} };
  const database = await openDatabase({ url: place.url, dataDir: place.dataDir, log });
  try {
    return (await database.pool.query<R>(statement)).rows;
  } finally {
    await database.close();
  }
}

describe('setting up the channels', () => {
  it('makes three, puts the oldest person in, and changes nothing the next time', async () => {
    const place = await makeTestDatabase();
    places.push(place);
    expect(await setUp(place)).toContain('nobody yet');
    expect(await look(place, 'select name, is_public from conversations order by id')).toEqual([
      { name: 'general', is_public: true },
      { name: 'random', is_public: true },
      { name: 'announcements', is_public: true },
    ]);
    await look(
      place,
      `insert into accounts (username, created_in) values ('elsewhere', 'urge'), ('first', 'pythia'), ('second', 'pythia')`,
    );
    for (let time = 0; time < 2; time += 1) expect(await setUp(place)).toContain('first is in all of them');
    expect(
      await look(
        place,
        `select username, count(*) from memberships join accounts on accounts.id = account_id group by username`,
      ),
    ).toEqual([{ username: 'first', count: 3 }]);
    expect(
      await look(place, `select count(*) from changes where kind = 'members.joined' and change_no is not null`),
    ).toEqual([{ count: 3 }]);
  }, 120_000);
});
