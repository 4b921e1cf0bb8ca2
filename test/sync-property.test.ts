// Whatever happens: what a client of any product read before, and what GET /sync told it since, is what it would read now.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../src/core/accounts/sessions.ts';
import type { DialectName, Guest } from '../src/core/context.ts';
import { createGroup, openDirect } from '../src/core/conversations/create.ts';
import { appoint, everyAct, lifeOf, lives, rareLives, type Actor } from './core/histories.ts';
import { aiMessaging } from './dialects/ai-messaging/client.ts';
import { nerutalk } from './dialects/nerutalk/client.ts';
import { pythia } from './dialects/pythia/client.ts';
import { urge } from './dialects/urge/client.ts';
import { clientOf, settled, type Body, type Client, type Product } from './support/client.ts';
import { databaseKinds } from './support/database.ts';
import { startTestServer, type TestServer } from './support/server.ts';

const products: Record<DialectName, Product> = { urge, nerutalk, pythia, 'ai-messaging': aiMessaging };
const dialects = Object.keys(products) as DialectName[];

/** Which conversation a frame says has been made, in the words of any product. */
function openingIn(frame: Body): string {
  const { type, data, kind, chat_id, conversationId } = Array.isArray(frame)
    ? frame[1]
    : { ...frame, ...(frame.type === 'sync_changed' && frame.data) };
  if (type === 'channel_created') return data.id;
  return kind === 'conversation.created' ? String(conversationId ?? chat_id) : '';
}

/** Beside each other; the end of all of them, so that none is left behind at work. */
async function each(clients: readonly Client[], work: (client: Client) => Promise<void>): Promise<void> {
  const failed = (await Promise.allSettled(clients.map(work))).find(({ status }) => status === 'rejected');
  if (failed) throw (failed as PromiseRejectedResult).reason;
}

describe.each(databaseKinds)('any history, %s', (kind) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({}, kind);
  });
  afterAll(() => server.close());

  /** Somebody with a client of each product. */
  async function person(name: string): Promise<{ actor: Actor; clients: Client[] }> {
    const username = `${name}_${Math.random().toString(36).slice(2)}`;
    const { id } = await server.database.db
      .insertInto('accounts')
      .values({ username, display_name: name, social_links: '{}', created_in: 'urge' })
      .returning('id')
      .executeTakeFirstOrThrow();
    const tokens: string[] = [];
    for (const dialect of dialects) {
      const guest: Guest = { kind: 'guest', dialect, address: '127.0.0.1', device: null };
      tokens.push((await server.messenger.execute(guest, openSession, { id, username })).accessToken);
    }
    const member = await server.messenger.authenticate(tokens[0]!);
    return {
      actor: { ...member, username },
      clients: dialects.map((dialect, index) =>
        clientOf(server, products[dialect], {
          name: `${name}’s of ${dialect}`,
          token: tokens[index]!,
          me: dialect === 'ai-messaging' ? String(id) : server.ids.toUuid('account', id),
        }),
      ),
    };
  }
  /** Four people with a group, two of them with a conversation of their own, and a stranger, each with all clients. */
  async function begin() {
    const people: Awaited<ReturnType<typeof person>>[] = [];
    for (const name of ['alice', 'bob', 'carol', 'dave', 'mallory']) people.push(await person(name));
    const mallory = people.pop()!;
    const actors = people.map(({ actor }) => actor);
    const [alice, ...others] = actors as [Actor, ...Actor[]];
    const members = others.map(({ accountId }) => accountId);
    const { execute } = server.messenger;
    await appoint(server.database.db, alice);
    const choir = await execute(alice, createGroup, { name: 'Choir', members });
    const direct = await execute(alice, openDirect, { with: members[0]! });
    return {
      live: lifeOf(server.messenger, actors, [choir.conversationId, direct.conversationId]),
      clients: people.flatMap(({ clients }) => clients),
      strangers: mallory.clients,
    };
  }

  /** Those of alice, who does it, and of bob, to whom it is done. */
  const theTwo = (clients: readonly Client[]) => clients.slice(0, 2 * dialects.length);

  /** Everything anew, and cursors from which on it will do to hear what changes. */
  async function start(clients: readonly Client[]): Promise<void> {
    await settled(server);
    await each(clients, async (client) => {
      await client.begin();
      await client.look();
    });
  }

  /** What they have and heard is what they would read now. */
  async function compare(clients: readonly Client[], limit: number, what: unknown): Promise<void> {
    await settled(server);
    await each(clients, async (client) => {
      await client.catchUp(limit);
      const folded = new Map(client.state);
      await client.look();
      expect(folded, `${client.name} after ${JSON.stringify(what)}`).toEqual(client.state);
    });
  }

  /** Strangers hear which public channels have opened, and nothing else. */
  async function compareHeard(strangers: readonly Client[]): Promise<void> {
    const channels = await server.database.db
      .selectFrom('conversations')
      .select('id')
      .where('kind', '=', 'channel')
      .where('is_public', '=', true)
      .execute();
    const open = new Set(channels.flatMap(({ id }) => [String(id), server.ids.toUuid('conversation', id)]));
    const heard = strangers.flatMap((client) => client.heard);
    expect(heard.filter((frame) => !open.has(openingIn(frame)))).toEqual([]);
  }

  it('a fresh look is an old look and what was told, in every product', { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(lives, fc.integer({ min: 1, max: 40 }), async ({ before, after }, limit) => {
        const { live, clients, strangers } = await begin();
        await live(before);
        await start([...clients, ...strangers]);
        await live(after);
        await compare([...clients, ...strangers], limit, 'all of it');
        await compareHeard(strangers);
      }),
      { numRuns: 4, interruptAfterTimeLimit: 200_000 },
    );
  });

  it.each(rareLives)('so it is after what chance seldom comes upon: %j', { timeout: 60_000 }, async (life) => {
    const { live, clients, strangers } = await begin();
    const all = [...theTwo(clients), ...strangers];
    await live(life.before);
    await start(all);
    await live(life.after);
    await compare(all, 40, life);
    await compareHeard(strangers);
  });

  it('so it is after each command by itself', { timeout: 240_000 }, async () => {
    const { live, clients, strangers } = await begin();
    const two = theTwo(clients);
    await start([...two, ...strangers]);
    for (const act of everyAct) {
      const told = two.flatMap(({ heard }) => heard).length;
      await live([act]);
      await compare(two, 200, act);
      expect(two.flatMap(({ heard }) => heard).length, JSON.stringify(act)).toBeGreaterThan(told);
    }
    await compare(strangers, 200, 'all of it');
    await compareHeard(strangers);
  });
});
