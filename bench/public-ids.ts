// What a public id costs, in nanoseconds a call: `npx tsx bench/public-ids.ts`.

import { createPublicIds } from '../src/dialects/public-ids.ts';

const calls = 1_000_000;
const ids = createPublicIds(new Uint8Array(32).fill(7));
const uuids = Array.from({ length: calls }, (_, n) => flat(ids.toUuid('message', n * 8_191)));

measure('toUuid', (n) => ids.toUuid('message', n * 8_191).charCodeAt(0));
measure('fromUuid', (n) => ids.fromUuid('message', uuids[n]!) ?? -1);
measure('fromUuid, another kind', (n) => ids.fromUuid('account', uuids[n]!) ?? -1);

/** Reading one character makes V8 join the pieces, as writing the answer would. */
function flat(text: string): string {
  text.charCodeAt(0);
  return text;
}

function measure(name: string, call: (n: number) => number): void {
  let best = Infinity;
  let sum = 0;
  for (let run = 0; run < 7; run++) {
    const start = process.hrtime.bigint();
    for (let n = 0; n < calls; n++) sum += call(n);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / calls);
  }
  process.stdout.write(`${name.padEnd(24)} ${best.toFixed(0).padStart(5)} ns   (${sum === 0 ? 'nothing' : 'ok'})\n`);
}
