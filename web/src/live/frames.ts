// A plain WebSocket at /ws that opens again by itself: for the dialects that speak in frames.

import { renew } from '../api/http.ts';
import { session } from '../api/session.ts';

export interface FrameLine {
  /** Says nothing while there is no line. */
  send(frame: Record<string, unknown>): void;
  close(): void;
}

export type Frame = { type: string } & Record<string, unknown>;

const pauses = [500, 1_000, 2_000, 5_000, 10_000];
/** Those that mean: not with this token. */
const tokenRefused = [1008, 4001];

/**
 * Opens the line as one dialect and keeps it open. Frames are handed over as they come. By cursors it is told all that
 * happened while it was broken, too.
 */
export function openFrames(
  dialect: 'pythia' | 'nerutalk',
  hears: (frame: Frame) => void,
  onOpen: () => void = () => undefined,
  byCursors = false,
): FrameLine {
  let socket: WebSocket | null = null;
  let cursor = 'latest';
  let attempt = 0;
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function open(): void {
    const token = session.get()?.accessToken;
    if (closed || token === undefined) return;
    const address = new URL('/ws', location.href);
    address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    address.search = new URLSearchParams({ token, dialect, ...(byCursors && { cursor }) }).toString();
    socket = new WebSocket(address);
    socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame;
      if (frame.type === 'sync_cursor' || frame.type === 'sync_reset')
        cursor = (frame.data as { cursor: string }).cursor;
      if (frame.type === 'connection_established') {
        attempt = 0;
        onOpen();
      }
      hears(frame);
    });
    socket.addEventListener('close', ({ code }) => {
      if (closed) return;
      const pause = pauses[Math.min(attempt, pauses.length - 1)]!;
      attempt += 1;
      timer = setTimeout(() => {
        if (!tokenRefused.includes(code)) return open();
        renew(token).then(open, open);
      }, pause);
    });
  }

  function now(): void {
    if (closed || socket?.readyState === WebSocket.OPEN || socket?.readyState === WebSocket.CONNECTING) return;
    clearTimeout(timer);
    open();
  }

  addEventListener('online', now);
  open();
  return {
    send: (frame) => {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
      removeEventListener('online', now);
      socket?.close(1000);
    },
  };
}
