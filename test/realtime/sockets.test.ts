// Real sockets of both kinds: in by a token, heard in order, out in an orderly way.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Event } from '../../src/core/events.ts';
import type { MessageId, SessionId } from '../../src/core/ids.ts';
import { alice, change, mallory, room, serve, type Setup, standing } from './support.ts';

type Served = Awaited<ReturnType<typeof serve>>;
let server: Served;
const start = async (setup?: Setup): Promise<Served> => (server = await serve(setup));
afterEach(() => server.stop());

describe('a plain WebSocket', () => {
  test('speaks the dialect its token names, on either port', async () => {
    const { ws, secondPort } = await start();
    const pythia = await ws('?token=alice').greeted();
    const nerutalk = await ws('?token=alice:nerutalk', secondPort).greeted();
    const asked = await ws('?token=alice:urge&dialect=nerutalk').greeted();
    const said = [pythia, nerutalk, asked].map(({ heard }) => heard[0]?.['dialect']);
    expect(said).toEqual(['pythia', 'nerutalk', 'nerutalk']);
  });

  test.each([
    ['no token', '', 4001],
    ['a token that is not good', '?token=eve', 4001],
    ['a token of a product without this socket', '?token=alice:urge', 4001],
    ['a dialect that is none', '?token=alice&dialect=constructor', 4001],
    ['a dialect of the other socket', '?token=alice&dialect=urge', 4001],
  ])('with %s is accepted and closed', async (_, query, code) => {
    const { ws, hub } = await start();
    const { code: closed, reason } = await ws(query).closed;
    expect(closed).toBe(code);
    expect(reason).not.toBe('');
    expect(hub.stats().accounts).toBe(0);
  });

  test('is closed as the product wants it', async () => {
    const { ws } = await start({
      gateway: { refusal: (error, token) => ({ code: 1008, reason: `${error.reason} ${token}` }) },
    });
    expect(await ws('?token=eve').closed).toEqual({ code: 1008, reason: 'bad_token eve' });
  });

  test('is closed for now when the server cannot tell, or takes too long', async () => {
    const { ws, log } = await start({
      limits: { authenticateWithin: 30 },
      gateway: {
        authenticate: (token) =>
          token === 'slow' ? new Promise(() => {}) : Promise.reject(new Error('database away')),
      },
    });
    expect((await ws('?token=alice').closed).code).toBe(1013);
    expect((await ws('?token=slow').closed).code).toBe(1013);
    expect(log.error).toHaveBeenCalledTimes(2);
  });

  test('is heard in order, from the first frame sent, one at a time', async () => {
    let busy = 0;
    const { ws, seen } = await start({
      received: async () => {
        expect(++busy).toBe(1);
        await sleep(Math.random() * 3);
        busy -= 1;
      },
    });
    const client = ws('?token=alice');
    const frames = Array.from({ length: 200 }, (_, index) => String(index));
    client.ws.on('open', () => frames.forEach((frame) => client.ws.send(frame)));
    await vi.waitFor(() => expect(seen).toEqual(frames), 5_000);
    await vi.waitFor(() => expect(client.heard).toHaveLength(201));
    expect(client.heard[0]?.['type']).toBe('hello');
  });

  test('says goodbye to the protocol after what it sent was handled', async () => {
    const { ws, seen } = await start({ received: () => sleep(20) });
    const client = await ws('?token=alice').greeted();
    client.ws.send('one');
    client.ws.send('two');
    client.ws.close();
    await vi.waitFor(() => expect(seen).toEqual(['one', 'two', 'closed 1']));
  });

  test('survives a handler that throws, and so does the process', async () => {
    const { ws, log } = await start();
    const client = await ws('?token=alice').greeted();
    client.ws.send('throw');
    client.ws.send('still here');
    await vi.waitFor(() => expect(client.heard.at(-1)).toEqual({ type: 'echo', text: 'still here' }));
    expect(log.error).toHaveBeenCalledOnce();
  });

  test('with a frame too large is closed, alone', async () => {
    const { ws } = await start();
    const big = await ws('?token=mallory').greeted();
    const small = await ws('?token=alice').greeted();
    big.ws.send('x'.repeat((1 << 20) + 1));
    expect((await big.closed).code).toBe(1009);
    small.ws.send('x'.repeat(1 << 20));
    await vi.waitFor(() => expect(small.heard).toHaveLength(2));
  });

  test('that floods is closed', async () => {
    const { ws } = await start({ limits: { rate: { perSecond: 10, burst: 50 } } });
    const flood = await ws('?token=mallory').greeted();
    const calm = await ws('?token=alice').greeted();
    for (let count = 0; count < 60; count += 1) flood.ws.send('!');
    expect((await flood.closed).code).toBe(1008);
    for (let count = 0; count < 50; count += 1) calm.ws.send('.');
    await vi.waitFor(() => expect(calm.heard).toHaveLength(51));
  });

  test('that sends faster than its handler works is not read for a while, and loses nothing', async () => {
    const { ws, seen } = await start({
      limits: { rate: null, pauseBytes: 100_000 },
      received: () => sleep(1),
    });
    const client = await ws('?token=alice').greeted();
    const frames = Array.from({ length: 300 }, (_, index) => `${index}`.padEnd(20_000));
    for (const frame of frames) client.ws.send(frame);
    await sleep(30);
    expect(client.ws.bufferedAmount + seen.length).toBeGreaterThan(0);
    await vi.waitFor(() => expect(seen).toHaveLength(300), 10_000);
    expect(seen).toEqual(frames);
  });

  test('whose handler hangs is cut off when too much waits', async () => {
    const { ws } = await start({
      limits: { rate: null, queuedFrames: 100, finishWithin: 50 },
      received: () => new Promise(() => {}),
    });
    const client = await ws('?token=mallory').greeted();
    for (let count = 0; count < 2_000; count += 1) client.ws.send('!');
    expect((await client.closed).code).toBe(1008);
  }, 30_000);

  test('that answers no ping is cut off; one that does stays', async () => {
    const { ws, hub } = await start({ limits: { pingEvery: 40, pongWithin: 40 } });
    const good = await ws('?token=alice').greeted();
    const dead = await ws('?token=bob').greeted();
    dead.ws.pause();
    await vi.waitFor(() => expect(hub.stats().accounts).toBe(1));
    await sleep(150);
    expect(good.ws.readyState).toBe(good.ws.OPEN);
    dead.ws.terminate();
  });

  test('is let in only while there is room', async () => {
    const { ws } = await start({ limits: { connections: 1 } });
    await ws('?token=alice').greeted();
    expect((await ws('?token=bob').closed).code).toBe(1013);
  });
});

