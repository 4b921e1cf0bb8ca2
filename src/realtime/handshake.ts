// What a request for a connection says, and how it is turned away.

import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Cursor, readCursor } from './cursor.ts';

/** From where a client wants to be told; null: from now on. */
export type From = Cursor | null;

/** The path and the query of a request, whatever nonsense its target is. */
export function targetOf({ url = '/' }: IncomingMessage): { path: string; query: URLSearchParams } {
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

/** The token of an `Authorization: Bearer` header. */
export function bearerOf({ headers }: Pick<IncomingMessage, 'headers'>): string | null {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}

/** What a handshake says of cursors; undefined: nothing. Throws DomainError `invalid` (`bad_cursor`). */
export function placeIn(cursor: unknown): From | undefined {
  if (cursor === undefined || cursor === null) return undefined;
  return cursor === 'latest' ? null : readCursor(typeof cursor === 'string' ? cursor : '');
}

/** Answers an upgrade request with a plain status, and hangs up. */
export function turnAway(socket: Duplex, status: number): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
