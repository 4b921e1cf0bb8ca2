// Whether the followers of the log keep up: `npx tsx bench/follower.ts [--database=postgresql://…]`. Sends at full speed,
// then how fast each follower takes what was sent, one step after the other, with nothing else to do.

import { indexMessages } from '../src/core/messages/search.ts';
import { sendMessage } from '../src/core/messages/send.ts';
import { planNotifications } from '../src/core/notifications/plan.ts';
import { load, openStage, say, sayMachine } from './stage.ts';

const system = { kind: 'system' } as const;
const stage = await openStage();
const { messenger, database } = stage;

try {
  sayMachine(database);
  const { rate, milliseconds } = await load(64, 2, () => {
    const { actor, draft } = stage.next();
    // As many different pairs of neighbours as people's sentences have.
    const content = Array.from({ length: 8 }, () => Math.random().toString(36).slice(2, 8)).join(' ');
    return messenger.execute(actor, sendMessage, { ...draft, content });
  });
  say(`sends: ${Math.round(rate)} a second`);
  const sent = milliseconds.length;
  for (const [name, step] of [
    ['search', async () => (await messenger.execute(system, indexMessages, {})) > 0],
    ['notifications', async () => (await messenger.execute(system, planNotifications, {})).further],
  ] as const) {
    const began = performance.now();
    let steps = 0;
    while (await step()) steps += 1;
    const seconds = (performance.now() - began) / 1_000;
    say(
      `${name}: ${Math.round(sent / seconds)} rows a second in ${steps} steps of ${Math.round((seconds / steps) * 1_000)} ms`,
    );
  }
  sayMachine(database);
} finally {
  await stage.close();
}
