// Whatever happens: an old look at everything and the log are a new look, for each of the people and for a stranger.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cursorOf, headOf, missedBy, positionOf, seam } from '../../src/core/catch-up.ts';
import type { Member } from '../../src/core/context.ts';
import { databaseKinds } from '../support/database.ts';
import { appoint, lifeOf, lives, named, rareLives } from './histories.ts';
import { type Core, openCore, until } from './support.ts';
import { look, take } from './view.ts';

describe.each(databaseKinds)('any history, %s', (kind) => {
  let core: Core;
  beforeAll(async () => {
    core = await openCore(kind);
  });
  afterAll(() => core.close());

  it('a fresh look is an old look and the log', { timeout: 240_000 }, async () => {
    const { db } = core.database;
    const numRuns = 15;
    await fc.assert(
      fc.asyncProperty(lives, fc.integer({ min: 1, max: 40 }), async ({ before, after }, limit) => {
        const people: Member[] = [];
        for (const name of ['alice', 'bob', 'carol', 'dave', 'mallory']) people.push(await core.person(name));
        const [alice, bob, carol, dave] = people as [Member, Member, Member, Member];
        await appoint(db, alice);
        const rooms = [await core.group(alice, bob, carol, dave), await core.direct(alice, bob)];
        const live = lifeOf(core.messenger, await named(db, people.slice(0, 4)), rooms);
        await live(before);
        const start = await headOf(db);
        const views = await Promise.all(people.map(({ accountId }) => look(db, accountId)));
        await live(after);

        for (const [index, { accountId }] of people.entries()) {
          const view = views[index]!;
          const told = new Set<string>();
          const takeAll = async (events: Parameters<typeof take>[1][]) => {
            for (const event of events) {
              await take(view, event, accountId, db);
              told.add(event.audience.kind);
            }
          };
          let at = start;
          for (let more = true; more;) {
            const page = await missedBy(db, accountId, positionOf(cursorOf(at)), limit);
            if (page.trimmed) throw new Error('trimmed');
            await takeAll(page.events);
            ({ position: at, more } = page);
          }
          // What other tests on the same server keep from being settled is in the seam.
          const last = await seam(db, accountId, at);
          if (last.trimmed) throw new Error('trimmed');
          await takeAll(last.events);
          view.channels.sort((a, b) => a - b);
          for (const room of Object.values(view.rooms)) room.unread.sort((a, b) => a - b);
          expect(view).toEqual(await look(db, accountId));
          // A stranger hears of public channels alone.
          if (index === 4) expect([...told].filter((audience) => audience !== 'everyone')).toEqual([]);
        }
      }),
      { numRuns, examples: rareLives.map((one) => [one, 40]) },
    );
  });

  it('has nothing to tell from the head', async () => {
    const alice = await core.person('alice');
    await core.group(alice, await core.person('bob'));
    await until('the log is settled', async () => {
      const page = await missedBy(core.database.db, alice.accountId, await headOf(core.database.db));
      return !page.trimmed && page.events.length === 0 && !page.more;
    });
  });
});
