// People, a toy dialect for each transport, and a server with real sockets.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { io, type Socket as IoClient } from 'socket.io-client';
import { vi } from 'vitest';
import { WebSocket } from 'ws';
import { createMemoryCluster } from '../../src/adapters/cluster/memory.ts';
import type { DialectName, Member } from '../../src/core/context.ts';
import { DomainError } from '../../src/core/errors.ts';
import type { Event } from '../../src/core/events.ts';
import type { AccountId, ConversationId, MessageId, SessionId } from '../../src/core/ids.ts';
import type { Encoders, Encoding, Socket, SocketProtocol } from '../../src/dialects/dialect.ts';
import type { Frame } from '../../src/realtime/frame.ts';
import { createGateway, type GatewayOptions } from '../../src/realtime/gateway.ts';
import { type Connection, createHub, type HubOptions, type MemberList, type Standing } from '../../src/realtime/hub.ts';
import type { Limits } from '../../src/realtime/limits.ts';

export const people = { alice: 1, bob: 2, carol: 3, mallory: 4 } as Record<
  'alice' | 'bob' | 'carol' | 'mallory',
  AccountId
>;
export type Person = keyof typeof people;
export const { alice, bob, carol, mallory } = people;
export const room = 100 as ConversationId;

export function member(name: Person, dialect: DialectName = 'pythia', sessionId: number = people[name]): Member {
  return { kind: 'member', accountId: people[name], sessionId: sessionId as SessionId, dialect };
}

/** A durable change of the room: `message.hidden` because it is small. Its number shows in every frame. */
export function change(
  no: number,
  more: { membershipVersion?: number; also?: AccountId[]; in?: ConversationId } = {},
): Event {
  const { membershipVersion = 1, also, in: conversationId = room } = more;
  return {
    type: 'message.hidden',
    conversationId,
    messageId: no as MessageId,
    audience: { kind: 'members', conversationId, membershipVersion, ...(also ? { also } : {}) },
    change: { conversationId, no },
  };
}

export function typing(by: AccountId, membershipVersion = 1): Event {
  return {
    type: 'typing',
    conversationId: room,
    by,
    name: 'someone',
    username: 'someone',
    isTyping: true,
    audience: { kind: 'members', conversationId: room, membershipVersion },
  };
}

export function presence(accountId: AccountId, besides: AccountId[] = []): Event {
  return { type: 'presence', accountId, isOnline: true, lastSeenAt: null, audience: { kind: 'everyone', besides } };
}

export function silentLog() {
  return { warn: vi.fn(), error: vi.fn() };
}

/** A connection that remembers the text it was handed. */
export class Ear implements Connection {
  readonly connectionId: string;
  readonly member: Member;
  readonly dialect: DialectName;
  readonly language: Connection['language'];
  readonly left = new Set<ConversationId>();
  readonly joined = new Set<ConversationId>();
  readonly heard: string[] = [];
  readonly frames: Frame[] = [];
  closed: { code: number; reason: string } | null = null;

  constructor(
    person: Person,
    options: { dialect?: DialectName; language?: Connection['language']; session?: number } = {},
  ) {
    this.dialect = options.dialect ?? 'pythia';
    this.member = member(person, this.dialect, options.session);
    this.language = options.language ?? 'en';
    this.connectionId = `${person}-${Math.random()}`;
  }

  send(frame: string): void {
    this.heard.push(frame);
  }

  deliver(frame: Frame): void {
    this.heard.push(frame.text);
    this.frames.push(frame);
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }
}

/** Says the number of the change, or the type of what has none. */
export function numberEncoders(made: (text: string) => void = () => {}): Encoders {
  const say = (text: string) => {
    made(text);
    return [text];
  };
  return {
    'message.hidden': { frames: (event) => say(String(event.change?.no)) },
    typing: { frames: () => say('typing') },
    presence: { frames: (event) => say(`presence ${event.accountId}`) },
    'sessions.ended': { frames: () => say('over') },
  };
}

