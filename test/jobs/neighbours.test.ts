// Two servers on one database notice each other.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Database, openDatabase } from '../../src/adapters/database/index.ts';
import { otherServers } from '../../src/core/health.ts';
import { watchNeighbours } from '../../src/jobs/neighbours.ts';
import { databaseKinds, makeTestDatabase, type DatabasePlace } from '../support/database.ts';

const log = { info: () => {}, warn: () => {} };

describe.skipIf(!databaseKinds.includes('postgresql'))('servers on one database', () => {
  let place: DatabasePlace;
  let elsewhere: DatabasePlace;
  const opened: Database[] = [];
  beforeAll(async () => {
    place = await makeTestDatabase('postgresql');
    elsewhere = await makeTestDatabase('postgresql');
  });
  afterAll(async () => {
    for (const database of opened) await database.close();
    await Promise.all([place.remove(), elsewhere.remove()]);
  });

  async function open(name: string | undefined, { url, dataDir } = place): Promise<Database> {
    const database = await openDatabase({ url, dataDir, log, ...(name !== undefined && { name }) });
    opened.push(database);
    return database;
  }

  it('see each other, but neither themselves, nor commands, nor those of another database', async () => {
    const one = await open('parlance-one');
    const commands = await open(undefined);
    await open('parlance-three', elsewhere);
    expect(await otherServers(one.db)).toEqual([]);
    const two = await open('parlance-two');
    expect(await otherServers(one.db)).toEqual(['parlance-two']);
    expect(await otherServers(two.db)).toEqual(['parlance-one']);
    expect(await otherServers(commands.db)).toEqual(expect.arrayContaining(['parlance-one', 'parlance-two']));
  });
});

describe('a neighbour', () => {
  const watch = (...looks: string[][]) => {
    const found = vi.fn();
    const look = vi.fn(async () => looks.shift() ?? []);
    return { found, look, watching: watchNeighbours({ look, found, log, interval: 5 }) };
  };

  it('that stays is told of once, and not looked for any more', async () => {
    const { found, look } = watch(['a'], ['b', 'a'], ['a'], ['a']);
    await vi.waitFor(() => expect(found).toHaveBeenCalledOnce());
    expect(look).toHaveBeenCalledTimes(2);
  });

  it('that is just leaving, or has given way to another, is not told of', async () => {
    const { found, look, watching } = watch(['a'], [], ['a'], ['b'], ['c']);
    await vi.waitFor(() => expect(look.mock.calls.length).toBeGreaterThan(6));
    expect(found).not.toHaveBeenCalled();
    watching.close();
  });
});
