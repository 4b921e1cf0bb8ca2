// What an account missed: its own stream and those of its conversations, read back from a position in the log.
//
// A position promises that everything before it has been told. It is never above the oldest transaction still running,
// nor past the newest row (`log.ts`), so no row can appear behind it; what lies above is told by `seam`, in the snapshot in which it says where
// the conversations stand, and again to whoever comes back with the position.

import { sql, type Kysely, type RawBuilder } from 'kysely';
import { standingsJson, type Standing } from './conversations/audience.ts';
import { DomainError } from './errors.ts';
import type { Event } from './events.ts';
import type { AccountId, ConversationId } from './ids.ts';
import { comparePositions, horizon, logEpoch, logHead, type LogPosition } from './log.ts';
import { entries, factsOf, pointedId, type Facts } from './log-facts.ts';
import { eventsOf, type Told } from './replay.ts';
import type { Schema } from './schema.ts';

/** Log rows read at once; for the last page more, so that many at once cannot keep a line from going live. */
const pageSize = 500;
const seamSize = 5_000;

/** What happened after a position, or that the log no longer knows: then only where to go on from, after a look at all. */
export type Missed =
  | {
      trimmed: false;
      events: Event[];
      /** Everything before it has been told. */
      position: LogPosition;
      /** There is more at once: go on from `position`. */
      more: boolean;
    }
  | { trimmed: true; position: LogPosition };

/** The last page before a line goes live, with where its conversations stood as it was read. */
export type Seam =
  | (Extract<Missed, { trimmed: false }> & {
      standings: Standing[];
      /** Those of `events` that lie past `position`: whoever comes back with it hears them again. */
      beyond: Event[];
      /**
       * True for a live event that this account has been told by the log: by this page, or before it. What it must yet
       * hear is false, wherever the event has been meanwhile.
       */
      covers(event: Event): boolean;
    })
  | { trimmed: true; position: LogPosition };

/**
 * The next changes that the account may hear after `after`, in the order of the log, from at most `limit` rows; fewer
 * events may come of them, none even. Only what no transaction can still come before.
 */
export async function missedBy(
  db: Kysely<Schema>,
  account: AccountId,
  after: LogPosition,
  limit: number = pageSize,
): Promise<Missed> {
  const { rows } = await sql<Page>`${pageOf(account, after, limit, 'settled')}
    select ${stateOf(after)}, ${factsOf(account)}`.execute(db);
  const [page] = rows;
  return readPage(page!, account, limit).missed;
}

/**
 * As `missedBy`, all that is visible now, and in the same snapshot where the account's conversations stand. Its position
 * is not past what may still come. `more`: it was too much to be the last page; go on with `missedBy`, then this again. If
 * that brings the position no further, some transaction is holding the log back: nobody can go live now.
 */
export async function seam(
  db: Kysely<Schema>,
  account: AccountId,
  after: LogPosition,
  limit: number = seamSize,
): Promise<Seam> {
  const { rows } = await sql<Page & { standings: Standing[] | null }>`${pageOf(account, after, limit, 'visible')}
    select ${stateOf(after)}, ${factsOf(account)}, ${standingsJson(account)} as standings`.execute(db);
  const page = rows[0]!;
  const { missed, told } = readPage(page, account, limit);
  if (missed.trimmed) return missed;
  const standings = page.standings ?? [];
  const lastNo = new Map(standings.map(({ id, lastChangeNo }) => [id, lastChangeNo]));
  const keys = new Set(missed.events.map(keyOf));
  return {
    ...missed,
    standings,
    beyond: told.filter(({ position }) => comparePositions(position, missed.position) >= 0).map(({ event }) => event),
    covers(event) {
      const { change, logged } = event;
      if (change && change.no <= (lastNo.get(change.conversationId) ?? 0)) return true;
      // Its transaction was over before this page began, so a page has told it.
      if (logged && logged.xid < page.horizon) return true;
      return keys.has(keyOf(event));
    },
  };
}

/** The position from which nothing that happens later is lost: for whoever has just looked at all there is. */
export async function headOf(db: Kysely<Schema>): Promise<LogPosition> {
  const { rows } = await sql<LogPosition>`select ${logEpoch} as epoch, ${logHead} as xid, 0 as id`.execute(db);
  return rows[0]!;
}

/** A position as clients keep it: opaque, of the characters that need no escaping in a URL. */
export function cursorOf({ epoch, xid, id }: LogPosition): string {
  return Buffer.from(`1.${epoch}.${xid}.${id}`).toString('base64url');
}

/** The position that a cursor stands for. Throws `invalid` (`bad_cursor`) for what is none. */
export function positionOf(cursor: string): LogPosition {
  const plain = /^[\w-]{8,100}$/.test(cursor) ? Buffer.from(cursor, 'base64url').toString('latin1') : '';
  const [epoch, xid, id] = (/^1\.(\d{1,9})\.(\d{1,16})\.(\d{1,16})$/.exec(plain) ?? []).slice(1).map(Number);
  const position = { epoch: epoch ?? NaN, xid: xid ?? NaN, id: id ?? NaN };
  if (!Object.values(position).every(Number.isSafeInteger) || cursorOf(position) !== cursor) {
    throw new DomainError('invalid', 'bad_cursor', 'This cursor is not one of this server’s.', { field: 'cursor' });
  }
  return position;
}

/** What `stateOf` selects. */
export interface LogState {
  epoch: number;
  horizon: number;
  head: number;
  isGone: boolean;
  last: LogPosition | null;
  count: number;
}

type Page = Facts & LogState;

