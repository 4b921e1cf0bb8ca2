// Who is connected, and who hears what: each event in its order, to its audience, encoded once for all who see the same.

import type { DialectName } from '../core/context.ts';
import type { Event, Logged } from '../core/events.ts';
import type { AccountId, ConversationId, SessionId } from '../core/ids.ts';
import type { LogPosition } from '../core/log.ts';
import type { Cluster } from '../core/ports.ts';
import type { Socket } from '../dialects/dialect.ts';
import { Audiences, type MemberList } from './audiences.ts';
import type { Frame } from './frame.ts';
import { Interests } from './interests.ts';
import type { Log } from './log.ts';
import { Order } from './order.ts';
import { OwnStream } from './own-stream.ts';
import { Place, type Progress } from './place.ts';
import type { News } from './pulse.ts';
import { type Dialects, Rendering } from './rendering.ts';
import type { Backoff } from './retrying.ts';

export type { Dialects } from './rendering.ts';
export type { MemberList } from './audiences.ts';

/** An open connection as the hub needs it. */
export interface Connection extends Socket {
  readonly dialect: DialectName;
  /** It goes by cursors: durable events reach it as its dialect says them to whoever catches up. */
  readonly syncing?: boolean;
  /** Like `send`, for a frame that many get. */
  deliver(frame: Frame): void;
}

/** Where one of a member's conversations stands at the moment it was read. */
export interface Standing {
  id: ConversationId;
  lastChangeNo: number;
  membershipVersion: number;
  /** Where its last change stands in the log. */
  logXid: number;
}

/** How a syncing connection comes in. */
export interface CaughtUp {
  cursor: Progress;
  /** True for an event that the log has told it. */
  covers(event: Event): boolean;
}

