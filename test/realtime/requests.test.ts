// What reaches the server's ports beside well-made handshakes.

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve } from './support.ts';

let server: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  server = await serve();
});
afterAll(() => server.stop());

/** Sends bytes, and gives back the status line of what comes, if anything does before the end. */
async function raw(text: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  let answer = '';
  socket.on('error', () => {});
  socket.on('data', (data) => (answer += data.toString('latin1')));
  socket.write(text);
  await Promise.race([new Promise((resolve) => socket.on('close', resolve)), sleep(500)]);
  socket.destroy();
  return answer.split('\r\n', 1)[0] ?? '';
}

const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const upgrade = (path: string, more: string[] = [`Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13']) =>
  [`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', ...more, '', ''].join('\r\n');

describe('an upgrade request', () => {
  test.each([
    ['for somewhere else', upgrade('/'), /404/],
    ['for a path that only begins like ours', upgrade('/wsx'), /404/],
    ['for a path that only begins like the other', upgrade('/socket.iox/?EIO=4&transport=websocket'), /404/],
    ['without a key', upgrade('/ws', ['Sec-WebSocket-Version: 13']), /400/],
    ['with a bad key', upgrade('/ws', ['Sec-WebSocket-Key: no', 'Sec-WebSocket-Version: 13']), /400/],
    ['of a bad version', upgrade('/ws', [`Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 1']), /400|426/],
    ['to something else', upgrade('/ws').replace('Upgrade: websocket', 'Upgrade: h2c'), /400/],
    ['with another method', upgrade('/ws').replace('GET', 'POST'), /405/],
    ['with huge headers', upgrade('/ws', [`X: ${'x'.repeat(100_000)}`]), /431/],
    ['with a target that is no URL', upgrade('//?%%%'), /404/],
    ['to Socket.IO of another protocol', upgrade('/socket.io/?EIO=3&transport=websocket'), /101|400/],
    ['to Socket.IO without its query', upgrade('/socket.io/'), /400/],
    ['to Socket.IO of an unknown session', upgrade('/socket.io/?EIO=4&transport=websocket&sid=__proto__'), /400/],
    ['to Socket.IO without a key', upgrade('/socket.io/?EIO=4&transport=websocket', []), /400/],
    ['that is garbage', '\u0000\u0001garbage\r\n\r\n', /400/],
  ])('%s is turned away', async (_, request, status) => {
    expect(await raw(request)).toMatch(status);
    expect((await server.ws('?token=alice').greeted()).heard[0]?.['type']).toBe('hello');
  });

  test('followed by garbage, or cut off in the middle, harms nobody', async () => {
    for (const path of ['/ws?token=alice', '/socket.io/?EIO=4&transport=websocket']) {
      await raw(`${upgrade(path)}\u0000\u0001\u0002 this is no frame, and there is a lot of it`);
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(upgrade(path), () => socket.resetAndDestroy());
    }
    await sleep(20);
    await server.ws('?token=alice').greeted();
    await server.io('alice').greeted();
  });
});

describe('an ordinary request', () => {
  test('goes to the app, polling to the engine, and a socket without an upgrade is told so', async () => {
    const at = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);
    expect(await (await at('/api/anything?x=1')).text()).toBe('app /api/anything?x=1');
    expect((await at('/ws')).status).toBe(426);
    const polling = await at('/socket.io/?EIO=4&transport=polling');
    expect([polling.status, (await polling.text())[0]]).toEqual([200, '0']);
    expect((await at('/socket.io/?EIO=3&transport=polling')).status).toBe(400);
    expect((await at('/socket.io/socket.io.js')).status).toBe(400);
  });

  test('from any origin may poll', async () => {
    const answer = await fetch(`http://127.0.0.1:${server.port}/socket.io/?EIO=4&transport=polling`, {
      headers: { origin: 'https://elsewhere.example' },
    });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://elsewhere.example');
  });

  test("of Fastify's server goes on beside the sockets", async () => {
    const app = fastify();
    app.get('/hello', () => ({ hello: 'world' }));
    server.gateway.attach(app.server);
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as { port: number };
    expect(await (await fetch(`http://127.0.0.1:${port}/hello`)).json()).toEqual({ hello: 'world' });
    expect((await fetch(`http://127.0.0.1:${port}/nothing`)).status).toBe(404);
    for (const transports of [['websocket' as const], ['polling' as const]]) {
      const client = await server.io('alice', transports, port).greeted();
      client.socket.disconnect();
    }
    const plain = await server.ws('?token=alice', port).greeted();
    plain.ws.close();
    await plain.closed;
    expect(() => server.gateway.attach(app.server)).toThrow(/already/);
    app.server.closeAllConnections();
    await app.close();
  });
});
