// The core without a dialect: a messenger on a real database, people who are simply there, and everything it emits.

import { setTimeout as sleep } from 'node:timers/promises';
import { createMemoryCluster } from '../../src/adapters/cluster/memory.ts';
import { type Database, openDatabase } from '../../src/adapters/database/index.ts';
import { noBlobs } from '../../src/adapters/blobs/none.ts';
import { noCalls } from '../../src/adapters/calls/webrtc.ts';
import { bundledGifs } from '../../src/adapters/gifs/index.ts';
import { noMedia } from '../../src/adapters/media/none.ts';
import { noPush } from '../../src/adapters/push/console.ts';
import type { CoreSettings, Guest, Member } from '../../src/core/context.ts';
import { createGroup, openDirect } from '../../src/core/conversations/create.ts';
import type { Event, EventType } from '../../src/core/events.ts';
import { createMessenger, type Messenger } from '../../src/core/execute.ts';
import type { ConversationId } from '../../src/core/ids.ts';
import type { Cluster, Ports } from '../../src/core/ports.ts';
import { type DatabaseKind, makeTestDatabase, openTestDatabase } from '../support/database.ts';

/** One process: its pool, its messenger, what that told the cluster. */
export interface Process {
  database: Database;
  messenger: Messenger;
  cluster: Cluster;
  /** Every call of `publish`. */
  published: (readonly Event[])[];
  /** The sizes of the batches, by command. */
  batches: { command: string; size: number }[];
  /** All events of these kinds, flat. */
  events<T extends EventType>(...kinds: T[]): Event<T>[];
}

export interface Core extends Process {
  kind: DatabaseKind;
  /** Where the database is; undefined: embedded. */
  url: string | undefined;
  /** Another process on the same database; on the embedded one it shares the connection. */
  another(): Promise<Process>;
  person(name: string): Promise<Member>;
  direct(one: Member, other: Member): Promise<ConversationId>;
  group(founder: Member, ...members: Member[]): Promise<ConversationId>;
  close(): Promise<void>;
}

const quiet = { info: () => {}, warn: () => {} };

const settings: CoreSettings = {
  secret: new Uint8Array(32).fill(7),
  accessTokenSeconds: 900,
  refreshTokenSeconds: 86_400,
  socketGraceSeconds: 0,
  passwordRounds: 4,
  limits: false,
  subject: (_dialect, account) => String(account),
};

export const guest: Guest = { kind: 'guest', dialect: 'urge', address: '127.0.0.1', device: null };

export async function openCore(kind: DatabaseKind): Promise<Core> {
  const place = kind === 'embedded' ? undefined : await makeTestDatabase(kind);
  const open = () => (place ? openDatabase({ ...place, log: quiet }) : openTestDatabase(kind));
  const first = processOn(await open());
  const opened = [first.database];
  const { db } = first.database;

  return {
    ...first,
    kind,
    url: place?.url,
    async another() {
      if (kind === 'embedded') return processOn(first.database);
      const database = await open();
      opened.push(database);
      return processOn(database);
    },
    async person(name) {
      const { id } = await db
        .insertInto('accounts')
        .values({ username: `${name}_${Math.random()}`, display_name: name, social_links: '{}', created_in: 'urge' })
        .returning('id')
        .executeTakeFirstOrThrow();
      const session = await db
        .insertInto('sessions')
        .values({ account_id: id, dialect: 'urge', expires_at: new Date(Date.now() + 86_400_000) })
        .returning('id')
        .executeTakeFirstOrThrow();
      return { kind: 'member', accountId: id, sessionId: session.id, dialect: 'urge' };
    },
    direct: async (one, other) =>
      (await first.messenger.execute(one, openDirect, { with: other.accountId })).conversationId,
    group: async (founder, ...members) =>
      (
        await first.messenger.execute(founder, createGroup, {
          name: 'a group',
          members: members.map((member) => member.accountId),
        })
      ).conversationId,
    async close() {
      await Promise.all(opened.map((database) => database.close()));
      await place?.remove();
    },
  };
}

function processOn(database: Database): Process {
  const published: Process['published'] = [];
  const batches: Process['batches'] = [];
  const inner = createMemoryCluster((error) => {
    throw error;
  });
  const cluster: Cluster = {
    ...inner,
    publish(events) {
      published.push(events);
      inner.publish(events);
    },
  };
  const ports: Ports = {
    cluster,
    jobs: { enqueue: async () => {}, wake: () => {} },
    sms: { send: async () => 'sent' },
    mail: { name: 'none', send: async () => '' },
    push: noPush,
    blobs: noBlobs,
    media: noMedia,
    calls: noCalls,
    gifs: bundledGifs,
  };
  const messenger = createMessenger({
    db: database.db,
    lanes: database.lanes,
    ports,
    settings,
    observer: { executed: () => {}, batch: (command, size) => batches.push({ command, size }) },
  });
  return {
    database,
    messenger,
    cluster,
    published,
    batches,
    events: <T extends EventType>(...kinds: T[]) =>
      published.flat().filter((event): event is Event<T> => (kinds as EventType[]).includes(event.type)),
  };
}

/** A plain text message. */
export function text(conversationId: ConversationId, content: string, key?: string) {
  return {
    conversationId,
    kind: 'text',
    content,
    ...(key && { repeat: { key, hash: `hash of ${content}` } }),
  } as const;
}

export async function until(what: string, holds: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(5)) if (await holds()) return;
  throw new Error(`in ${seconds} s it did not come about: ${what}`);
}

/** Resolves when it was called so many times. */
export function barrier(times: number): () => Promise<void> {
  let left = times;
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return () => {
    left -= 1;
    if (left === 0) open();
    return opened;
  };
}