describe('a Socket.IO client', () => {
  test.each([[['websocket'] as const], [['polling'] as const], [['polling', 'websocket'] as const]])(
    'by %s hears what plain sockets hear, in order',
    async (transports) => {
      const { io, ws, publish, secondPort } = await start({ standings: [standing(0)] });
      const client = await io('alice:urge', [...transports], secondPort).greeted();
      const plain = await ws('?token=bob').greeted();
      const mallorys = await io('mallory').greeted();
      publish(change(2), change(1), change(3));
      for (let no = 4; no <= 40; no += 1) publish(change(no), change(no - 1));
      const all = Array.from({ length: 40 }, (_, index) => index + 1);
      await vi.waitFor(() => expect(client.numbers()).toEqual(all), 3_000);
      await vi.waitFor(() => expect(plain.numbers()).toEqual(all));
      expect(mallorys.numbers()).toEqual([]);
    },
  );

  test('that starts with polling becomes a websocket, and loses nothing on the way', async () => {
    const { io, publish } = await start({ standings: [standing(0)] });
    const client = await io('alice', ['polling', 'websocket']).greeted();
    const numbers = Array.from({ length: 60 }, (_, index) => index + 1);
    for (const no of numbers) {
      publish(change(no));
      await sleep(2);
    }
    await vi.waitFor(() => expect(client.socket.io.engine.transport.name).toBe('websocket'));
    await vi.waitFor(() => expect(client.numbers()).toEqual(numbers));
  });

  test('connects with websocket at once when it asks for that', async () => {
    const { io } = await start();
    const client = await io('alice', ['websocket']).greeted();
    expect(client.socket.io.engine.transport.name).toBe('websocket');
  });

  test('speaks urge whatever its token says, sends, and gets its answer', async () => {
    const { io, seen } = await start();
    const client = await io('alice:nerutalk').greeted();
    expect(client.heard[0]).toEqual({ name: 'hello', args: [{ id: 1, dialect: 'urge', language: 'en' }] });
    expect(await client.socket.timeout(1_000).emitWithAck('note', 1, { two: 2 })).toBe('seen');
    // The echo was sent before the acknowledgement.
    expect(client.heard.at(-1)).toEqual({ name: 'echo', args: [{ text: 'note', args: [1, { two: 2 }] }] });
    for (const name of ['error', 'throw', '__proto__', 'a', 'b']) client.socket.emit(name, { some: 'thing' });
    await vi.waitFor(() => expect(seen).toEqual(['note', 'error', '__proto__', 'a', 'b']));
  });

  test.each([['eve'], [null]])('with the token %s is refused', async (token) => {
    const { io, hub } = await start();
    const error = await io(token).refused;
    expect(error.message).toBe('unauthorized');
    expect(error.data).toMatchObject({ code: 'unauthenticated' });
    expect(hub.stats().accounts).toBe(0);
  });

  test('may have its token in the header or the query, and grace at the handshake', async () => {
    const grace = vi.fn();
    const { port } = await start({
      gateway: {
        authenticate: async (token, options) => {
          grace(token, options);
          return { kind: 'member', accountId: alice, sessionId: 1 as SessionId, dialect: 'urge' };
        },
      },
    });
    const { io } = await import('socket.io-client');
    const header = io(`http://127.0.0.1:${port}`, { extraHeaders: { authorization: 'Bearer one' }, forceNew: true });
    const query = io(`http://127.0.0.1:${port}`, { query: { token: 'two' }, forceNew: true });
    await vi.waitFor(() => expect([header.connected, query.connected]).toEqual([true, true]));
    expect(new Map(grace.mock.calls as [string, object][])).toEqual(
      new Map([
        ['one', { handshake: true, grace: true }],
        ['two', { handshake: true, grace: true }],
      ]),
    );
    header.disconnect();
    query.disconnect();
  });

  test('finds no other namespace', async () => {
    const { port } = await start();
    const { io } = await import('socket.io-client');
    const client = io(`http://127.0.0.1:${port}/admin`, { auth: { token: 'alice' }, forceNew: true });
    const error = await new Promise<Error>((resolve) => client.on('connect_error', resolve));
    expect(error.message).toBe('Invalid namespace');
    client.disconnect();
  });

  test('that says nothing after connecting is dropped', async () => {
    const { port } = await start({ limits: { authenticateWithin: 50 } });
    const { WebSocket } = await import('ws');
    const client = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
    await new Promise((resolve) => client.on('close', resolve));
  });

  test('that floods is sent away', async () => {
    const { io } = await start({ limits: { rate: { perSecond: 10, burst: 50 } } });
    const client = await io('mallory').greeted();
    for (let count = 0; count < 80; count += 1) client.socket.emit('!');
    expect(await client.ended).toBe('io server disconnect');
  });
});

