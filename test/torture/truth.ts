// What really happened: the log, and where everything stands, as the checker reads them from the database.

import { sql, type Kysely } from 'kysely';
import type { LogPosition } from '../../src/core/log.ts';
import type { Schema } from '../../src/core/schema.ts';

/** A row of the log. */
export interface Row extends LogPosition {
  kind: string;
  conversation: number | null;
  /** Its number in its conversation; null: it stands in an account's own stream, or without `account` in everybody's. */
  no: number | null;
  account: number | null;
  message: number | null;
  /** Who did it, then whom it concerns. */
  subjects: readonly number[];
  /** The messages read or delivered. */
  receipts: readonly number[];
  part: string | null;
  /** In an account's own stream: the conversation's row that tells the same. */
  pointsAt: number | null;
  /** When it was made, in milliseconds. */
  at: number;
}

interface Room {
  id: number;
  kind: string;
  isDeleted: boolean;
  directKey: string | null;
}

interface Seat {
  conversation: number;
  account: number;
  isIn: boolean;
  /** The change by which they last came in. */
  joinedNo: number;
  clearedNo: number;
}

interface Said {
  id: number;
  conversation: number;
  no: number;
  kind: string;
  content: string;
  isDeleted: boolean;
  isEdited: boolean;
  key: string | null;
}

export interface Facts {
  rows: readonly Row[];
  rooms: readonly Room[];
  seats: readonly Seat[];
  messages: readonly Said[];
  /** Messages that one person hid from themselves. */
  hides: readonly { conversation: number; account: number; no: number }[];
}

/** All of it, found by what the checker asks for. */
export interface Truth {
  /** Rows of conversations, each list in the order of its numbers. */
  byConversation: ReadonlyMap<number, readonly Row[]>;
  /** Rows of accounts' own streams. */
  byAccount: ReadonlyMap<number, readonly Row[]>;
  /** Rows that are news to everybody. */
  ofAll: readonly Row[];
  messages: ReadonlyMap<number, Said>;
  room(id: number): Room | undefined;
  /** A conversation as AI Messaging calls it: `conv_{a}_{b}`. */
  directly(label: string): number | undefined;
  seat(conversation: number, account: number): Seat | undefined;
  isHidden(message: Said, account: number): boolean;
}

export function truthOf(facts: Facts): Truth {
  const rooms = new Map(facts.rooms.map((room) => [room.id, room]));
  const directs = new Map(facts.rooms.map(({ id, directKey }) => [`conv_${directKey?.replace(':', '_')}`, id]));
  const seats = new Map(facts.seats.map((seat) => [`${seat.conversation} ${seat.account}`, seat]));
  const hides = new Set(facts.hides.map((hide) => `${hide.conversation} ${hide.account} ${hide.no}`));
  const ofRooms = facts.rows.filter(({ no }) => no !== null).toSorted((a, b) => a.no! - b.no!);
  return {
    byConversation: grouped(ofRooms, ({ conversation }) => conversation!),
    byAccount: grouped(
      facts.rows.filter(({ account }) => account !== null),
      ({ account }) => account!,
    ),
    ofAll: facts.rows.filter(({ account, no }) => account === null && no === null),
    messages: new Map(facts.messages.map((message) => [message.id, message])),
    room: (id) => rooms.get(id),
    directly: (label) => directs.get(label),
    seat: (conversation, account) => seats.get(`${conversation} ${account}`),
    isHidden: ({ conversation, no }, account) => hides.has(`${conversation} ${account} ${no}`),
  };
}

/** Reads everything: for databases of a run's own, which nobody changes any more. */
export async function readFacts(db: Kysely<Schema>): Promise<Facts> {
  const all = async <T>(query: ReturnType<typeof sql<T>>) => (await query.execute(db)).rows;
  return {
    rows: await all(sql<Row>`select epoch, xid, id, kind, conversation_id as conversation, change_no as no,
      account_id as account, message_id as message, coalesce(subjects, '{}') as subjects,
      coalesce(receipts, '{}') as receipts, coalesce(detail->>'part', detail->>'preference') as part,
      (detail->>'id')::bigint as "pointsAt", extract(epoch from created_at)::float8 * 1000 as at from changes order by epoch, xid, id`),
    rooms: await all(sql<Room>`select id, kind, deleted_at is not null as "isDeleted",
      direct_key as "directKey" from conversations`),
    seats: await all(sql<Seat>`select conversation_id as conversation, account_id as account, left_at is null as "isIn",
      joined_no as "joinedNo", cleared_no as "clearedNo" from memberships`),
    messages: await all(sql<Said>`select id, conversation_id as conversation, message_no as no, kind, content,
      deleted_at is not null as "isDeleted", edited_at is not null as "isEdited", idempotency_key as key from messages`),
    hides: await all(sql<{ conversation: number; account: number; no: number }>`select conversation_id as conversation,
      account_id as account, message_no as no from message_hides`),
  };
}

function grouped<T, K>(all: readonly T[], keyOf: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups;
}