/**
 * The CTEs `page` and `entry`: the account's own rows, those of each conversation it is in since it last came in, and
 * public channels as they open. Each branch is read from its index and no further than the page may need.
 */
export function pageOf(
  account: AccountId,
  after: LogPosition,
  limit: number,
  upto: 'settled' | 'visible',
): RawBuilder<unknown> {
  const later = sql`(l.epoch, l.xid, l.id) > (${after.epoch}, ${after.xid}, ${after.id})
    ${upto === 'settled' ? sql`and (l.epoch, l.xid) < (${logEpoch}, ${horizon})` : sql``}`;
  const first = sql`order by l.epoch, l.xid, l.id limit ${limit}`;
  // Where a conversation's last row is placed, if that is in the present epoch.
  const hasLater = sql`c.log_xid >= case when ${after.epoch} = ${logEpoch} then ${after.xid}::bigint else 0 end`;
  return sql`with mine as materialized (
    select m.conversation_id, m.joined_no from memberships m join conversations c on c.id = m.conversation_id
    where m.account_id = ${account} and m.left_at is null and c.deleted_at is null and ${hasLater}),
  page as materialized (
    (select l.account_id as own, l.epoch, l.xid, l.id as placed, ${pointedId} as id from changes l
      where l.account_id = ${account} and ${later} ${first})
    union all
    (select null, n.epoch, n.xid, n.id, n.id from mine cross join lateral (
      select l.epoch, l.xid, l.id from changes l
      where l.conversation_id = mine.conversation_id and l.change_no is not null and ${later}
        and l.change_no > mine.joined_no
      ${first}) n)
    union all
    (select null, l.epoch, l.xid, l.id, l.id from changes l join conversations c on c.id = l.conversation_id
      where l.account_id is null and l.change_no is null and ${later} and c.deleted_at is null
      ${first})
    order by epoch, xid, placed limit ${limit}),
  ${entries}`;
}

/** `LogState`: where the log begins and ends, and how much of it was read. A position that is not between them is of another log. */
export function stateOf(after: LogPosition): RawBuilder<unknown> {
  return sql`${logEpoch} as epoch, ${horizon} as horizon, ${logHead} as head, (select count(*) from page) as count,
    (select json_build_object('epoch', p.epoch, 'xid', p.xid, 'id', p.placed) from page p
      order by p.epoch desc, p.xid desc, p.placed desc limit 1) as last,
    ((${after.epoch}, ${after.xid}) > (${logEpoch}, ${horizon}) or exists (
      select 1 from followers f where f.name = 'trimming'
        and (f.epoch, f.xid, f.id) > (${after.epoch}, ${after.xid}, ${after.id}))) as "isGone"`;
}

function readPage(page: Page, account: AccountId, limit: number): { missed: Missed; told: Told[] } {
  const { trimmed, position, more } = progressOf(page, limit);
  if (trimmed) return { missed: { trimmed, position }, told: [] };
  const told = eventsOf(page, account);
  return { missed: { trimmed, events: told.map(({ event }) => event), position, more }, told };
}

/** How far a page of at most `limit` rows came, or that the log no longer has what it was to begin with. */
export function progressOf(page: LogState, limit: number): { trimmed: boolean; position: LogPosition; more: boolean } {
  const { epoch, last, count } = page;
  const head = { epoch, xid: page.head, id: 0 };
  if (page.isGone) return { trimmed: true, position: head, more: false };
  const more = count === limit;
  // Past the head nothing is certain: what was read there will be read again.
  const position = more && last && comparePositions(last, head) < 0 ? last : head;
  return { trimmed: false, position, more };
}

function keyOf({ change, logged }: Event): string {
  return change ? `${change.conversationId} ${change.no}` : `${logged?.xid} ${logged?.id} own`;
}

/** A row of the log as light as the hub needs it: whose it is, and where it stands. With neither `no` nor `accountId` it is everybody's. */
export interface Beat {
  xid: number;
  id: number;
  conversationId: ConversationId | null;
  no: number | null;
  accountId: AccountId | null;
  /** True in an account's own stream for what a conversation's row tells too. */
  pointer: boolean;
}

/**
 * All that was logged after a position, for whoever it is, without content: rows of conversations with their number, and
 * those that only one account is told. At most `limit`; `position` is where to go on from.
 */
export async function beatsAfter(
  db: Kysely<Schema>,
  after: LogPosition,
  limit: number,
): Promise<{ beats: Beat[]; position: LogPosition; more: boolean }> {
  const { rows } = await sql<{ beats: Beat[] | null; epoch: number; head: number }>`
    with beat as materialized (
      select l.xid, l.id, l.conversation_id, l.change_no, l.account_id, l.detail from changes l
      where (l.epoch, l.xid, l.id) > (${after.epoch}, ${after.xid}, ${after.id})
        and (l.epoch, l.xid) < (${logEpoch}, ${horizon})
      order by l.epoch, l.xid, l.id limit ${limit})
    select ${logEpoch} as epoch, ${logHead} as head, (select json_agg(json_build_object('xid', b.xid, 'id', b.id,
      'conversationId', b.conversation_id, 'no', b.change_no, 'accountId', b.account_id,
      'pointer', coalesce(b.detail ? 'xid', false))) from beat b) as beats`.execute(db);
  const { beats, epoch, head } = rows[0]!;
  const last = beats?.at(-1);
  const more = beats?.length === limit;
  return {
    beats: beats ?? [],
    position: more && last ? { epoch, xid: last.xid, id: last.id } : { epoch, xid: head, id: 0 },
    more,
  };
}