describe('a client that does not keep up', () => {
  const star: Event = {
    type: 'message.starred',
    conversationId: room,
    messageId: 1 as MessageId,
    starred: true,
    audience: { kind: 'members', conversationId: room, membershipVersion: 1 },
  };
  const big = (count: number) => Array.from({ length: count }, () => star);

  test.each(['ws', 'io'] as const)(
    'over %s is cut off, and another one gets everything',
    async (kind) => {
      const { ws, io, publish, hub, gateway } = await start({
        members: [alice, mallory],
        limits: { hangUpWithin: 500 },
      });
      const slow = kind === 'ws' ? await ws('?token=mallory').greeted() : await io('mallory').greeted();
      const fast = await ws('?token=alice').greeted();
      const stream =
        'ws' in slow ? slow.ws : (slow.socket.io.engine.transport as unknown as { ws: { pause(): void } }).ws;
      stream.pause();
      const before = process.memoryUsage().rss;
      let sent = 0;
      while (gateway.stats().cutSlow === 0 && sent < 600) {
        publish(...big(2));
        sent += 2;
        await vi.waitFor(() => expect(fast.heard).toHaveLength(sent + 1), { interval: 1 });
      }
      expect(gateway.stats()).toMatchObject({ cutSlow: 1, accounts: 1 });
      publish(...big(20));
      await vi.waitFor(() => expect(fast.heard).toHaveLength(sent + 21));
      expect(process.memoryUsage().rss - before).toBeLessThan(150 << 20);
      if ('ws' in slow) {
        slow.ws.resume();
        expect(await slow.closed).toEqual({ code: 1013, reason: 'too slow' });
      }
      await vi.waitFor(() => expect(hub.stats().open[kind === 'ws' ? 'pythia' : 'urge']).toBe(kind === 'ws' ? 1 : 0));
    },
    30_000,
  );
});

