// Two thousand sends of which a random half are never answered: stored is what was meant, not what was asked for.

import { expect, it } from 'vitest';
import { databaseKinds } from '../support/database.ts';
import { sendAll } from './sends.ts';

it.each(databaseKinds)(
  'what is sent until an answer is heard is stored once, %s',
  { timeout: 300_000 },
  async (kind) => {
    const sends = 2_000;
    const result = await sendAll({ sends, seed: 7, database: kind, say: () => {} });
    expect(result).toMatchObject({ meant: sends, acknowledged: sends, stored: sends, keys: sends });
    expect(result.requests).toBeGreaterThan(1.5 * sends);
  },
);
