// The way in: the only `upgrade` listener. A token becomes a connection, which the hub then knows.

import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Socket as SocketIo } from 'socket.io';
import { type WebSocket, WebSocketServer } from 'ws';
import type { DialectName, Member } from '../core/context.ts';
import { DomainError } from '../core/errors.ts';
import type { Cluster } from '../core/ports.ts';
import { isAway } from '../core/retry.ts';
import { within } from '../core/within.ts';
import type { Listener, SocketIoFrame, SocketProtocol } from '../dialects/dialect.ts';
import { bringUp, type CatchUp } from './catch-up.ts';
import { type Identity, type Shared, Tick, type Upstream } from './connection.ts';
import { type Crew, HandOver } from './crew.ts';
import { bearerOf, type From, placeIn, targetOf, turnAway } from './handshake.ts';
import type { Hub, HubStats, Standing } from './hub.ts';
import { defaultLimits, type Limits } from './limits.ts';
import type { Log } from './log.ts';
import { createPresence } from './presence.ts';
import { createVisits, type Visits } from './visits.ts';
import { openSocketIo } from './socket-io.ts';
import { Heartbeat, hangUp, SocketIoLine, WebSocketLine } from './transports.ts';

export interface GatewayOptions {
  hub: Hub;
  cluster: Pick<Cluster, 'arrive' | 'depart'>;
  /** At most one of them speaks Socket.IO. */
  protocols: Partial<Record<DialectName, SocketProtocol>>;
  /** Throws DomainError for a token that is not good. `grace`: one that has expired only lately still is. */
  authenticate(token: string, options: { handshake: true; grace: boolean }): Promise<Member>;
  /** Where all the member's conversations stand. */
  readConversations(member: Member): Promise<readonly Standing[]>;
  /** Absent: cursors are not heeded. */
  catchUp?: CatchUp;
  /** An account's first connection on any process, or a visit if it has none; and when it is not here any more. */
  onArrive(member: Member): Promise<void> | void;
  onDepart(member: Member): Promise<void> | void;
  /** A connection is over: its account may hear nothing any more. */
  onHangUp?(member: Member): void;
  /** How `/ws` is closed to a bad token. Default: 4001 with the error's message. */
  refusal?(error: DomainError, token: string): { code: number; reason: string };
  /** The language of a connection: one of those the encoders know. Default: `en`. */
  language?(request: Pick<IncomingMessage, 'headers' | 'url'>, member: Member): Listener['language'];
  log: Log;
  limits?: Partial<Limits>;
  /** Who else listens on the same port. Absent: nobody. */
  crew?: Crew;
}

export interface GatewayStats extends HubStats {
  /** Connections closed because their client did not keep up. */
  cutSlow: number;
}

export interface Gateway {
  /** Takes over a server's upgrades, and its requests for sockets. To be called once the app listens for requests. */
  attach(server: Server): void;
  /** Who is here without a connection. */
  visits: Pick<Visits, 'note' | 'end'>;
  stats(): GatewayStats;
  /** Lets nobody in any more, lets handlers finish, says goodbye to everyone. Resolves when all are gone. */
  close(reason: string): Promise<void>;
}

type AnyLine = WebSocketLine | SocketIoLine;
interface Speaker {
  dialect: DialectName;
  protocol: SocketProtocol;
}

/** The default close code for a token that is not good, and that for a cursor that is none. */
const REFUSED = 4001;
const SENSELESS = 1008;

