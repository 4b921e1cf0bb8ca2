// PostgreSQL is stopped, killed and started again while people write: what was acknowledged stays, and meanwhile everyone
// is told to come back.

import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { cursorOf, headOf } from '../src/core/catch-up.ts';
import * as ai from './dialects/ai-messaging/people.ts';
import * as neru from './dialects/nerutalk/people.ts';
import * as pythia from './dialects/pythia/people.ts';
import { follower, type Follower } from './support/follower.ts';
import { call, signUp, type Answer, type Person } from './support/people.ts';
import { hasPostgresPrograms, startPrivatePostgres, type PrivatePostgres } from './support/postgres.ts';
import { startTestServer, type TestServer } from './support/server.ts';

const writers = 8;

describe.skipIf(!hasPostgresPrograms)('while PostgreSQL is away', () => {
  let postgres: PrivatePostgres;
  let server: TestServer;
  let alice: Person;
  let bob: Person;
  let conversation: string;
  let tokens: Record<'urge' | 'ai' | 'neru' | 'pythia', string>;

  beforeAll(async () => {
    postgres = await startPrivatePostgres();
    server = await startTestServer({ DATABASE_URL: postgres.url });
    alice = await signUp(server, 'Alice');
    bob = await signUp(server, 'Bob');
    const { body } = await alice.call('POST', '/api/conversations', { participant_ids: [bob.id] });
    conversation = body.id;
    tokens = {
      urge: alice.accessToken,
      ai: (await ai.register(server, 'ann')).token,
      neru: (await neru.register(server, 'nora')).token,
      pythia: (await pythia.register(server, 'pia')).token,
    };
  }, 120_000);
  afterAll(async () => {
    await server.close();
    await postgres.remove();
  });

  const send = (content: string) =>
    call(server, 'POST', '/api/messages', {
      body: { conversation_id: conversation, content },
      token: alice.accessToken,
      headers: { 'idempotency-key': content.replace(' ', '-') },
    });

  async function history(): Promise<string[]> {
    const texts: string[] = [];
    for (let before = ''; ;) {
      const path = `/api/conversations/${conversation}/messages?limit=500${before}`;
      const { messages, has_more: more } = (await bob.call('GET', path)).body;
      texts.unshift(...messages.map((message: { content: string }) => message.content));
      if (!more) return texts;
      before = `&before=${messages[0].id}`;
    }
  }

  it('every dialect says 503 and when to try again, sockets are asked to come back, and then all goes on', async () => {
    await postgres.stop();
    const asked = {
      urge: ['/api/conversations', { success: false, message: expect.any(String), detail: expect.any(String) }],
      ai: ['/auth/me', { detail: expect.any(String) }],
      neru: ['/api/v1/chats', { detail: expect.any(String), message: expect.any(String), language: 'en' }],
      pythia: ['/api/v1/users/', { detail: expect.any(String) }],
    } as const;
    for (const [name, [path, form]] of Object.entries(asked)) {
      const { status, headers, body } = await call(server, 'GET', path, { token: tokens[name as keyof typeof tokens] });
      expect([name, status, headers['retry-after']]).toEqual([name, 503, '3']);
      expect(body).toEqual(form);
    }
    const health = await call(server, 'GET', '/health');
    expect([health.status, health.headers['retry-after']]).toEqual([503, '3']);
    const sync = await call(server, 'GET', '/sync', { token: alice.accessToken });
    expect([sync.status, sync.headers['retry-after']]).toEqual([503, '3']);
    expect(await closeCodeOf(`${server.url.replace('http', 'ws')}/ws?token=${tokens.pythia}&dialect=pythia`)).toBe(
      1013,
    );

    await postgres.start();
    await vi.waitFor(async () => expect((await send('Back')).status).toBe(200), { timeout: 30_000, interval: 100 });
    expect((await call(server, 'GET', '/health')).status).toBe(200);
    expect(await history()).toEqual(['Back']);
  }, 120_000);

  it('a cursor from before a crash lies below whatever is written after it', async () => {
    const { db } = server.database;
    // They leave nothing, and PostgreSQL gives their ids out again if it has not noted them when it crashes.
    for (let n = 0; n < 200; n += 1) {
      const idle = await db.startTransaction().execute();
      await sql`select pg_current_xact_id()`.execute(idle);
      await idle.rollback().execute();
    }
    const cursor = cursorOf(await headOf(db));
    await postgres.crash();
    await postgres.start();
    await vi.waitFor(async () => expect((await send('Crashed')).status).toBe(200), { timeout: 30_000, interval: 100 });
    await vi.waitFor(async () => {
      const { events } = (await bob.call('GET', `/sync?cursor=${cursor}`)).body;
      expect(events.map(([type]: [string]) => type)).toContain('message:received');
    }, 10_000);
  }, 60_000);

  it('nothing acknowledged is missing, nothing is there twice, and a client that goes by cursors hears all', async () => {
    const earlier = await history();
    const client = follower('urge', bob.accessToken);
    client.open(server);
    await vi.waitFor(() => expect(client.cursor).not.toBe('latest'), 10_000);
    const answers = new Map<string, Answer>();
    const over = new AbortController();
    let count = 0;
    const write = async () => {
      while (!over.signal.aborted) {
        const content = `message ${(count += 1)}`;
        answers.set(content, await send(content));
        if (answers.get(content)!.status !== 200) await sleep(20);
      }
    };
    const writing = Array.from({ length: writers }, write);
    const acknowledged = () => [...answers].filter(([, { status }]) => status === 200).map(([content]) => content);
    /** Until some more were acknowledged. */
    const goesOn = async () => {
      const before = acknowledged().length;
      await vi.waitFor(() => expect(acknowledged().length).toBeGreaterThan(before + 50), {
        timeout: 60_000,
        interval: 20,
      });
    };

    try {
      await goesOn();
      for (const end of ['stop', 'crash'] as const) {
        await postgres[end]();
        const refused = answers.size;
        await vi.waitFor(() => expect(answers.size).toBeGreaterThan(refused + writers), 30_000);
        await postgres.start();
        await goesOn();
      }
    } finally {
      over.abort();
      await Promise.all(writing);
    }

    const refusals = [...answers.values()].filter(({ status }) => status !== 200);
    expect(new Set(refusals.map(({ status, headers }) => `${status} ${String(headers['retry-after'])}`))).toEqual(
      new Set(['503 3']),
    );
    const stored = (await history()).slice(earlier.length);
    expect(stored).toHaveLength(new Set(stored).size);
    expect(acknowledged().filter((content) => !stored.includes(content))).toEqual([]);
    // What was refused in the middle of its commit may be there; asked again with its key, it is there once.
    const doubtful = [...answers].filter(([, { status }]) => status !== 200).map(([content]) => content);
    for (const content of doubtful.slice(0, 20)) expect((await send(content)).status).toBe(200);
    const inTheEnd = (await history()).slice(earlier.length);
    expect(inTheEnd).toHaveLength(new Set(inTheEnd).size);
    expect(inTheEnd).toEqual(expect.arrayContaining(doubtful.slice(0, 20)));

    if (client.closed) client.open(server);
    await vi.waitFor(() => expect(textsOf(client)).toEqual(inTheEnd), 30_000);
    expect(client.resets).toBe(0);
    client.cut();
    process.stdout.write(`${acknowledged().length} acknowledged and there, ${refusals.length} told to come back\n`);
  }, 240_000);
});

function textsOf({ kept, fresh }: Follower): string[] {
  return [...kept, ...fresh].filter(({ type }) => type === 'message:received').map(({ data }) => data.content);
}

function closeCodeOf(url: string): Promise<number> {
  const socket = new WebSocket(url);
  return new Promise((resolve, reject) => {
    socket.once('close', resolve);
    socket.once('error', reject);
  });
}
