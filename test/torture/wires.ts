// The four products' wires as a client that goes by cursors has them: what it is told, frame by frame.

import { setTimeout as sleep } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';

export const wires = ['urge', 'pythia', 'nerutalk', 'ai-messaging'] as const;
export type Wire = (typeof wires)[number];

/** A frame as it came; of Socket.IO's `type` is the event, `data` its argument. */
export interface Frame {
  type: string;
  // The decoder of each wire knows its frames.
  // oxlint-disable-next-line typescript/no-explicit-any
  [field: string]: any;
}

export interface Ends {
  /** Called for each frame, in order. */
  heard(frame: Frame): void;
  /** Called once, when the line is gone and the client did not hang up itself. */
  lost(): void;
}

export interface Line {
  hangUp(): void;
}

/** Milliseconds between two questions of who has no socket. */
const asksEvery = 200;

/** Opens a line that begins at this cursor. A cursor comes on every wire as a frame `sync_cursor` or `sync_reset`. */
export function openLine(wire: Wire, url: string, token: string, cursor: string, ends: Ends): Line {
  let isOver = false;
  const lost = () => {
    if (isOver) return;
    isOver = true;
    ends.lost();
  };
  const heard = (frame: Frame) => {
    if (!isOver) ends.heard(frame);
  };
  const open = { urge: openNamed, pythia: openPlain, nerutalk: openPlain, 'ai-messaging': openAsking }[wire];
  const close = open(url, token, cursor, { heard, lost });
  return {
    hangUp() {
      isOver = true;
      close();
    },
  };
}

function openPlain(url: string, token: string, cursor: string, { heard, lost }: Ends): () => void {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?token=${token}&cursor=${cursor}`);
  socket.on('error', () => {});
  socket.on('message', (data: Buffer) => heard(JSON.parse(data.toString()) as Frame));
  socket.on('close', lost);
  return () => socket.terminate();
}

function openNamed(url: string, token: string, cursor: string, { heard, lost }: Ends): () => void {
  const socket = io(url, { auth: { token, cursor }, forceNew: true, reconnection: false, transports: ['websocket'] });
  socket.onAny((type: string, data: unknown) => heard({ type: type.replace(/^sync:/, 'sync_'), data }));
  const close = () => {
    socket.io.engine?.close();
    socket.close();
  };
  // An attempt whose answer is swallowed would else be waited for.
  const timer = setTimeout(() => {
    close();
    lost();
  }, 10_000);
  socket.on('authenticated', () => clearTimeout(timer));
  for (const event of ['disconnect', 'connect_error']) socket.on(event, lost);
  return () => {
    clearTimeout(timer);
    close();
  };
}

/** Asks again and again; whatever is no answer ends the line. */
function openAsking(url: string, token: string, cursor: string, { heard, lost }: Ends): () => void {
  const over = new AbortController();
  const ask = async () => {
    for (let from = cursor; !over.signal.aborted;) {
      const response = await fetch(`${url}/sync?cursor=${from}&limit=100`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(10_000),
      });
      const page = (await response.json()) as { events: Frame[]; cursor: string; more: boolean };
      if (response.status !== 200 && response.status !== 410) throw new Error(`${response.status}`);
      if (over.signal.aborted) return;
      for (const frame of page.events ?? []) heard(frame);
      from = page.cursor;
      heard({ type: response.status === 410 ? 'sync_reset' : 'sync_cursor', cursor: from });
      if (!page.more) await sleep(asksEvery);
    }
  };
  ask().catch(lost);
  return () => over.abort();
}
