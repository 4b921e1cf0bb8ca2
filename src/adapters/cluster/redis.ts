// The cluster of several processes, over Redis: events on channels, presence in a few keys. While Redis is away each
// process goes on by itself.

import { randomBytes } from 'node:crypto';
import type { Event } from '../../core/events.ts';
import type { AccountId } from '../../core/ids.ts';
import type { Cluster, PresenceListener, Sign } from '../../core/ports.ts';
import { within } from '../../core/within.ts';
import { Channels } from './channels.ts';
import { createMemoryCluster } from './memory.ts';
import { writeNeruTalkKeys } from './nerutalk-keys.ts';
import { clusterLines, singleLines, type Hooks, type Lines, type Manners } from './redis-lines.ts';
import { SharedPresence } from './redis-presence.ts';
import { Subscriptions } from './redis-subscriptions.ts';
import { otherThan, Roll } from './roll.ts';

/** In milliseconds. */
export interface Pace {
  /** How often a process gives a sign of life and looks whether the others do. */
  beat: number;
  /** Without a sign of life for so long, a process is dead and its people are gone. */
  patience: number;
  /** How long a question waits for its answer; after that this process makes do with what it knows. */
  answer: number;
  /** A connection that owes an answer for so long is given up for a new one. */
  silence: number;
}

export interface RedisClusterOptions {
  /** `redis://` or, with TLS, `rediss://`; user, password and database number in it. Of a Redis Cluster any server. */
  url: string;
  /** Whose events and presence these are: several installations may use one Redis. */
  name: string;
  log: { warn(text: string): void };
  /** Hears what the listener throws, and of messages that make no sense. */
  faulty?(error: unknown): void;
  /** A person as NeruTalk writes them; absent: what its document names in Redis is not written. */
  neruTalkUser?(account: AccountId): string;
  pace?: Partial<Pace>;
}

const usualPace: Pace = { beat: 1_000, patience: 5_000, answer: 1_000, silence: 3_000 };

const signs: readonly Sign[] = ['connection', 'visit'];

/** Characters on their way to Redis; what would be more is not sent. */
const mostUnsent = 16 << 20;

/**
 * Joins the processes that use the same Redis under the same name. Does not insist: while Redis does not answer it is
 * tried on and on, and this process is alone, with one warning.
 *
 * A conversation has a channel, to which the processes subscribe whose people are in it; so has an account. Channels that
 * many shared would not be cheaper: ten thousand cost Redis 2.3 MB and 15 ms, and the process 100 ms, once.
 */
