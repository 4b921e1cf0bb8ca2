// `npm run move-to-postgres -- --to postgresql://…`: the embedded database, moved to a PostgreSQL server.

import { parseArgs } from 'node:util';
import { moveToPostgresql } from '../adapters/database/move.ts';
import { loadSettings } from '../config.ts';

const help = `npm run move-to-postgres -- --to postgresql://user:password@host:5432/name

Copies the embedded database in DATA_DIR to a PostgreSQL database that is empty, and compares both. Stop the server first.
The embedded database stays as it is. Files that people sent are not in it: they stay in DATA_DIR, or in the bucket.
`;

const { values: options } = parseArgs({ options: { to: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });

async function move(url: string): Promise<void> {
  const { dataDir } = loadSettings().settings;
  if (!/^postgres(ql)?(\+\w+)?:\/\//.test(url))
    throw new Error('--to must be postgresql://user:password@host:5432/name.');
  const log = { info: (text: string) => console.log(text), warn: (text: string) => console.warn(text) };
  await moveToPostgresql({ dataDir, url, log });
  console.log(
    `Everything is there: each table has the same rows, by number and by hash.\n` +
      `Start the server with DATABASE_URL, on the same DATA_DIR: files that are not in a bucket are still read there.\n` +
      `The embedded database is as it was. Do not go on with it, or there are two truths.`,
  );
}

if (options.help || options.to === undefined) {
  console.log(help);
  process.exitCode = options.help ? 0 : 1;
} else {
  await move(options.to).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}
