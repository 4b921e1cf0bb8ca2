// The connections to Redis: one that asks and one that listens, to a single server; or those of a Redis Cluster.

import { Cluster, Redis } from 'ioredis';

/** A text for whoever listens to a channel. */
export interface Letter {
  channel: string;
  text: string;
}

/** How a connection behaves, in milliseconds. */
export interface Manners {
  enableOfflineQueue: false;
  maxRetriesPerRequest: number;
  autoResubscribe: false;
  connectTimeout: number;
  socketTimeout: number;
  retryStrategy(attempt: number): number;
}

/** What happens on the lines. */
export interface Hooks {
  ready(): void;
  closed(): void;
  failed(error: Error): void;
  received(text: string): void;
}

export interface Lines {
  /** For everything but channels. */
  readonly redis: Redis | Cluster;
  readonly isReady: boolean;
  /** Rejects unless all went out. */
  publish(letters: readonly Letter[]): Promise<unknown>;
  subscribe(channels: readonly string[]): Promise<unknown>;
  unsubscribe(channels: readonly string[]): Promise<unknown>;
  /** Rejects if nothing would be heard. `channel`: one that is subscribed to, or will be. */
  listens(channel: string): Promise<unknown>;
  disconnect(): void;
}

/** One command, whatever the number of channels: a command costs its sender more than what is in it. */
const publishAll = `for i = 1, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end`;

/** To one server. */
export function singleLines(url: string, manners: Manners, hooks: Hooks): Lines {
  const redis = new Redis(url, manners);
  const ears = new Redis(url, manners);
  let isOver = false;
  for (const line of [redis, ears]) {
    line.on('ready', hooks.ready);
    line.on('error', hooks.failed);
    line.on('close', () => isOver || hooks.closed());
  }
  ears.on('message', (_channel, text) => hooks.received(text));
  return {
    redis,
    get isReady() {
      return redis.status === 'ready' && ears.status === 'ready';
    },
    publish([first, ...others]) {
      if (!first) return Promise.resolve();
      if (others.length === 0) return redis.publish(first.channel, first.text);
      return redis.eval(publishAll, 0, ...[first, ...others].flatMap(({ channel, text }) => [channel, text]));
    },
    subscribe: (channels) => ears.subscribe(...channels),
    unsubscribe: (channels) => ears.unsubscribe(...channels),
    // Who has subscribed may do so again: the answer tells that the connection lives.
    listens: (channel) => ears.subscribe(channel),
    disconnect() {
      isOver = true;
      redis.disconnect();
      ears.disconnect();
    },
  };
}

/** To the servers of a Redis Cluster, of which `url` is one: each channel is on one of them. */
export function clusterLines(url: string, manners: Manners, hooks: Hooks): Lines {
  const { retryStrategy, ...redisOptions } = manners;
  const { username, password, protocol } = new URL(url);
  const cluster = new Cluster([url], {
    redisOptions: {
      ...redisOptions,
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
    enableOfflineQueue: false,
    shardedSubscribers: true,
    clusterRetryStrategy: retryStrategy,
    clusterNodeRetryStrategy: retryStrategy,
  });
  /** It listens again by itself, on new connections too, to all it was told of, as often as it was told. */
  const told = new Set<string>();
  cluster.on('ready', hooks.ready);
  cluster.on('error', hooks.failed);
  cluster.on('close', hooks.closed);
  cluster.on('smessage', (_channel: string, text: string) => hooks.received(text));
  async function subscribe(channels: readonly string[]): Promise<void> {
    const untold = channels.filter((channel) => !told.has(channel));
    await inPlaces(untold, async (some) => {
      await cluster.ssubscribe(...some);
      for (const channel of some) told.add(channel);
    });
  }
  return {
    redis: cluster,
    get isReady() {
      return cluster.status === 'ready';
    },
    publish: (letters) => Promise.all(letters.map(({ channel, text }) => cluster.spublish(channel, text))),
    subscribe,
    unsubscribe(channels) {
      for (const channel of channels) told.delete(channel);
      return inPlaces(channels, (some) => cluster.sunsubscribe(...some));
    },
    listens: (channel) => subscribe([channel]),
    disconnect: () => cluster.disconnect(),
  };
}

/** Channels of one command must live in one place, which their hash tags name. */
function inPlaces(channels: readonly string[], work: (some: string[]) => Promise<unknown>): Promise<unknown> {
  const places = new Map<string, string[]>();
  for (const channel of channels) {
    const place = /\{\d+\}/.exec(channel)?.[0] ?? channel;
    const some = places.get(place);
    if (some) some.push(channel);
    else places.set(place, [channel]);
  }
  return Promise.all(Array.from(places.values(), work));
}