export async function openRedisCluster(options: RedisClusterOptions): Promise<Cluster> {
  const { url, name, log, faulty = () => {}, neruTalkUser } = options;
  const pace = { ...usualPace, ...options.pace };
  const own = randomBytes(9).toString('base64url');
  const channels = new Channels(name);
  const subscriptions = new Subscriptions();
  const ownMessage = `{"from":"${own}",`;

  /** This process by itself: its listener, and who is here. */
  const alone = createMemoryCluster(faulty);
  const here: Record<Sign, Roll> = { connection: new Roll(), visit: new Roll() };
  let watcher: PresenceListener | null = null;

  // Nothing waits for a connection: what cannot be asked now is not asked.
  const manners: Manners = {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    connectTimeout: pace.silence,
    socketTimeout: pace.silence,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** attempt, 1_000) * (0.5 + Math.random() / 2),
  };
  const hooks: Hooks = {
    ready: () => void beat(),
    failed: (error) => (trouble = reasonOf(error)),
    closed: () => nowAlone('the connection closed'),
    received: receive,
  };

  let state: 'opening' | 'together' | 'alone' | 'closed' = 'opening';
  let opened = () => {};
  /** What a connection last complained of. */
  let trouble = '';
  /** What Redis knows of this process may be wrong. */
  let stale = true;
  /** An answer is overdue, which may be this process's own fault: nobody else waits until there is one. */
  let overdue = false;
  let beating = false;
  let losses = 0;
  let unsent = 0;
  let dropped = 0;
  let lines = singleLines(url, manners, hooks);
  let presence = presenceOn(lines);
  /** It is known whether Redis is one server or a cluster. */
  let isSettled = false;

  function nowTogether(): void {
    if (state === 'closed') return;
    if (state === 'alone') {
      log.warn(`Redis answers again. ${dropped} batches of events did not reach other processes meanwhile.`);
    }
    if (state !== 'together') subscriptions.use(lines);
    state = 'together';
    overdue = false;
    trouble = '';
    dropped = 0;
    opened();
  }

  function nowAlone(reason: string): void {
    stale = true;
    losses += 1;
    if (state === 'alone' || state === 'closed') return;
    state = 'alone';
    subscriptions.use(null);
    log.warn(
      `Redis does not answer (${trouble || reason}). Until it does, people hear from other processes a second ` +
        'later, and see as connected only those of their own. Nothing is lost.',
    );
    opened();
  }

  function presenceOn({ redis }: Lines): SharedPresence {
    return new SharedPresence(redis, {
      process: own,
      prefix: `parlance:{${name}}:presence:`,
      patience: pace.patience,
    });
  }

  /** When Redis answers for the first time: a cluster wants other lines. False: they are being opened. */
  async function isOnItsLines(): Promise<boolean> {
    if (isSettled) return true;
    const isCluster = (await lines.redis.info('cluster')).includes('cluster_enabled:1');
    isSettled = true;
    if (!isCluster) return true;
    lines.disconnect();
    lines = clusterLines(url, manners, hooks);
    presence = presenceOn(lines);
    return false;
  }

  /** Gives a sign of life, hears if it did not, and puts right what Redis has wrong. Never rejects. */
  async function beat(): Promise<void> {
    if (beating || state === 'closed' || !lines.isReady) return;
    beating = true;
    const lossesBefore = losses;
    try {
      if (!(await isOnItsLines())) return;
      const [{ known, buried, dead }] = await Promise.all([presence.beat(), lines.listens(channels.everybody)]);
      if (stale || !known) {
        stale = false;
        for (const how of signs) {
          const back = await presence.restore(how, here[how]);
          if (buried) watcher?.(back, true);
        }
      }
      if (losses !== lossesBefore) return;
      nowTogether();
      subscriptions.settle();
      // Who watches tells the others, so only they may bury.
      if (watcher) for (const process of dead) watcher(await presence.bury(process), false);
    } catch (error) {
      nowAlone(reasonOf(error));
    } finally {
      beating = false;
    }
  }

  /** What Redis says; while it does not answer, what this process can say. */
  async function ask<T>(question: () => Promise<T>, otherwise: () => T): Promise<T> {
    if (state !== 'together' || overdue) return otherwise();
    try {
      return await within(pace.answer, question());
    } catch {
      overdue = true;
      return otherwise();
    }
  }

  async function find(by: readonly Sign[], wanted: readonly AccountId[]): Promise<ReadonlySet<AccountId>> {
    if (wanted.length === 0) return new Set();
    const found = await ask(
      () => presence.here(by, wanted),
      () => [],
    );
    return new Set([...found, ...wanted.filter((account) => by.some((how) => here[how].has(account)))]);
  }

  /** To the other processes. What does not reach them now they find in the log. */
  function send(events: readonly Event[]): void {
    if (unsent > mostUnsent) nowAlone('it is too slow');
    if (state !== 'together') {
      dropped += 1;
      return;
    }
    const letters = channels
      .sort(events)
      .map((parcel) => ({ channel: parcel.channel, text: JSON.stringify({ from: own, events: parcel.events }) }));
    const length = letters.reduce((sum, { text }) => sum + text.length, 0);
    unsent += length;
    lines
      .publish(letters)
      .catch(() => (dropped += 1))
      .finally(() => (unsent -= length));
  }

  function receive(text: string): void {
    if (text.startsWith(ownMessage)) return;
    try {
      const { events } = JSON.parse(text) as { events: Event[] };
      alone.publish(events);
    } catch (error) {
      faulty(error);
    }
  }

  const heart = setInterval(() => void beat(), pace.beat);
  await within(pace.silence, new Promise<void>((resolve) => (opened = resolve))).catch((error: unknown) =>
    nowAlone(reasonOf(error)),
  );

  return {
    publish(events) {
      if (events.length === 0) return;
      try {
        send(events);
        if (neruTalkUser && state === 'together') {
          writeNeruTalkKeys(lines.redis, events, neruTalkUser).catch(() => {});
        }
      } catch (error) {
        faulty(error);
      }
      alone.publish(events);
    },
    listen: (listener) => alone.listen(listener),
    follow: (what) => within(pace.answer, subscriptions.want(channels.of(what))).catch(() => {}),
    unfollow: (what) => subscriptions.forgo(channels.of(what)),
    watch(listener) {
      watcher = (people, isOnline) => {
        if (people.length > 0) listener(people, isOnline);
      };
    },
    async arrive(account, sign, how = 'connection') {
      if (!here[how].add(account, sign)) return false;
      return ask(
        async () => (await presence.join(how, [account])).length > 0,
        () => {
          stale = true;
          return how === 'connection' || !here.connection.has(account);
        },
      );
    },
    async depart(account, sign, how = 'connection') {
      if (!here[how].delete(account, sign)) return false;
      return ask(
        async () => (await presence.leave(how, [account])).length > 0,
        () => {
          stale = true;
          return !here[otherThan(how)].has(account);
        },
      );
    },
    listening: (accounts) => find(['connection'], accounts),
    online: (accounts) => find(signs, accounts),
    connected: () =>
      ask(
        () => presence.connected(),
        () => here.connection.size,
      ),
    async close() {
      const isTogether = state === 'together';
      state = 'closed';
      clearInterval(heart);
      if (isTogether) await within(pace.answer, presence.resign()).catch(() => {});
      lines.disconnect();
      await alone.close();
    },
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node gathers the errors of several addresses in one without words.
  return error.message || String((error as NodeJS.ErrnoException).code);
}