export function hubOf(options: Partial<HubOptions> & { members?: AccountId[] } = {}) {
  const log = silentLog();
  const cluster = createMemoryCluster((error) => {
    throw error;
  });
  const readAudience = vi.fn(
    options.readAudience ??
      (async (): Promise<MemberList> => ({ membershipVersion: 1, members: options.members ?? [alice, bob, carol] })),
  );
  const readChanges = vi.fn(options.readChanges ?? (async (): Promise<Event[]> => []));
  const hub = createHub({
    cluster,
    dialects: { pythia: numberEncoders() },
    log,
    gapWait: 5,
    backoff: { first: 1, most: 4, attempts: 4 },
    ...options,
    readAudience,
    readChanges,
  });
  const join = (ear: Ear, standings: Standing[] = []): Ear => {
    hub.register(ear);
    hub.attach(ear, standings);
    return ear;
  };
  return {
    hub,
    cluster,
    log,
    readAudience,
    readChanges,
    join,
    publish: (...events: Event[]) => cluster.publish(events),
  };
}

/** `logXid`: by default nobody knows whether all of it was told. */
export function standing(
  lastChangeNo: number,
  membershipVersion = 1,
  id: ConversationId = room,
  logXid = Infinity,
): Standing {
  return { id, lastChangeNo, membershipVersion, logXid };
}

/** What a toy dialect says: JSON for plain sockets, a named event for Socket.IO. */
function toyEncoders(transport: SocketProtocol['transport']): Encoders {
  const wire = (type: string, facts: object) =>
    transport === 'ws' ? JSON.stringify({ type, ...facts }) : JSON.stringify([type, facts]);
  const hidden: Encoding<'message.hidden'> = { frames: (event) => [wire('changed', { no: event.change?.no })] };
  return {
    'message.hidden': hidden,
    typing: { frames: (event) => [wire('typing', { by: event.by })] },
    'message.starred': { frames: () => [wire('big', { text: 'x'.repeat(60_000) })] },
  };
}

export interface ToyOptions {
  received?(socket: Socket, text: string): Promise<void>;
}

/** Greets, echoes, and throws when it is told to. */
function toyProtocol(transport: SocketProtocol['transport'], seen: string[], options: ToyOptions): SocketProtocol {
  const say = (socket: Socket, type: string, facts: object) =>
    socket.send(transport === 'ws' ? JSON.stringify({ type, ...facts }) : JSON.stringify([type, facts]));
  const wire = (type: string, facts: object) => JSON.stringify(transport === 'ws' ? { type, ...facts } : [type, facts]);
  return {
    transport,
    cursors: {
      cursor: (cursor) => wire('cursor', { cursor }),
      reset: (cursor) => wire('reset', { cursor }),
    },
    async opened(socket) {
      say(socket, 'hello', { id: socket.member.accountId, dialect: socket.member.dialect, language: socket.language });
    },
    async received(socket, frame) {
      const text = typeof frame === 'string' ? frame : frame.event;
      if (text === 'throw') throw new Error('told to');
      if (options.received) await options.received(socket, text);
      seen.push(text);
      if (typeof frame === 'string') say(socket, 'echo', { text });
      else {
        say(socket, 'echo', { text, args: frame.args });
        frame.acknowledge?.('seen', frame.args.length);
      }
    },
    async closed(socket) {
      seen.push(`closed ${socket.member.accountId}`);
    },
  };
}

export interface Setup extends ToyOptions {
  limits?: Partial<Limits>;
  gateway?: Partial<GatewayOptions>;
  members?: AccountId[];
  standings?: Standing[];
}