/** Makes the way in. Nothing listens before `attach`. */
export function createGateway(options: GatewayOptions): Gateway {
  const { hub, log } = options;
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const speakers = new Map<string, Speaker>();
  for (const [dialect, protocol] of Object.entries(options.protocols)) {
    speakers.set(dialect, { dialect: dialect as DialectName, protocol });
  }
  const lines = new Set<AnyLine>();
  const farewells = new Set<Promise<void>>();
  const presence = createPresence({ ...options, departureGrace: limits.departureGrace });
  const visits = createVisits(presence);
  const heartbeat = new Heartbeat(limits.pingEvery, limits.pongWithin);
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: limits.frameBytes, perMessageDeflate: false });
  const socketIoSpeaker = [...speakers.values()].find(({ protocol }) => protocol.transport === 'socket.io');
  const handOver = options.crew ? new HandOver(options.crew) : null;
  const io = socketIoSpeaker
    ? openSocketIo({
        limits,
        ...(handOver && { prefix: handOver.prefix }),
        authenticate: (token) => authenticated(token, true),
        admit: (socket, member, from) => admitSocketIo(socketIoSpeaker, socket, member, from),
        log,
      })
    : null;
  let cutSlow = 0;
  let closed: Promise<void> | null = null;
  const shared: Shared = { limits, tick: new Tick(), cut: () => (cutSlow += 1) };

  /** From the first breath of a connection to its last. */
  function live<F extends string | SocketIoFrame>(
    protocol: SocketProtocol,
    open: (upstream: Upstream<F>) => AnyLine,
    from: From,
  ): AnyLine {
    let greeted = false;
    const line = open({ received: (frame) => guarded(() => protocol.received(line, frame), line), gone });
    lines.add(line);
    const entering = Promise.resolve().then(enter);

    async function enter(): Promise<void> {
      if (!hub.register(line)) return;
      presence.arrived(line.member, line.connectionId);
      try {
        await hub.listen(line, () => options.readConversations(line.member));
        if (line.syncing) return await enterSyncing();
        const conversations = await options.readConversations(line.member);
        if (!lines.has(line)) return;
        greeted = true;
        await protocol.opened(line);
        hub.attach(line, conversations);
        line.start();
      } catch (error) {
        log.error({ err: error, connection: line.connectionId }, 'a connection could not be opened');
        if (isAway(error)) line.close(1013, 'try again later');
        else line.close(1011, 'internal error');
      }
    }

    /** Is heard from the start: there may be much to tell, and somebody who cannot answer a ping is cut. */
    async function enterSyncing(): Promise<void> {
      if (!lines.has(line) || !protocol.cursors || !options.catchUp) return;
      greeted = true;
      await protocol.opened(line);
      line.start();
      await bringUp(line, from, protocol.cursors, { hub, ...options.catchUp });
    }

    function gone(): void {
      lines.delete(line);
      hub.detach(line);
      options.catchUp?.pulse.leave(line);
      const farewell = leave().finally(() => farewells.delete(farewell));
      farewells.add(farewell);
    }

    async function leave(): Promise<void> {
      await entering;
      // Who hangs up has left: what they ask for from now on is another visit.
      visits.end([line.member.sessionId]);
      presence.departed(line.member, line.connectionId);
      await line.inbox.idle();
      if (greeted) await guarded(() => protocol.closed(line));
    }
    return line;
  }

  /** What a client asks in vain while the database is away, it is to ask again when it has come back. */
  async function guarded(handler: () => Promise<void>, line?: AnyLine): Promise<void> {
    try {
      await handler();
    } catch (error) {
      log.error({ err: error }, 'a socket handler threw');
      if (isAway(error)) line?.close(1013, 'try again later');
    }
  }

  async function authenticated(token: string | null, grace: boolean): Promise<Member> {
    if (!token) throw new DomainError('unauthenticated', 'no_token', 'A token is needed.');
    return within(limits.authenticateWithin, options.authenticate(token, { handshake: true, grace }), () => {
      throw new DomainError('unavailable', 'too_slow', 'The server is too busy; try again.');
    });
  }

  function identity(
    member: Member,
    { dialect, protocol }: Speaker,
    request: Pick<IncomingMessage, 'headers' | 'url'>,
    from: From | undefined,
  ): Identity {
    const syncing = from !== undefined && options.catchUp !== undefined && protocol.cursors !== undefined;
    const who = { member, dialect, syncing };
    try {
      return { ...who, language: options.language?.(request, member) ?? 'en' };
    } catch (error) {
      log.error({ err: error }, 'the language of a connection could not be told');
      return { ...who, language: 'en' };
    }
  }

  // Plain WebSockets

  async function opened(ws: WebSocket, raw: Duplex, request: IncomingMessage): Promise<void> {
    ws.on('error', () => {});
    // Nothing is read before there is somebody to read it for.
    ws.pause();
    const { query } = targetOf(request);
    const token = query.get('token') ?? bearerOf(request);
    const refuse = (code: number, reason: string) => hangUp(ws, code, reason, limits.hangUpWithin);
    if (full()) return refuse(1013, 'too many connections');
    try {
      const member = await authenticated(token, false);
      const speaker = speakers.get(query.get('dialect') ?? member.dialect);
      if (speaker?.protocol.transport !== 'ws') return refuse(REFUSED, 'This socket does not speak that dialect.');
      if (ws.readyState !== ws.OPEN || closed) return refuse(1001, 'going away');
      const from = placeIn(query.get('cursor'));
      const who = identity(member, speaker, request, from);
      live<string>(
        speaker.protocol,
        (upstream) => new WebSocketLine(ws, raw, heartbeat, who, shared, upstream),
        from ?? null,
      );
    } catch (error) {
      if (error instanceof DomainError && error.code === 'invalid') return refuse(SENSELESS, error.message);
      if (error instanceof DomainError && error.code !== 'unavailable') {
        const { code, reason } = options.refusal?.(error, token ?? '') ?? { code: REFUSED, reason: error.message };
        return refuse(code, reason);
      }
      log.error({ err: error }, 'a handshake failed');
      refuse(1013, 'try again later');
    }
  }

  // Socket.IO

  function admitSocketIo(speaker: Speaker, socket: SocketIo, member: Member, from: From | undefined): AnyLine | null {
    if (closed) return null;
    const who = identity(member, speaker, socket.handshake, from);
    return live<SocketIoFrame>(
      speaker.protocol,
      (upstream) => new SocketIoLine(socket, who, shared, upstream),
      from ?? null,
    );
  }

  // HTTP

  function full(): boolean {
    return lines.size >= limits.connections;
  }

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {});
    const { path, query } = targetOf(request);
    try {
      if (closed) turnAway(socket, 503);
      else if (path === '/ws') {
        webSockets.handleUpgrade(request, socket, head, (ws) => {
          opened(ws, socket, request).catch((error: unknown) => {
            log.error({ err: error }, 'a WebSocket could not be opened');
            ws.terminate();
          });
        });
      } else if (io && isSocketIo(path)) {
        if (handOver?.upgrade(query.get('sid'), request, socket, head)) return;
        if (full()) turnAway(socket, 503);
        else io.engine.handleUpgrade(request, socket, head);
      } else turnAway(socket, 404);
    } catch (error) {
      log.warn({ err: error }, 'an upgrade request made no sense');
      turnAway(socket, 400);
    }
  }

  /** True if the request was for a socket, and is dealt with. */
  function onRequest(request: IncomingMessage, response: ServerResponse): boolean {
    const { path, query } = targetOf(request);
    if (path === '/ws') answer(response, 426, 'This is a WebSocket.');
    else if (!io || !isSocketIo(path)) return false;
    else if (handOver?.request(query.get('sid'), request, response)) return true;
    else if ((closed || full()) && !query.has('sid')) answer(response, 503, 'The server takes no connections now.');
    else {
      try {
        io.engine.handleRequest(request, response);
      } catch (error) {
        log.warn({ err: error }, 'a polling request made no sense');
        answer(response, 400, 'Bad request.');
      }
    }
    return true;
  }

  function attach(server: Server): void {
    if (server.listenerCount('upgrade') > 0) throw new Error('somebody else listens to `upgrade` already');
    const listeners = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      if (onRequest(request, response)) return;
      for (const listener of listeners) listener.call(server, request, response);
    });
    server.on('upgrade', onUpgrade);
  }

  async function shutDown(reason: string): Promise<void> {
    for (const line of lines) line.inbox.stop();
    const idle = Promise.all([...lines].map((line) => line.inbox.idle()));
    await within(limits.finishWithin, idle, goOn);
    for (const line of lines) line.close(1001, reason);
    for (const ws of webSockets.clients) hangUp(ws, 1001, reason, limits.hangUpWithin);
    await everyoneGone();
    for (const ws of webSockets.clients) ws.terminate();
    heartbeat.stop();
    webSockets.close();
    handOver?.close();
    await io?.close();
    visits.close();
    const departed = Promise.all(farewells).then(() => presence.close());
    await within(limits.finishWithin, departed, goOn);
  }

  async function everyoneGone(): Promise<void> {
    const patience = Date.now() + limits.hangUpWithin;
    while (webSockets.clients.size + (io?.engine.clientsCount ?? 0) > 0 && Date.now() < patience) await sleep(10);
  }

  return {
    attach,
    visits,
    stats: () => ({ ...hub.stats(), cutSlow }),
    close: (reason) => (closed ??= Promise.resolve().then(() => shutDown(reason))),
  };
}

/** What has not come to its end by now is left to itself. */
function goOn(): void {}

function isSocketIo(path: string): boolean {
  return path === '/socket.io' || path.startsWith('/socket.io/');
}

function answer(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) return void response.end();
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ detail: message, message }));
}
