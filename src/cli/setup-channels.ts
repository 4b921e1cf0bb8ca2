// `npm run setup:channels`: makes Pythia's standard channels, and puts its oldest person in them. Again is harmless.

import { setUpChannels } from '../core/conversations/channels.ts';
import { asOperator } from './operator.ts';

await asOperator(async (messenger) => {
  const { founder } = await messenger.execute({ kind: 'system' }, setUpChannels, {});
  const who = founder === null ? 'There is nobody yet to be in them.' : `${founder} is in all of them.`;
  return `The channels general, random and announcements are there. ${who}`;
}).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