/** A server on two ports with three toy dialects, whose tokens are `<person>` or `<person>:<dialect>`. */
export async function serve(setup: Setup = {}) {
  const log = silentLog();
  const cluster = createMemoryCluster();
  const seen: string[] = [];
  const dialects = { urge: toyEncoders('socket.io'), pythia: toyEncoders('ws'), nerutalk: toyEncoders('ws') };
  const hub = createHub({
    cluster,
    dialects,
    synced: dialects,
    readAudience: async () => ({ membershipVersion: 1, members: setup.members ?? [alice, bob, carol] }),
    readChanges: async () => [],
    log,
  });
  const onArrive = vi.fn();
  const onDepart = vi.fn();
  const gateway = createGateway({
    hub,
    cluster,
    protocols: {
      urge: toyProtocol('socket.io', seen, setup),
      pythia: toyProtocol('ws', seen, setup),
      nerutalk: toyProtocol('ws', seen, setup),
    },
    async authenticate(token) {
      const [name = '', dialect = 'pythia'] = token.split(':');
      if (!(name in people)) throw new DomainError('unauthenticated', 'bad_token', 'This token is not good.');
      return member(name as Person, dialect as DialectName);
    },
    readConversations: async () => setup.standings ?? [],
    onArrive,
    onDepart,
    log,
    ...setup.gateway,
    ...(setup.limits ? { limits: setup.limits } : {}),
  });
  const servers = [createServer(), createServer()];
  for (const server of servers) {
    server.on('request', (request, response) => response.end(`app ${request.url}`));
    gateway.attach(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  const [port = 0, secondPort = 0] = servers.map((server) => (server.address() as AddressInfo).port);
  const ioClients: IoClient[] = [];

  return {
    hub,
    cluster,
    gateway,
    log,
    seen,
    onArrive,
    onDepart,
    port,
    secondPort,
    publish: (...events: Event[]) => cluster.publish(events),
    ws: (query: string, onPort = port) => new Plain(`ws://127.0.0.1:${onPort}/ws${query}`),
    io: (
      token: string | null,
      transports: ('websocket' | 'polling')[] = ['websocket'],
      onPort = port,
      more: Record<string, unknown> = {},
    ) => {
      const client = io(`http://127.0.0.1:${onPort}`, {
        transports,
        auth: token ? { token, ...more } : {},
        forceNew: true,
        reconnection: false,
      });
      ioClients.push(client);
      return new Named(client);
    },
    async stop() {
      for (const client of ioClients) client.disconnect();
      await gateway.close('test over');
      hub.close();
      await Promise.all(
        servers.map(
          (server: Server) =>
            new Promise((resolve) => {
              server.closeAllConnections();
              server.close(resolve);
            }),
        ),
      );
    },
  };
}

/** A plain WebSocket client that remembers what it heard. */
class Plain {
  readonly ws: WebSocket;
  readonly heard: Record<string, unknown>[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(url: string) {
    this.ws = new WebSocket(url);
    this.ws.on('error', () => {});
    this.ws.on('message', (data: Buffer) => this.heard.push(JSON.parse(data.toString()) as Record<string, unknown>));
    this.closed = new Promise((resolve) => {
      this.ws.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
  }

  numbers(): unknown[] {
    return this.heard.filter(({ type }) => type === 'changed').map(({ no }) => no);
  }

  async greeted(): Promise<this> {
    await vi.waitFor(() => {
      if (!this.heard.some(({ type }) => type === 'hello')) throw new Error('not greeted');
    }, 3_000);
    return this;
  }
}

/** A Socket.IO client that remembers what it heard. */
class Named {
  readonly socket: IoClient;
  readonly heard: { name: string; args: unknown[] }[] = [];
  readonly ended: Promise<string>;
  readonly refused: Promise<Error & { data?: unknown }>;

  constructor(socket: IoClient) {
    this.socket = socket;
    socket.onAny((name: string, ...args: unknown[]) => this.heard.push({ name, args }));
    this.ended = new Promise((resolve) => socket.on('disconnect', resolve));
    this.refused = new Promise((resolve) => socket.on('connect_error', resolve));
  }

  numbers(): unknown[] {
    return this.heard.filter(({ name }) => name === 'changed').map(({ args }) => (args[0] as { no: number }).no);
  }

  async greeted(): Promise<this> {
    await vi.waitFor(() => {
      if (!this.heard.some(({ name }) => name === 'hello')) throw new Error('not greeted');
    }, 3_000);
    return this;
  }
}
