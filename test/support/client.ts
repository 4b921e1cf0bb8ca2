// A client that keeps what it has read and goes by GET /sync, as a real one would: whatever product it is of.

import { sql } from 'kysely';
import { expect, vi } from 'vitest';
import { horizon } from '../../src/core/log.ts';
import { call } from './people.ts';
import type { TestServer } from './server.ts';

// A test names the fields it expects.
// oxlint-disable-next-line typescript/no-explicit-any
export type Body = any;

/** What a client keeps: each thing as it was read, by the path it is read from. */
export type State = Map<string, Body>;

/** How a client of one product folds. */
export interface Product {
  /** Lists of what one's own chats are; which there are is theirs alone to say. */
  lists: readonly string[];
  /** What else there is for everybody. */
  things: readonly string[];
  /** The chats on a list. */
  chatsOn(list: Body): string[];
  /** What there is to be read of a chat: its state first. */
  pathsOf(chat: string): readonly string[];
  /** What of an answer lasts; what others look like and whether they are here is not told. */
  keep(path: string, body: Body, me: string): Body;
  /** Takes a frame in as far as it says what it tells, and answers which paths it says to read again. */
  fold(state: State, frame: Body, me: string): readonly string[];
}

export interface Client {
  /** For the one who reads a failure. */
  name: string;
  state: State;
  /** All frames heard. */
  heard: Body[];
  /** Reads everything anew. */
  look(): Promise<void>;
  /** Asks what happened, page by page; the log must be `settled`. */
  catchUp(limit: number): Promise<void>;
  /** Begins to go by cursors: from now. */
  begin(): Promise<void>;
}

/** `me` is how the product calls its owner. */
export function clientOf(
  server: TestServer,
  product: Product,
  { name, token, me }: { name: string; token: string; me: string },
): Client {
  const { lists, things, chatsOn, pathsOf, keep, fold } = product;
  const state: State = new Map();
  const heard: Body[] = [];
  let cursor = 'latest';

  async function read(path: string): Promise<void> {
    const { status, body } = await call(server, 'GET', path, { token });
    if (status === 200) return void state.set(path, keep(path, body, me));
    expect([403, 404], `${path}: ${JSON.stringify(body)}`).toContain(status);
    state.delete(path);
  }

  /** Keeps the chats that are on the lists, and reads those it has not. */
  async function readLists(): Promise<void> {
    const listed = new Set<string>();
    for (const list of lists) {
      const { status, body } = await call(server, 'GET', list, { token });
      expect(status, JSON.stringify(body)).toBe(200);
      for (const chat of chatsOn(body)) listed.add(chat);
    }
    const ofChats = new Set([...listed].flatMap(pathsOf));
    for (const path of state.keys()) if (!things.includes(path) && !ofChats.has(path)) state.delete(path);
    for (const chat of listed) if (!state.has(pathsOf(chat)[0]!)) for (const path of pathsOf(chat)) await read(path);
  }

  return {
    name,
    state,
    heard,
    async look() {
      state.clear();
      await readLists();
      for (const path of things) await read(path);
    },
    async begin() {
      const { body } = await call(server, 'GET', '/sync', { token });
      ({ cursor } = body);
    },
    async catchUp(limit) {
      for (let more = true; more;) {
        const { status, body } = await call(server, 'GET', `/sync?cursor=${cursor}&limit=${limit}`, { token });
        expect(status, JSON.stringify(body)).toBe(200);
        const again = new Set<string>();
        for (const frame of body.events) {
          const named = new Set([...lists, ...things, ...valuesIn(frame).flatMap(pathsOf)]);
          for (const path of fold(state, frame, me)) {
            expect(named, `not named by ${JSON.stringify(frame)}`).toContain(path);
            again.add(path);
          }
        }
        heard.push(...body.events);
        // Once a page: what the frames of a page name is as it is now, whichever named it.
        for (const path of again) if (!lists.includes(path)) await read(path);
        if (lists.some((list) => again.has(list))) await readLists();
        ({ cursor, more } = body);
      }
    },
  };
}

/** Whatever a frame names. */
function valuesIn(frame: Body): string[] {
  return typeof frame === 'object' && frame !== null ? Object.values(frame).flatMap(valuesIn) : [String(frame)];
}

/** Until no transaction, whosever it is, can still write before what was done up to now. */
export async function settled({ database: { db } }: Pick<TestServer, 'database'>): Promise<void> {
  const { rows } = await sql<{ xid: number }>`
    select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as xid`.execute(db);
  await vi.waitFor(async () => {
    const { rows: now } = await sql<{ xid: number }>`select ${horizon} as xid`.execute(db);
    expect(now[0]!.xid).toBeGreaterThanOrEqual(rows[0]!.xid);
  }, 30_000);
}

/** Some fields of an answer. */
export function only(body: Body, ...fields: string[]): Body {
  return Object.fromEntries(fields.map((field) => [field, body[field]]));
}
