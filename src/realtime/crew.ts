// Workers that share a port: what belongs to a Socket.IO session that another of them has is handed over to that one.

import { type IncomingMessage, request as send, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { turnAway } from './handshake.ts';

/** This process among the workers of its machine. */
export interface Crew {
  /** Its own number, which no worker after it gets. */
  readonly number: number;
  /** The socket in the file system where the worker of this number hears the others. */
  addressOf(number: number): string;
}

/** What Engine.IO says of a session that it does not know; its clients begin a new one. */
const unknownSession = JSON.stringify({ code: 1, message: 'Session ID unknown' });

/** Hands over, until it is closed: then it lets go of whatever is still between a client and another worker. */
export class HandOver {
  readonly #crew: Crew;
  readonly #open = new Set<{ destroy(): void }>();

  constructor(crew: Crew) {
    this.#crew = crew;
  }

  /** A prefix for this worker's session ids, by which the others know them. */
  get prefix(): string {
    return `${this.#crew.number}.`;
  }

  /** A polling request. False: the session, if it names one, is no other worker's. */
  request(session: string | null, request: IncomingMessage, response: ServerResponse): boolean {
    const socketPath = this.#addressOf(session);
    if (socketPath === null) return false;
    const { method, url, headers } = request;
    const onward = send({ socketPath, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.once('error', () => response.destroy());
    });
    this.#keep(onward);
    onward.once('error', () => {
      if (response.headersSent) return void response.destroy();
      response.writeHead(400, { 'content-type': 'application/json', connection: 'close' }).end(unknownSession);
    });
    response.once('close', () => onward.destroy());
    request.pipe(onward);
    return true;
  }

  /** From polling to a WebSocket, which then goes through this process for as long as it is open. False: as above. */
  upgrade(session: string | null, request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const address = this.#addressOf(session);
    if (address === null) return false;
    const { method, url, rawHeaders } = request;
    const onward = connect(address);
    this.#keep(onward);
    onward.on('error', () => {
      if (onward.bytesRead === 0) turnAway(socket, 400);
    });
    onward.once('close', () => socket.end());
    socket.once('close', () => onward.destroy());
    const lines = rawHeaders.flatMap((name, index) => (index % 2 ? [] : [`${name}: ${rawHeaders[index + 1]}`]));
    onward.write([`${method} ${url} HTTP/1.1`, ...lines, '', ''].join('\r\n'), 'latin1');
    onward.write(head);
    socket.pipe(onward);
    onward.pipe(socket);
    return true;
  }

  close(): void {
    for (const each of this.#open) each.destroy();
  }

  #addressOf(session: string | null): string | null {
    const number = Number(/^(\d{1,9})\./.exec(session ?? '')?.[1] ?? this.#crew.number);
    return number === this.#crew.number ? null : this.#crew.addressOf(number);
  }

  #keep(each: { destroy(): void; once(event: 'close', listener: () => void): unknown }): void {
    this.#open.add(each);
    each.once('close', () => this.#open.delete(each));
  }
}
