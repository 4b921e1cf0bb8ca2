// A vendor on this machine: an HTTP server that keeps what it is sent and answers as the test says.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Call {
  path: string;
  method: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** `cut`: the connection is reset once the request was read. `hang`: nothing is ever answered. */
export type Reply = { status: number; body?: unknown; headers?: Record<string, string> } | 'cut' | 'hang';

export interface Vendor {
  url: string;
  calls: Call[];
}

/** Starts one for this test. `answer` is asked with each call, once its body is there. */
export async function startVendor(answer: (call: Call) => Reply | Promise<Reply>): Promise<Vendor> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void respond(request, response, Buffer.concat(chunks)));
  });

  async function respond(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const { url = '', method = '', headers } = request;
    const call = { path: url, method, headers, body };
    calls.push(call);
    const reply = await answer(call);
    if (reply === 'hang') return;
    if (reply === 'cut') return void request.socket.resetAndDestroy();
    response.writeHead(reply.status, { 'content-type': 'application/json', connection: 'close', ...reply.headers });
    response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {}));
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

/** An address on this machine where nobody listens. */
export async function nobody(): Promise<string> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return `http://127.0.0.1:${port}`;
}
