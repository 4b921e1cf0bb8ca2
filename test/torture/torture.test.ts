// A short run of all that can go wrong: nothing is lost and nothing comes twice; and whoever forgets is found out. A longer one:
// `npm run torture`.

import { expect, it } from 'vitest';
import { databaseKinds } from '../support/database.ts';
import { hasPostgresPrograms } from '../support/postgres.ts';
import { check } from './checker.ts';
import { torture } from './torture.ts';

const kinds = databaseKinds.filter((kind) => kind === 'embedded' || hasPostgresPrograms);

it.each(kinds)('people on all wires under every fault, %s', { timeout: 600_000 }, async (kind) => {
  const said: string[] = [];
  const seed = Math.floor(Math.random() * 1e6);
  const { faults, truth, listeners, tally } = await torture({
    seconds: 20,
    seed,
    database: kind,
    processes: 2,
    people: 12,
    say: (line) => said.push(line),
  });
  expect(faults, `seed ${seed}\n${said.join('\n')}`).toEqual([]);
  expect(tally.sent).toBeGreaterThan(0);
  expect(Object.keys(tally.blows).length).toBeGreaterThan(1);

  // The newest note of somebody's is of what must be heard: the change by which the end was told.
  const [one, ...others] = listeners;
  const lost = { ...one!, journal: one!.journal.slice(0, -1) };
  expect(check(truth, [lost, ...others]).faults).toMatchObject([{ who: one!.name, what: 'missing' }]);
  const twice = { ...one!, journal: [...one!.journal, one!.journal.at(-1)!] };
  expect(check(truth, [twice, ...others]).faults).toMatchObject([{ who: one!.name, what: 'double' }]);
});
