// A client that goes by cursors over Pythia's socket or URGE's: it keeps what lies behind its latest cursor, and when it
// comes back with that, all after it must come again.

import { io } from 'socket.io-client';
import { WebSocket } from 'ws';

export type Wire = 'pythia' | 'urge';

/** A frame in one form for both wires. */
export interface Told {
  type: string;
  // A test names the fields it expects.
  // oxlint-disable-next-line typescript/no-explicit-any
  data: any;
}

export interface Follower {
  /** What was told behind the latest cursor, and after it. */
  kept: Told[];
  fresh: Told[];
  cursor: string;
  /** Cursors it was given since it last came. */
  cursors: number;
  resets: number;
  /** Why it was last cut off, if the server did that. */
  closed: { code: number } | null;
  /** Comes with the latest cursor, to this server. */
  open(server: { url: string }): void;
  /** Hangs up without a word. */
  cut(): void;
}

export function follower(wire: Wire, token: string, cursor = 'latest'): Follower {
  let hangUp = () => {};
  const self: Follower = {
    kept: [],
    fresh: [],
    cursor,
    cursors: 0,
    resets: 0,
    closed: null,
    open(server) {
      self.cut();
      let isOver = false;
      const heard = (told: Told) => {
        if (isOver) return;
        const kind = told.type.replace('sync:', 'sync_');
        if (kind === 'sync_cursor' || kind === 'sync_reset') {
          self.cursor = told.data.cursor;
          self.cursors += 1;
          self.kept.push(...self.fresh.splice(0));
          if (kind === 'sync_reset') self.resets += 1;
        } else if (told.type !== 'connection_established' && told.type !== 'authenticated') self.fresh.push(told);
      };
      const close = (wire === 'pythia' ? openPlain : openNamed)(server.url, token, self.cursor, heard, (code) => {
        if (!isOver) self.closed = { code };
      });
      hangUp = () => {
        isOver = true;
        close();
      };
    },
    cut() {
      hangUp();
      hangUp = () => {};
      self.fresh = [];
      self.cursors = 0;
      self.closed = null;
    },
  };
  return self;
}

function openPlain(
  url: string,
  token: string,
  cursor: string,
  heard: (told: Told) => void,
  closed: (code: number) => void,
): () => void {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?token=${token}&dialect=pythia&cursor=${cursor}`);
  socket.on('error', () => {});
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as Told & { cursor?: string };
    heard({ type: frame.type, data: frame.data ?? frame });
  });
  socket.on('close', closed);
  return () => socket.terminate();
}

function openNamed(
  url: string,
  token: string,
  cursor: string,
  heard: (told: Told) => void,
  closed: (code: number) => void,
): () => void {
  const socket = io(url, { auth: { token, cursor }, forceNew: true, reconnection: false, transports: ['websocket'] });
  socket.onAny((type: string, data: unknown) => heard({ type, data }));
  socket.on('disconnect', () => closed(0));
  socket.on('connect_error', () => closed(0));
  return () => {
    socket.io.engine?.close();
    socket.close();
  };
}
