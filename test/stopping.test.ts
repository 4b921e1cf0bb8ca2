// How a server stops: nobody new gets in, whoever is in is finished with, and a load balancer is told.

import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import * as pythia from './dialects/pythia/people.ts';
import { signUp } from './support/people.ts';
import { startTestServer, type TestServer } from './support/server.ts';

/** A connection on which a request is begun, to be ended later. Resolves when the server has seen it. */
async function begin({ url, app }: TestServer, part: string): Promise<{ end(rest: string): Promise<string> }> {
  const seen = once(app.server, 'request');
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (data) => (answer += String(data)));
  const closed = once(socket, 'close');
  socket.write(part);
  await seen;
  return {
    async end(rest) {
      socket.write(rest);
      await closed;
      return answer;
    },
  };
}

function closeOf(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once('close', resolve));
}

/** Whether somebody new gets in. */
async function isOpen({ url }: TestServer): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

it('closes its port first, answers what was begun, says 503 at /health, and sends sockets away with 1001', async () => {
  const server = await startTestServer();
  const alice = await signUp(server, 'Alice');
  const bob = await signUp(server, 'Bob');
  const { token } = await pythia.register(server, 'pia');
  const { body: conversation } = await alice.call('POST', '/api/conversations', { participant_ids: [bob.id] });
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws?token=${token}&dialect=pythia`);
  await once(socket, 'message');
  const closed = closeOf(socket);
  const message = JSON.stringify({ conversation_id: conversation.id, content: 'Finished' });
  const sending = await begin(
    server,
    [
      'POST /api/messages HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${alice.accessToken}`,
      'Content-Type: application/json',
      `Content-Length: ${message.length}`,
      '',
      message.slice(0, 10),
    ].join('\r\n'),
  );

  const closing = server.close();
  await vi.waitFor(async () => expect(await isOpen(server)).toBe(false), 5_000);
  // The load balancer asks over a connection that is still open.
  const answers = await sending.end(`${message.slice(10)}GET /health HTTP/1.1\r\nHost: x\r\n\r\n`);
  const [sent, health] = answers.split(/(?=HTTP\/1.1 503 )/);
  expect(sent).toMatch(/^HTTP\/1.1 200 .*"content":"Finished"/s);
  expect(health).toMatch(/^connection: close\r$/im);
  expect(health).toContain('"status":"unhealthy"');
  expect(await closed).toBe(1001);
  await closing;
}, 90_000);
