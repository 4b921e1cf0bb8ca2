// An open plain WebSocket that keeps the frames it hears, for the dialects whose clients have one.

import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { TestServer } from './server.ts';

/** An open socket and the frames it heard that nobody took. */
export interface WebSocketEars<Frame> {
  heard: Frame[];
  closed: Promise<{ code: number; reason: string }>;
  /** The next frame of this type, taken; fails after 5 s. */
  next(type: string): Promise<Frame>;
  /** Sends this text. */
  raw(text: string): void;
  close(): Promise<void>;
}

/** Opens `/ws` with any token; `query` is what follows it, with its `&`. */
export function listen<Frame extends { type: string }>(
  server: Pick<TestServer, 'url'>,
  token: string,
  query = '',
): WebSocketEars<Frame> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws?token=${encodeURIComponent(token)}${query}`);
  const heard: Frame[] = [];
  const waiting = new Set<() => void>();
  socket.on('error', () => {});
  socket.on('message', (data: Buffer) => {
    heard.push(JSON.parse(data.toString('utf8')) as Frame);
    for (const look of waiting) look();
  });
  const closed = once(socket, 'close').then(([code, reason]: unknown[]) => ({
    code: code as number,
    reason: String(reason),
  }));

  function next(type: string): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const index = heard.findIndex((frame) => frame.type === type);
        if (index < 0) return;
        waiting.delete(look);
        clearTimeout(timer);
        resolve(heard.splice(index, 1)[0]!);
      };
      const timer = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`did not hear ${type}, but ${JSON.stringify(heard)}`));
      }, 5_000);
      waiting.add(look);
      look();
    });
  }

  return {
    heard,
    closed,
    next,
    raw: (text) => socket.send(text),
    async close() {
      socket.close();
      await closed;
    },
  };
}