export interface HubOptions {
  cluster: Pick<Cluster, 'listen' | 'follow' | 'unfollow'>;
  /** What concerns nobody here may not be heard here. */
  selective?: boolean;
  /** What other processes tell may get lost on its way here, and `follow` is told of all of it. */
  lossy?(): boolean;
  /** Something may just have been missed, or waits to learn what there was before it. */
  late?(): void;
  dialects: Dialects;
  /** How durable events are said to connections that go by cursors. */
  synced?: Dialects;
  readAudience(conversationId: ConversationId): Promise<MemberList>;
  /** The durable events with `afterNo < change.no <= uptoNo`, as far as the log still has them. */
  readChanges(conversationId: ConversationId, afterNo: number, uptoNo: number): Promise<Event[]>;
  /** The events of these rows, which stand in no conversation's order. */
  readOwn?(rows: readonly Logged[]): Promise<Event[]>;
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
  /**
   * From here on the connection's events are kept for it; those of a syncing one from `hold` on. False if its session has
   * ended: it was closed.
   */
  register(connection: Connection): boolean;
  /**
   * To be awaited after `register`, and before it is read for the connection where its conversations stand: from then on
   * what happens in them is heard. `read`: its conversations.
   */
  listen(connection: Connection, read: () => Promise<readonly Pick<Standing, 'id'>[]>): Promise<void>;
  /** A syncing connection is about to read where its conversations stand. */
  hold(connection: Connection): void;
  /** It read too much for that: nothing is kept for it until it holds again. */
  release(connection: Connection): void;
  /**
   * The connection knows its conversations as they stood, and has been greeted: what was kept is delivered, as far as
   * the client could not see it in the conversations it is going to read. A syncing one was told all by the log, up to
   * `caughtUp`.
   */
  attach(connection: Connection, conversations: readonly Standing[], caughtUp?: CaughtUp): void;
  detach(connection: Connection): void;
  /** The frames of a durable event that the log tells a syncing connection. */
  render(event: Event, connection: Connection): readonly Frame[];
  /** Whether somebody is going to say what the log has gained (`follow`): to be called before it is read for the first time. */
  watch(isWatched: boolean): void;
  /** The accounts that are connected. */
  accounts(): Iterable<AccountId>;
  /** True if somebody here cares for the conversation, or would have heard of it. */
  knows(id: ConversationId): boolean;
  /**
   * All that the log gained and that may concern anybody here: what did not come by itself is read. Resolves when all of
   * it has been handed to whom it concerns.
   */
  follow(news: News): Promise<void>;
  /** Sends every syncing connection further: what the news tells is behind them. */
  advance(news: News): void;
  /** Closes the syncing connections: they cannot be told all, and come back with their cursors. */
  disconnectSyncing(): void;
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
/** Rows that stand in no conversation read at once. */
const OWN_PAGE = 500;

/** Starts listening to the cluster. */
export function createHub(options: HubOptions): Hub {
  const { dialects, synced = {}, log, lines = 50_000 } = options;
  const backoff = options.backoff ?? { first: 50, most: 2_000, attempts: 6 };
  const places = new Map<Connection, Place>();
  const syncing = new Set<Place>();
  const byAccount = new Map<AccountId, Place[]>();
  const open: Partial<Record<DialectName, number>> = {};
  const ended = new Map<SessionId, string>();
  const ownStream = new OwnStream();
  const interests = new Interests(options.cluster);
  const { selective = false } = options;
  /** The log was followed up to here. */
  let followed: LogPosition | null = null;
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
    dropped: disconnectSyncing,
    backoff,
    log,
  });
  const order = new Order({
    readChanges: options.readChanges,
    release: (event, before) => audiences.pass(event, before),
    attaching: () => attaching > 0,
    lossy: () => options.lossy?.() ?? false,
    hurry: () => options.late?.(),
    matters: (id) => !selective || attaching > 0 || interests.has(id),
    gapWait: options.gapWait ?? 40,
    fillAtMost: 10_000,
    page: 1_000,
    gaveUp: disconnectSyncing,
    lines,
    backoff,
    log,
  });
  options.cluster.listen((batch) => batch.forEach(arrived));

  function arrived(event: Event): void {
    if (event.type === 'members.joined') {
      forgetUnheard([event.conversationId]);
      welcome(event.conversationId, event.accounts);
    }
    if (isDurable(event)) order.arrived(event);
    else if (!event.logged || ownStream.take(event.logged)) audiences.pass(event, Infinity);
    if (event.type === 'sessions.ended') endSessions(event.sessions, event.reason);
    else if (event.type === 'access.changed' && !event.allowed) disconnect(event.sessions, 'account disabled');
  }

  /** The accounts that are connected listen to the conversation from now on. */
  function welcome(id: ConversationId, accounts: Iterable<AccountId>): void {
    if (!selective) return;
    for (const account of accounts) if (byAccount.has(account)) void interests.add(account, [id])?.then(options.late);
  }

  /** What went by of conversations in which nobody here was is of no use as a beginning. */
  function forgetUnheard(ids: Iterable<ConversationId>): void {
    if (selective) for (const id of ids) if (!interests.has(id)) order.forget(id);
  }

  function deliver(event: Event, members: ReadonlySet<AccountId> | null, before: number): void {
    events += 1;
    if (event.type === 'members.joined') welcome(event.conversationId, event.accounts);
    else if (event.type === 'conversation.created') welcome(event.conversationId, members ?? [event.by]);
    const rendering = new Rendering(event, dialects, synced, log);
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
    if (place.serial >= before || place.knows(event, before !== Infinity)) return;
    const { connection } = place;
    const frames = rendering.for(connection.dialect, connection, connection.syncing);
    if (frames.length === 0) return;
    if (place.held) keep(place, event, frames);
    else hand(place, event, frames);
  }

  function keep(place: Place, event: Event, frames: readonly Frame[]): void {
    if (place.held?.push({ event, frames }) === HELD_AT_MOST) place.connection.close(1013, 'too slow');
  }

  function hand(place: Place, event: Event, frames: readonly Frame[]): void {
    const { connection } = place;
    deliveries += frames.length;
    for (const frame of frames) connection.deliver(frame);
    if (place.sync) place.hears(event);
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
    interests.enter(accountId);
    open[connection.dialect] = (open[connection.dialect] ?? 0) + 1;
    if (!connection.syncing) hold(connection);
    return true;
  }

  async function listen({ member }: Connection, read: () => Promise<readonly Pick<Standing, 'id'>[]>): Promise<void> {
    if (!selective) return;
    const ids = (await read()).map(({ id }) => id);
    forgetUnheard(ids);
    await interests.add(member.accountId, ids);
  }

  function hold(connection: Connection): void {
    const place = places.get(connection);
    if (!place || place.held || place.serial !== Infinity) return;
    place.held = [];
    place.serial = 0;
    attaching += 1;
  }

  function release(connection: Connection): void {
    const place = places.get(connection);
    if (!place?.held) return;
    place.held = null;
    place.serial = Infinity;
    attaching -= 1;
  }

  function attach(connection: Connection, conversations: readonly Standing[], caughtUp?: CaughtUp): void {
    const place = places.get(connection);
    if (!place?.held) return;
    place.serial = serial += 1;
    if (caughtUp) {
      place.sync = caughtUp.cursor;
      syncing.add(place);
    }
    if (selective) {
      void interests.add(
        connection.member.accountId,
        conversations.map(({ id }) => id),
      );
    }
    const known = new Map<ConversationId, number>();
    for (const { id, lastChangeNo, membershipVersion, logXid } of conversations) {
      known.set(id, lastChangeNo);
      audiences.seen(id, membershipVersion);
      const isTold = followed !== null && logXid < followed.xid;
      const isOnItsWay = order.draw(id, lastChangeNo, place.serial, isTold) < lastChangeNo || audiences.owes(id);
      if (isOnItsWay) (place.floors ??= new Map()).set(id, lastChangeNo);
    }
    attaching -= 1;
    const { held } = place;
    place.held = null;
    for (const { event, frames } of held) {
      const { change } = event;
      if (change && change.no <= (known.get(change.conversationId) ?? 0)) continue;
      if (!caughtUp?.covers(event)) hand(place, event, frames);
    }
  }

  function detach(connection: Connection): void {
    const place = places.get(connection);
    if (!place) return;
    places.delete(connection);
    syncing.delete(place);
    if (place.held) attaching -= 1;
    const { accountId } = connection.member;
    const others = (byAccount.get(accountId) ?? []).filter((other) => other !== place);
    if (others.length > 0) byAccount.set(accountId, others);
    else {
      byAccount.delete(accountId);
      interests.leave(accountId);
    }
    open[connection.dialect] = (open[connection.dialect] ?? 1) - 1;
  }

  async function follow({ conversations, own }: News): Promise<void> {
    forgetUnheard(conversations.map(({ id }) => id));
    for (const { id, from, upto } of conversations) order.expect(id, from, upto);
    const unheard = ownStream.unheard(own).filter(({ accountId }) => accountId === null || byAccount.has(accountId));
    for (let at = 0; at < unheard.length && options.readOwn; at += OWN_PAGE) {
      (await options.readOwn(unheard.slice(at, at + OWN_PAGE))).forEach(arrived);
    }
    await order.caughtUp();
    await audiences.settled();
  }

  function advance(news: News): void {
    followed = news.position;
    ownStream.follow(news.after, news.position);
    const now = performance.now();
    for (const place of syncing) place.advance(news, now);
  }

  function disconnectSyncing(): void {
    for (const connection of places.keys()) if (connection.syncing) connection.close(1013, 'too far behind');
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
    listen,
    hold,
    release,
    attach,
    detach,
    render: (event, connection) =>
      new Rendering(event, dialects, synced, log).for(connection.dialect, connection, true),
    watch(isWatched) {
      followed = null;
      order.watch(isWatched);
      ownStream.record(isWatched);
    },
    accounts: () => byAccount.keys(),
    knows: (id) => (selective ? interests.has(id) || order.asks(id) : order.has(id)),
    follow,
    advance,
    disconnectSyncing,
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
