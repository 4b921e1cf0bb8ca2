// Who is connected, and who hears what: each event in its order, to its audience, encoded once for all who see the same.

import type { DialectName } from '../core/context.ts';
import type { Event } from '../core/events.ts';
import type { AccountId, ConversationId, SessionId } from '../core/ids.ts';
import type { Cluster } from '../core/ports.ts';
import type { Socket } from '../dialects/dialect.ts';
import { Audiences, type MemberList } from './audiences.ts';
import type { Frame } from './frame.ts';
import type { Log } from './log.ts';
import { Order } from './order.ts';
import { type Dialects, Rendering } from './rendering.ts';
import type { Backoff } from './retrying.ts';

export type { Dialects } from './rendering.ts';
export type { MemberList } from './audiences.ts';

/** An open connection as the hub needs it. */
export interface Connection extends Socket {
  readonly dialect: DialectName;
  /** Like `send`, for a frame that many get. */
  deliver(frame: Frame): void;
}

/** Where one of a member's conversations stands at the moment it was read. */
export interface Standing {
  id: ConversationId;
  lastChangeNo: number;
  membershipVersion: number;
}

export interface HubOptions {
  cluster: Pick<Cluster, 'listen'>;
  dialects: Dialects;
  readAudience(conversationId: ConversationId): Promise<MemberList>;
  /** The durable events with `afterNo < change.no <= uptoNo`, as far as the log still has them. */
  readChanges(conversationId: ConversationId, afterNo: number, uptoNo: number): Promise<Event[]>;
  log: Log;
  /** Milliseconds a hole in a conversation's order is waited for. Default 40. */
  gapWait?: number;
  /** Conversations remembered. Default 50,000. */
  lines?: number;
  backoff?: Backoff;
}

export interface HubStats {
  /** Open connections by dialect. */
  open: Partial<Record<DialectName, number>>;
  accounts: number;
  conversations: number;
  /** Events released, and frames handed to connections. */
  events: number;
  deliveries: number;
  audienceReads: number;
  filledFromLog: number;
  missingFromLog: number;
}

export interface Hub {
  /** From here on the connection's events are kept for it. False if its session has ended: it was closed. */
  register(connection: Connection): boolean;
  /**
   * The connection knows its conversations as they stood, and has been greeted: what was kept is delivered, as far as
   * the client could not see it in the conversations it is going to read.
   */
  attach(connection: Connection, conversations: readonly Standing[]): void;
  detach(connection: Connection): void;
  /** Closes the sockets of sessions that are over. */
  endSessions(sessions: readonly SessionId[], reason: string): void;
  /** Closes the sockets of sessions that are not welcome for now, but may be again. */
  disconnect(sessions: readonly SessionId[], reason: string): void;
  stats(): HubStats;
  close(): void;
}

/** Close codes for a connection whose session is over, and for somebody who is to stay away. */
const SESSION_ENDED = 4001;
const EXCLUDED = 1008;
const exclusions: readonly string[] = ['banned', 'suspended'];
/** Ended sessions remembered, for connections that were being made when their session ended. */
const ENDED_REMEMBERED = 10_000;
const HELD_AT_MOST = 10_000;

/** What the hub knows of one connection. */
class Place {
  readonly connection: Connection;
  /** What happened since it registered, until it attaches. */
  held: { event: Event; frames: readonly Frame[] }[] | null = [];
  /** Counts up in the order of attaching; 0 before. */
  serial = 0;
  /** Conversations it knows further than they had been released when it attached. */
  floors: Map<ConversationId, number> | null = null;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** True if the connection has seen this change by reading. */
  knows({ change }: Event): boolean {
    if (!this.floors || !change) return false;
    const floor = this.floors.get(change.conversationId);
    if (floor === undefined) return false;
    if (change.no <= floor) return true;
    this.floors.delete(change.conversationId);
    if (this.floors.size === 0) this.floors = null;
    return false;
  }
}