describe('sessions and presence', () => {
  test('a session that ends closes its sockets, with a reason, and no others', async () => {
    const { ws, io, publish, hub } = await start();
    const plain = await ws('?token=alice').greeted();
    const named = await io('alice').greeted();
    const bobs = await ws('?token=bob').greeted();
    publish({
      type: 'sessions.ended',
      sessions: [alice as number as SessionId],
      reason: 'signed out',
      audience: { kind: 'accounts', accounts: [alice] },
    });
    expect(await plain.closed).toEqual({ code: 4001, reason: 'signed out' });
    expect(await named.ended).toBe('io server disconnect');
    hub.endSessions([2 as SessionId], 'banned');
    expect(await bobs.closed).toEqual({ code: 1008, reason: 'banned' });
  });

  test('only the first arrival and the last departure are told', async () => {
    const { ws, io, onArrive, onDepart, cluster } = await start();
    const phone = await ws('?token=alice').greeted();
    const laptop = await io('alice').greeted();
    expect(onArrive).toHaveBeenCalledOnce();
    expect(onArrive).toHaveBeenCalledWith(
      expect.objectContaining({ accountId: alice, connectionId: expect.any(String) }),
    );
    phone.ws.close();
    await phone.closed;
    await sleep(20);
    expect(onDepart).not.toHaveBeenCalled();
    laptop.socket.disconnect();
    await vi.waitFor(() => expect(onDepart).toHaveBeenCalledOnce());
    expect(await cluster.connected()).toBe(0);
  });

  test('a reload within the grace is no departure', async () => {
    const { ws, onArrive, onDepart } = await start({ limits: { departureGrace: 100 } });
    const first = await ws('?token=alice').greeted();
    first.ws.close();
    await first.closed;
    const second = await ws('?token=alice').greeted();
    await sleep(150);
    expect(onArrive).toHaveBeenCalledOnce();
    expect(onDepart).not.toHaveBeenCalled();
    second.ws.close();
    await vi.waitFor(() => expect(onDepart).toHaveBeenCalledOnce());
  });

  test('arrivals and departures that race are told in their order', async () => {
    const told: string[] = [];
    const { ws } = await start({
      gateway: {
        onArrive: async () => {
          await sleep(5);
          told.push('here');
        },
        onDepart: async () => {
          told.push('gone');
        },
      },
    });
    for (let round = 0; round < 5; round += 1) {
      const client = await ws('?token=mallory').greeted();
      client.ws.terminate();
      await client.closed;
      await vi.waitFor(() => expect(told).toHaveLength(2 * (round + 1)));
    }
    expect(told).toEqual(Array.from({ length: 5 }, () => ['here', 'gone']).flat());
  });
});

describe('closing', () => {
  test('lets handlers finish, says goodbye to all, lets nobody in, and tells presence', async () => {
    const { ws, io, gateway, seen, onDepart, port, hub } = await start({ received: () => sleep(60) });
    const plain = await ws('?token=alice').greeted();
    const named = await io('bob').greeted();
    const polling = await io('carol', ['polling']).greeted();
    plain.ws.send('last words');
    await sleep(20);
    const gone = gateway.close('shutting down');
    const refused = ws('?token=mallory');
    expect(await plain.closed).toEqual({ code: 1001, reason: 'shutting down' });
    // Not `io server disconnect`: these come back by themselves.
    expect(await named.ended).toBe('transport close');
    expect(await polling.ended).toBe('transport close');
    await gone;
    expect(seen).toContain('last words');
    expect(plain.heard.at(-1)).toEqual({ type: 'echo', text: 'last words' });
    expect(onDepart).toHaveBeenCalledTimes(3);
    expect(hub.stats().accounts).toBe(0);
    expect((await refused.closed).code).toBe(1006);
    const answer = await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`);
    expect(answer.status).toBe(503);
  });

  test('waits for nobody for ever', async () => {
    const { ws, gateway } = await start({
      limits: { finishWithin: 50, hangUpWithin: 50 },
      received: () => new Promise(() => {}),
    });
    const stuck = await ws('?token=mallory').greeted();
    stuck.ws.send('never answered');
    await sleep(20);
    stuck.ws.pause();
    const before = performance.now();
    await gateway.close('shutting down');
    expect(performance.now() - before).toBeLessThan(1_000);
    stuck.ws.terminate();
  });
});
