// A network that fails, between clients and one server: it cuts lines, swallows answers and dawdles.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Chance } from './random.ts';

export interface Proxy {
  url: string;
  /** Where the server is now. */
  leadTo(url: string): void;
  /** Cuts this share of the lines that are open. */
  cut(share: number): void;
  /** Takes nothing from the server for a while, on this share of the lines. */
  dawdle(share: number, milliseconds: number): void;
  /** From now on it does no harm by itself. */
  behave(): void;
  close(): Promise<void>;
}

/** `swallow`: of so many answers the client hears nothing but that its line broke. Sockets are left in peace by that. */
export async function openProxy(chance: Chance, options: { swallow: number }): Promise<Proxy> {
  let { swallow } = options;
  let port = 0;
  const lines = new Set<{ near: Socket; far: Socket }>();

  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    const line = { near, far };
    lines.add(line);
    let isSocket = false;
    const end = () => {
      lines.delete(line);
      near.destroy();
      far.destroy();
    };
    for (const side of [near, far]) side.setNoDelay(true).on('error', end).on('close', end);
    near.on('data', (data) => {
      isSocket ||= data.includes('Upgrade: websocket');
      if (!far.write(data)) near.pause();
    });
    far.on('data', (data) => {
      if (!isSocket && chance.is(swallow)) end();
      else if (!near.write(data)) far.pause();
    });
    near.on('drain', () => far.resume());
    far.on('drain', () => near.resume());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const some = (share: number) => [...lines].filter(() => chance.is(share));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo(url) {
      port = Number(new URL(url).port);
    },
    cut(share) {
      for (const { near } of some(share)) near.destroy();
    },
    dawdle(share, milliseconds) {
      for (const { far } of some(share)) {
        far.pause();
        setTimeout(() => far.resume(), milliseconds);
      }
    },
    behave() {
      swallow = 0;
    },
    async close() {
      for (const { near } of lines) near.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
