// A code endpoint is no way to send a bill: caps by number, address, country and day, also in a crowd.

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createMemoryCluster } from '../../../src/adapters/cluster/memory.ts';
import { noPush } from '../../../src/adapters/push/console.ts';
import { regionOf } from '../../../src/core/accounts/code-caps.ts';
import { requestCode } from '../../../src/core/accounts/codes.ts';
import { createMessenger, type Messenger } from '../../../src/core/execute.ts';
import type { Ports } from '../../../src/core/ports.ts';
import { databaseKinds } from '../../support/database.ts';
import { openCore, type Core } from '../support.ts';

test.each([
  ['+4915112345678', 'DE'],
  ['+881612345678', '+881'],
  ['+12125550123', 'US'],
  ['+18765550123', 'JM'],
  ['+442079460000', 'GB'],
  ['4915112345678', 'DE'],
  ['015112345678', '015'],
  ['+99999999999', '999'],
])('%s is of %s', (phone, region) => {
  expect(regionOf(phone)).toBe(region);
});

describe.each(databaseKinds.filter((kind) => !process.env.TEST_DATABASE || kind === process.env.TEST_DATABASE))(
  'on the %s database',
  (kind) => {
    let core: Core;
    let messenger: Messenger;
    let now = Date.now();

    beforeAll(async () => {
      core = await openCore(kind);
      messenger = createMessenger({
        db: core.database.db,
        lanes: 1,
        ports: {
          cluster: createMemoryCluster(),
          jobs: { enqueue: async () => {}, wake: () => {} },
          sms: { send: async () => 'sent' },
          push: noPush,
        } as unknown as Ports,
        settings: {
          secret: new Uint8Array(32),
          accessTokenSeconds: 1,
          refreshTokenSeconds: 1,
          socketGraceSeconds: 0,
          passwordRounds: 4,
          limits: true,
          codesPerDay: 40,
          subject: String,
        },
        now: () => now,
      });
    });
    afterAll(() => core.close());
    beforeEach(async () => {
      now = Date.now();
      await sql`delete from codes`.execute(core.database.db);
    });

    let address = 0;
    /** Asks from an address of its own, if none is said. True if one was granted. */
    async function ask(phone: string, from = `192.0.2.${(address += 1)}`): Promise<boolean> {
      const guest = { kind: 'guest', dialect: 'urge', address: from, device: null } as const;
      try {
        await messenger.execute(guest, requestCode, { phone, purpose: 'sign-in' });
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: 'too_many', reason: 'too_many_codes', details: { retryAfter: 600 } });
        return false;
      }
    }
    const granted = async (asked: Promise<boolean>[]) => (await Promise.all(asked)).filter(Boolean).length;
    const hours = (count: number) => (now += count * 3_600_001);

    test('a country gets an eighth in an hour and half in a day, and others are not held up', async () => {
      expect(await granted(Array.from({ length: 12 }, (_, n) => ask(`+49151000000${10 + n}`)))).toBe(5);
      expect(await ask('+442079460000')).toBe(true);
      let total = 5;
      for (let hour = 0; hour < 5; hour += 1) {
        hours(1);
        for (let n = 0; n < 6; n += 1) total += Number(await ask(`+491520000${hour}0${n}0`));
      }
      expect(total).toBe(20);
      expect(await ask('+442079460000')).toBe(true);
      hours(24);
      expect(await ask('+4915112345678')).toBe(true);
    });

    test('all together get no more than a day’s', async () => {
      const countries = [
        '+49151000000',
        '+44207946000',
        '+33612345600',
        '+34612345600',
        '+39312345600',
        '+46701234500',
        '+31612345600',
        '+48512345600',
        '+43664123450',
      ];
      const asked = countries.flatMap((start) => Array.from({ length: 5 }, (_, n) => ask(`${start}${10 + n}`)));
      expect(await granted(asked)).toBe(40);
    });

    test('a number gets twenty in a day', async () => {
      let total = 0;
      for (let hour = 0; hour < 10; hour += 1) {
        for (const phone of ['+4915112345678', '4915112345678', '+4915112345678']) total += Number(await ask(phone));
        hours(1);
      }
      expect(total).toBe(20);
    });

    test('unknown numbers count as known ones do', async () => {
      expect(await granted(Array.from({ length: 12 }, () => ask('99999999999')))).toBe(5);
    });
  },
);
