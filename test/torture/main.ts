// `npm run torture -- --minutes 10`: the server under every fault there is; says whether anything was lost or came twice.

import { parseArgs } from 'node:util';
import { sendAll } from './sends.ts';
import { torture } from './torture.ts';

const usage = `npm run torture -- [options]
  --minutes N          how long; default 1
  --seed S             the same seed makes the same choices; default: another each time
  --database KIND      embedded or postgresql, a server of the run's own; default postgresql
  --processes P        servers on one PostgreSQL; default 2
  --people N           who take part; default 12
  --sends N            instead: so many sends of which half the answers are swallowed; must be stored once each
  --lose N             the clients forget one note in N: the verdict must be that something is missing`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    database: { type: 'string', default: 'postgresql' },
    processes: { type: 'string', default: '2' },
    people: { type: 'string', default: '12' },
    sends: { type: 'string' },
    lose: { type: 'string' },
    help: { type: 'boolean' },
  },
});

if (values.help || (values.database !== 'embedded' && values.database !== 'postgresql')) {
  process.stdout.write(`${usage}\n`);
  process.exit(values.help ? 0 : 2);
}

const { database, seed, sends, lose } = values;
const began = Date.now();
const say = (line: string) =>
  process.stdout.write(`${String(Math.round((Date.now() - began) / 1_000)).padStart(5)} s  ${line}\n`);
say(`seed ${seed}, ${database}`);
if (sends !== undefined) {
  const result = await sendAll({ sends: Number(sends), seed: Number(seed), database, say });
  const { meant, requests, acknowledged, stored, keys, seconds } = result;
  const isRight = [acknowledged, stored, keys].every((count) => count === meant);
  say(
    `${isRight ? 'STORED IS DISTINCT' : 'FAILED'}: ${meant} meant, ${requests} requests in ${Math.round(seconds)} s ` +
      `(${Math.round(requests / seconds)}/s), ${acknowledged} acknowledged, ${stored} stored under ${keys} keys`,
  );
  process.exit(isRight ? 0 : 1);
}
let heard = 0;
const { faults, listeners } = await torture({
  seconds: Number(values.minutes) * 60,
  seed: Number(seed),
  database,
  processes: Number(values.processes),
  people: Number(values.people),
  ...(lose !== undefined && { ear: (note) => ((heard += 1) % Number(lose) === 0 ? [] : [note]) }),
  say,
});
for (const fault of faults.slice(0, 50)) say(fault);
const notes = listeners.reduce((sum, { journal }) => sum + journal.length, 0);
say(
  faults.length === 0
    ? `NOTHING LOST, NOTHING TWICE: ${notes} notes held against the log, seed ${seed}`
    : `FAILED: ${faults.length} faults in ${notes} notes, seed ${seed}`,
);
process.exit(faults.length === 0 ? 0 : 1);
