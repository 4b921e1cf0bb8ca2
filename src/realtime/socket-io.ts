// The way in by Socket.IO: a server that never listens, whose engine is handed requests and upgrades from all of ours.

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { Server as SocketIoServer, type Socket as SocketIo } from 'socket.io';
import type { Member } from '../core/context.ts';
import { DomainError } from '../core/errors.ts';
import { bearerOf, type From, placeIn } from './handshake.ts';
import { type Limits, TokenBucket } from './limits.ts';
import type { Log } from './log.ts';
import type { SocketIoLine } from './transports.ts';

export interface SocketIoOptions {
  limits: Limits;
  /** What the ids of its sessions begin with; absent: nothing. */
  prefix?: string;
  /** Throws DomainError for a token that is not good. */
  authenticate(token: string | null): Promise<Member>;
  /** Null: nobody gets in any more. */
  admit(socket: SocketIo, member: Member, from: From | undefined): Pick<SocketIoLine, 'close'> | null;
  log: Log;
}

export function openSocketIo({ limits, prefix, authenticate, admit, log }: SocketIoOptions): SocketIoServer {
  const server = new SocketIoServer({
    path: '/socket.io',
    serveClient: false,
    destroyUpgrade: false,
    cors: { origin: true, credentials: true },
    transports: ['websocket', 'polling'],
    allowEIO3: false,
    perMessageDeflate: false,
    maxHttpBufferSize: limits.frameBytes,
    pingInterval: limits.socketIoPingEvery,
    pingTimeout: limits.socketIoPongWithin,
    connectTimeout: limits.authenticateWithin,
  });
  server.attach(createServer());
  if (prefix !== undefined) server.engine.generateId = () => prefix + randomBytes(15).toString('base64url');
  const admitted = new WeakMap<SocketIo, { member: Member; from: From | undefined }>();
  const authenticating = new WeakSet<SocketIo['conn']>();
  const open = new WeakMap<SocketIo['conn'], Pick<SocketIoLine, 'close'>>();

  server.engine.on('connection', (engine: SocketIo['conn']) => {
    const bucket = new TokenBucket(limits.rate);
    engine.on('packet', () => {
      if (bucket.take()) return;
      const line = open.get(engine);
      if (line) line.close(1008, 'too many frames');
      else engine.close(true);
    });
  });
  server.use((socket, next) => {
    const engine = socket.conn;
    if (authenticating.has(engine)) return next(refusal(new DomainError('conflict', 'connecting', 'one at a time')));
    authenticating.add(engine);
    const { auth, headers, query } = socket.handshake;
    const token = textOf(auth['token']) ?? bearerOf({ headers }) ?? textOf(query['token']);
    authenticate(token)
      .then((member) => {
        admitted.set(socket, { member, from: placeIn(auth['cursor']) });
        next();
      })
      .catch((error: unknown) => {
        if (error instanceof DomainError && error.code !== 'unavailable') return next(refusal(error));
        log.error({ err: error }, 'a handshake failed');
        // Refused clients never come back by themselves; those whose transport closes do.
        engine.close();
        next(new Error('unavailable'));
      })
      .finally(() => authenticating.delete(engine));
  });
  server.on('connection', (socket) => {
    const visitor = admitted.get(socket);
    const line = visitor ? admit(socket, visitor.member, visitor.from) : null;
    if (line) open.set(socket.conn, line);
    else socket.conn.close();
  });
  return server;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function refusal(error: DomainError): Error {
  return Object.assign(new Error('unauthorized'), { data: { code: error.code, reason: error.reason } });
}
