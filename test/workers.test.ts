// WORKERS: processes that share a port, on PostgreSQL and Redis. They hear one another, are replaced when they die, and
// renewed without anybody missing anything.

import { setTimeout as sleep } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { databaseKinds, makeTestDatabase, type DatabasePlace } from './support/database.ts';
import { follower, type Follower } from './support/follower.ts';
import { type ServerProcess, startServerProcess } from './support/process.ts';
import { sharedRedis } from './support/redis.ts';

const count = 3;

interface Caller {
  id: string;
  token: string;
}

interface Said {
  status: number;
  // A test names the fields it expects.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

const isPossible = databaseKinds.includes('postgresql') && sharedRedis !== null;

describe.skipIf(!isPossible)(`${count} workers`, { timeout: 300_000 }, () => {
  let place: DatabasePlace;
  let server: ServerProcess;
  let alice: Caller;
  let bob: Caller;
  let mallory: Caller;
  let conversation: string;

  beforeAll(async () => {
    place = await makeTestDatabase('postgresql');
    server = await startServerProcess(place, { WORKERS: String(count), REDIS_URL: sharedRedis! });
    alice = await register('Alice', '+15550002001');
    bob = await register('Bob', '+15550002002');
    mallory = await register('Mallory', '+15550002003');
    conversation = (await ask(alice, 'POST', '/api/conversations', { participant_ids: [bob.id] })).body.id;
  }, 240_000);
  afterAll(async () => {
    await server.kill();
    await place.remove();
  });

  async function ask(who: Caller | null, method: string, path: string, body?: unknown, key?: string): Promise<Said> {
    // A connection of its own each time: the next worker's.
    const response = await fetch(server.url + path, {
      method,
      // A connection handed to a worker in the moment in which it is killed is answered by nobody.
      signal: AbortSignal.timeout(10_000),
      headers: {
        connection: 'close',
        ...(who && { authorization: `Bearer ${who.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  async function register(name: string, phone: string): Promise<Caller> {
    const { body } = await ask(null, 'POST', '/api/auth/register', { phone_number: phone, display_name: name });
    return { id: body.user.id, token: body.access_token };
  }

  const send = (content: string, key?: string) =>
    ask(alice, 'POST', '/api/messages', { conversation_id: conversation, content }, key);

  async function history(): Promise<string[]> {
    const texts: string[] = [];
    for (let before = ''; ;) {
      const path = `/api/conversations/${conversation}/messages?limit=500${before}`;
      const { messages, has_more: more } = (await ask(bob, 'GET', path)).body;
      texts.unshift(...messages.map((message: { content: string }) => message.content));
      if (!more) return texts;
      before = `&before=${messages[0].id}`;
    }
  }

  it('hear one another, over WebSockets and over polling, and a stranger hears nothing', async () => {
    const heard: string[][] = [];
    const connect = async (who: Caller, transports: string[]) => {
      const mine: string[] = [];
      const socket = io(server.url, { auth: { token: who.token }, forceNew: true, reconnection: false, transports });
      socket.on('message:received', ({ content }: { content: string }) => mine.push(content));
      await new Promise<void>((resolve, reject) => {
        socket.once('authenticated', () => resolve());
        socket.once('connect_error', reject);
      });
      if (who === bob) heard.push(mine);
      return { socket, mine };
    };
    // Each request of those that poll comes to another worker than the one before.
    const polled = await Promise.all(Array.from({ length: count }, () => connect(bob, ['polling'])));
    const streamed = await Promise.all(Array.from({ length: count }, () => connect(bob, ['websocket'])));
    const upgraded = await Promise.all(Array.from({ length: count }, () => connect(bob, ['polling', 'websocket'])));
    const stranger = await connect(mallory, ['polling']);
    for (const { socket } of upgraded) {
      await vi.waitFor(() => expect(socket.io.engine.transport.name).toBe('websocket'), 10_000);
    }
    expect(new Set([...polled, ...upgraded].map(({ socket }) => socket.io.engine.id?.split('.')[0])).size).toBe(count);

    const texts = Array.from({ length: 20 }, (_, index) => `to all ${index}`);
    for (const text of texts) expect((await send(text)).status).toBe(200);
    for (const mine of heard) await vi.waitFor(() => expect(mine).toEqual(texts), 10_000);
    expect(stranger.mine).toEqual([]);
    for (const { socket } of [...polled, ...streamed, ...upgraded, stranger]) socket.close();
  });

  it('are counted together', async () => {
    const sends = async () => {
      const page = await (await fetch(`${server.url}/metrics`, { headers: { connection: 'close' } })).text();
      return Number(/^parlance_sends_total (\d+)$/m.exec(page)?.[1]);
    };
    const before = await sends();
    for (let times = 0; times < count * 2; times += 1) await send(`counted ${times}`);
    for (let times = 0; times < count; times += 1) expect(await sends()).toBe(before + count * 2);
  });

  it('are replaced when they die, and renewed: nothing is lost, doubled or out of order', async () => {
    const earlier = await history();
    const client = follower('urge', bob.token);
    client.open(server);
    await vi.waitFor(() => expect(client.cursor).not.toBe('latest'), 10_000);
    const over = new AbortController();
    let sent = 0;
    let again = 0;
    /** Sends one after the other, each until it is acknowledged; with rests, for workers start beside it. */
    const write = async () => {
      while (!over.signal.aborted) {
        await sleep(20);
        const number = (sent += 1);
        for (;;) {
          const answer = await send(`message ${number}`, `message-${number}`).catch(() => null);
          if (answer?.status === 200) break;
          expect([undefined, 503]).toContain(answer?.status);
          again += 1;
          await sleep(20);
        }
      }
    };
    const stay = async () => {
      while (!over.signal.aborted) {
        if (client.closed) client.open(server);
        await sleep(20);
      }
    };
    const load = [...Array.from({ length: 3 }, write), stay()];
    const listening = (many: number) =>
      vi.waitFor(() => expect(server.listeners().length).toBeGreaterThanOrEqual(many), {
        timeout: 60_000,
        interval: 50,
      });
    const renewed = () => server.lines.filter((text) => text.includes('all workers are new')).length;
    try {
      await vi.waitFor(() => expect(sent).toBeGreaterThan(50), 30_000);
      process.kill(server.listeners().at(-1)!, 'SIGKILL');
      await listening(count + 1);
      process.kill(server.listeners()[1]!, 'SIGTERM');
      await listening(count + 2);
      server.signal('SIGHUP');
      await vi.waitFor(() => expect(renewed()).toBe(1), { timeout: 150_000, interval: 50 });
      const then = sent;
      await vi.waitFor(() => expect(sent).toBeGreaterThan(then + 50), 30_000);
    } finally {
      over.abort();
      await Promise.all(load);
    }
    expect(server.listeners()).toHaveLength(2 * count + 2);

    const stored = (await history()).slice(earlier.length);
    expect(stored.toSorted()).toEqual(Array.from({ length: sent }, (_, index) => `message ${index + 1}`).toSorted());
    if (client.closed) client.open(server);
    await vi.waitFor(() => expect(textsOf(client)).toEqual(stored), 20_000);
    expect(client.resets).toBe(0);
    client.cut();
    process.stdout.write(`${sent} messages through ${2 * count + 2} workers, ${again} of them asked for again\n`);
  });

  it('stop together, in good order', async () => {
    const socket = io(server.url, {
      auth: { token: bob.token },
      forceNew: true,
      reconnection: false,
      transports: ['websocket'],
    });
    await new Promise<void>((resolve) => socket.once('authenticated', () => resolve()));
    const ended = new Promise<string>((resolve) => socket.once('disconnect', resolve));
    expect(await server.stop()).toBe(0);
    expect(await ended).toBe('transport close');
  });
});

function textsOf({ kept, fresh }: Follower): string[] {
  return [...kept, ...fresh].filter(({ type }) => type === 'message:received').map(({ data }) => data.content);
}
