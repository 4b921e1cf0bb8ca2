// The cluster of several processes, over Redis: events on a channel, presence in a few keys. While Redis is away each
// process goes on by itself.

import { randomBytes } from 'node:crypto';
import { Redis, type RedisOptions } from 'ioredis';
import type { Event } from '../../core/events.ts';
import type { AccountId } from '../../core/ids.ts';
import type { Cluster, PresenceListener } from '../../core/ports.ts';
import { createMemoryCluster } from './memory.ts';
import { SharedPresence } from './redis-presence.ts';

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
  /** `redis://` or, with TLS, `rediss://`; user, password and database number in it. */
  url: string;
  /** Whose events and presence these are: several installations may use one Redis. */
  name: string;
  log: { warn(text: string): void };
  /** Hears what the listener throws, and of messages that make no sense. */
  faulty?(error: unknown): void;
  pace?: Partial<Pace>;
}

const usualPace: Pace = { beat: 1_000, patience: 5_000, answer: 1_000, silence: 3_000 };

/** Characters on their way to Redis; what would be more is not sent. */
const mostUnsent = 16 << 20;

/**
 * Joins the processes that use the same Redis under the same name. Does not insist: while Redis does not answer it is
 * tried on and on, and this process is alone, with one warning.
 *
 * There is one channel, and every process reads every event. That is enough while processes are few: an event that
 * concerns nobody here costs some microseconds of parsing. With many processes it is the first thing to divide.
 */
export async function openRedisCluster(options: RedisClusterOptions): Promise<Cluster> {
  const { url, name, log, faulty = () => {} } = options;
  const pace = { ...usualPace, ...options.pace };
  const own = randomBytes(9).toString('base64url');
  const channel = `parlance:${name}:events`;
  const ownMessage = `{"from":"${own}",`;

  /** This process by itself: its listener and its connections. */
  const here = createMemoryCluster(faulty);
  const accounts = new Set<AccountId>();
  let watcher: PresenceListener | null = null;

  // Nothing waits for a connection: what cannot be asked now is not asked.
  const manners = {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    connectTimeout: pace.silence,
    socketTimeout: pace.silence,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** attempt, 1_000) * (0.5 + Math.random() / 2),
  } satisfies RedisOptions;
  const commands = new Redis(url, manners);
  const ears = new Redis(url, manners);
  const presence = new SharedPresence(commands, {
    process: own,
    prefix: `parlance:{${name}}:presence:`,
    patience: pace.patience,
  });

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

  function nowTogether(): void {
    if (state === 'closed') return;
    if (state === 'alone') {
      log.warn(`Redis answers again. ${dropped} batches of events did not reach other processes meanwhile.`);
    }
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
    log.warn(
      `Redis does not answer (${trouble || reason}). Until it does, people hear from other processes only when they ` +
        'ask, and see as connected only those of their own. Nothing is lost.',
    );
    opened();
  }

  /** Gives a sign of life, hears if it did not, and puts right what Redis has wrong. Never rejects. */
  async function beat(): Promise<void> {
    if (beating || state === 'closed' || commands.status !== 'ready' || ears.status !== 'ready') return;
    beating = true;
    const lossesBefore = losses;
    try {
      // Who has subscribed may do so again: the answer tells that the connection lives.
      const [{ known, buried, dead }] = await Promise.all([presence.beat(), ears.subscribe(channel)]);
      if (stale || !known) {
        stale = false;
        const back = await presence.restore(accounts);
        if (buried) watcher?.(back, true);
      }
      if (losses !== lossesBefore) return;
      nowTogether();
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

  /** To the other processes. What does not reach them now they find in the log. */
  function send(events: readonly Event[]): void {
    if (unsent > mostUnsent) nowAlone('it is too slow');
    if (state !== 'together') {
      dropped += 1;
      return;
    }
    const text = JSON.stringify({ from: own, events });
    unsent += text.length;
    commands
      .publish(channel, text)
      .catch(() => (dropped += 1))
      .finally(() => (unsent -= text.length));
  }

  function receive(text: string): void {
    if (text.startsWith(ownMessage)) return;
    try {
      const { events } = JSON.parse(text) as { events: Event[] };
      here.publish(events);
    } catch (error) {
      faulty(error);
    }
  }

  for (const redis of [commands, ears]) {
    redis.on('ready', () => void beat());
    redis.on('error', (error) => (trouble = reasonOf(error)));
    redis.on('close', () => nowAlone('the connection closed'));
  }
  ears.on('message', (_channel, text) => receive(text));
  const heart = setInterval(() => void beat(), pace.beat);
  await within(pace.silence, new Promise<void>((resolve) => (opened = resolve))).catch((error: unknown) =>
    nowAlone(reasonOf(error)),
  );

  return {
    publish(events) {
      if (events.length === 0) return;
      try {
        send(events);
      } catch (error) {
        faulty(error);
      }
      here.publish(events);
    },
    listen: (listener) => here.listen(listener),
    watch(listener) {
      watcher = (people, isOnline) => {
        if (people.length > 0) listener(people, isOnline);
      };
    },
    async arrive(account, connectionId) {
      if (!(await here.arrive(account, connectionId))) return false;
      accounts.add(account);
      return ask(
        async () => (await presence.join([account])).length > 0,
        () => (stale = true),
      );
    },
    async depart(account, connectionId) {
      if (!(await here.depart(account, connectionId))) return false;
      accounts.delete(account);
      return ask(
        async () => (await presence.leave([account])).length > 0,
        () => (stale = true),
      );
    },
    async online(wanted) {
      if (wanted.length === 0) return new Set();
      const found = await ask(
        () => presence.online(wanted),
        () => [],
      );
      return new Set([...found, ...wanted.filter((account) => accounts.has(account))]);
    },
    connected: () =>
      ask(
        () => presence.connected(),
        () => accounts.size,
      ),
    async close() {
      const isTogether = state === 'together';
      state = 'closed';
      clearInterval(heart);
      if (isTogether) await within(pace.answer, presence.resign()).catch(() => {});
      commands.disconnect();
      ears.disconnect();
      await here.close();
    },
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node gathers the errors of several addresses in one without words.
  return error.message || String((error as NodeJS.ErrnoException).code);
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