/** Starts listening to the cluster. */
export function createHub(options: HubOptions): Hub {
  const { dialects, log, lines = 50_000 } = options;
  const backoff = options.backoff ?? { first: 50, most: 2_000, attempts: 6 };
  const places = new Map<Connection, Place>();
  const byAccount = new Map<AccountId, Place[]>();
  const open: Partial<Record<DialectName, number>> = {};
  const ended = new Map<SessionId, string>();
  let attaching = 0;
  let serial = 0;
  let events = 0;
  let deliveries = 0;

  const audiences = new Audiences({
    readAudience: options.readAudience,
    deliver,
    lists: lines,
    members: 2_000_000,
    queue: 10_000,
    backoff,
    log,
  });
  const order = new Order({
    readChanges: options.readChanges,
    release: (event, before) => audiences.pass(event, before),
    attaching: () => attaching > 0,
    gapWait: options.gapWait ?? 40,
    fillAtMost: 1_000,
    lines,
    backoff,
    log,
  });
  options.cluster.listen((batch) => batch.forEach(arrived));

  function arrived(event: Event): void {
    if (isDurable(event)) order.arrived(event);
    else audiences.pass(event, Infinity);
    if (event.type === 'sessions.ended') endSessions(event.sessions, event.reason);
    else if (event.type === 'access.changed' && !event.allowed) disconnect(event.sessions, 'account disabled');
  }

  function deliver(event: Event, members: ReadonlySet<AccountId> | null, before: number): void {
    events += 1;
    const rendering = new Rendering(event, dialects, log);
    const to = (account: AccountId) => {
      for (const place of byAccount.get(account) ?? []) give(place, event, rendering, before);
    };
    const { audience } = event;
    if (audience.kind === 'accounts') {
      new Set(audience.accounts).forEach(to);
    } else if (audience.kind === 'everyone') {
      const besides = new Set(audience.besides);
      for (const account of byAccount.keys()) if (!besides.has(account)) to(account);
    } else if (members) {
      if (members.size <= byAccount.size) members.forEach(to);
      else for (const account of byAccount.keys()) if (members.has(account)) to(account);
      for (const account of new Set(audience.also)) if (!members.has(account)) to(account);
    }
  }

  function give(place: Place, event: Event, rendering: Rendering, before: number): void {
    if (place.serial >= before || place.knows(event)) return;
    const { connection } = place;
    const frames = rendering.for(connection.dialect, connection);
    if (frames.length === 0) return;
    if (place.held) hold(place, event, frames);
    else hand(connection, frames);
  }

  function hold(place: Place, event: Event, frames: readonly Frame[]): void {
    if (place.held?.push({ event, frames }) === HELD_AT_MOST) place.connection.close(1013, 'too slow');
  }

  function hand(connection: Connection, frames: readonly Frame[]): void {
    deliveries += frames.length;
    for (const frame of frames) connection.deliver(frame);
  }

  function register(connection: Connection): boolean {
    const reason = ended.get(connection.member.sessionId);
    if (reason !== undefined) {
      connection.close(SESSION_ENDED, reason);
      return false;
    }
    const place = new Place(connection);
    const { accountId } = connection.member;
    places.set(connection, place);
    byAccount.set(accountId, [...(byAccount.get(accountId) ?? []), place]);
    open[connection.dialect] = (open[connection.dialect] ?? 0) + 1;
    attaching += 1;
    return true;
  }

  function attach(connection: Connection, conversations: readonly Standing[]): void {
    const place = places.get(connection);
    if (!place?.held) return;
    place.serial = serial += 1;
    const known = new Map<ConversationId, number>();
    for (const { id, lastChangeNo, membershipVersion } of conversations) {
      known.set(id, lastChangeNo);
      audiences.seen(id, membershipVersion);
      if (order.draw(id, lastChangeNo, place.serial) < lastChangeNo) (place.floors ??= new Map()).set(id, lastChangeNo);
    }
    attaching -= 1;
    const { held } = place;
    place.held = null;
    for (const { event, frames } of held) {
      const { change } = event;
      if (!change || change.no > (known.get(change.conversationId) ?? 0)) hand(connection, frames);
    }
  }

  function detach(connection: Connection): void {
    const place = places.get(connection);
    if (!place) return;
    places.delete(connection);
    if (place.held) attaching -= 1;
    const { accountId } = connection.member;
    const others = (byAccount.get(accountId) ?? []).filter((other) => other !== place);
    if (others.length > 0) byAccount.set(accountId, others);
    else byAccount.delete(accountId);
    open[connection.dialect] = (open[connection.dialect] ?? 1) - 1;
  }

  function endSessions(sessions: readonly SessionId[], reason: string): void {
    if (sessions.length === 0) return;
    const over = new Set(sessions);
    for (const session of over) ended.set(session, reason);
    for (const session of ended.keys()) {
      if (ended.size <= ENDED_REMEMBERED) break;
      ended.delete(session);
    }
    disconnect(sessions, reason);
  }

  function disconnect(sessions: readonly SessionId[], reason: string): void {
    if (sessions.length === 0) return;
    const which = new Set(sessions);
    const code = exclusions.includes(reason) ? EXCLUDED : SESSION_ENDED;
    for (const connection of places.keys()) {
      if (which.has(connection.member.sessionId)) connection.close(code, reason);
    }
  }

  return {
    register,
    attach,
    detach,
    endSessions,
    disconnect,
    stats: () => ({
      open: { ...open },
      accounts: byAccount.size,
      conversations: order.size,
      events,
      deliveries,
      audienceReads: audiences.reads,
      filledFromLog: order.filled,
      missingFromLog: order.lost,
    }),
    close() {
      order.close();
      audiences.close();
      options.cluster.listen(() => {});
    },
  };
}

function isDurable(event: Event): event is Event & { change: NonNullable<Event['change']> } {
  return event.change !== undefined;
}
