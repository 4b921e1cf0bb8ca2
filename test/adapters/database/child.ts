// Another process, for tests that need one to kill or to race: `child.ts open|write|race <folder> [start]`.

import { setTimeout as sleep } from 'node:timers/promises';
import { lockFolder } from '../../../src/adapters/database/folder-lock.ts';
import { openDatabase } from '../../../src/adapters/database/index.ts';

const [, , task, folder = '', start = '0'] = process.argv;
const say = (line: string) => process.stdout.write(`${line}\n`);
const log = { info: () => {}, warn: (message: string) => say(`warning ${message}`) };
const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error));

if (task === 'open') {
  const opened = await openDatabase({ url: undefined, dataDir: folder, log }).catch(sentence);
  say(typeof opened === 'string' ? `refused ${opened}` : 'open');
} else if (task === 'write') {
  const { pool } = await openDatabase({ url: undefined, dataDir: folder, log });
  await pool.query('create table if not exists written (n bigint primary key, filler text)');
  const found = await pool.query<{ count: number; max: number }>(
    'select count(*), coalesce(max(n), 0) as max from written',
  );
  const { count, max } = found.rows[0]!;
  say(`found ${count} up to ${max}`);
  for (let n = max + 1; ; n++) {
    await pool.query(`insert into written values ($1, repeat('x', 500))`, [n]);
    say(String(n));
  }
} else if (task === 'hold') {
  await lockFolder(folder, () => {});
  say('held');
  await sleep(60_000);
} else if (task === 'race') {
  // Everyone starts each round at the same moment; who has the folder keeps it for a while.
  for (let round = 0; round < 4; round++) {
    await sleep(Number(start) + round * 1_000 - Date.now());
    const lock = await lockFolder(folder, () => {}).catch(sentence);
    say(typeof lock === 'string' ? `${round} refused` : `${round} held`);
    if (typeof lock !== 'string') await sleep(700).then(() => lock.release());
  }
}
