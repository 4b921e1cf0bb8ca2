// Reporting where one is, and asking where others are.

import { sql } from 'kysely';
import type { Asking, Context, Member, System } from '../context.ts';
import type { AccountId, Moment } from '../ids.ts';
import { moment } from '../sql.ts';
import { finest, openShares, shown } from './access.ts';
import { crossFences } from './fences.ts';
import { cellOf, cellsWithin, distance, gridOf, type Precision } from './geo.ts';
import type { Crossing, Position } from './shape.ts';
import { tellSharers } from './shares.ts';

export interface Report {
  latitude: number;
  longitude: number;
  accuracy?: number | null;
  altitude?: number | null;
  speed?: number | null;
  heading?: number | null;
  address?: string | null;
  /** The device's clock; absent: now. */
  at?: Moment | undefined;
}

/**
 * Keeps a position, and if it is the newest by the device's clock makes it the current one, looks at the caller's fences,
 * and shows it to those with whom it is shared. A late or repeated report only goes into the history. A device's clock
 * that is ahead counts as now, so that setting it right does not hide what follows.
 */
export async function reportPosition(
  ctx: Context<Member>,
  input: Report,
): Promise<{ position: Position; crossings: Crossing[] }> {
  const { accountId } = ctx.actor;
  const deviceAt = Math.min(input.at ?? ctx.now, ctx.now);
  const { id } = await ctx.tx
    .insertInto('location_points')
    .values({
      account_id: accountId,
      latitude: input.latitude,
      longitude: input.longitude,
      accuracy: input.accuracy ?? null,
      altitude: input.altitude ?? null,
      speed: input.speed ?? null,
      heading: input.heading ?? null,
      address: input.address ?? null,
      device_at: new Date(deviceAt),
      created_at: new Date(ctx.now),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const cell = cellOf(input);
  const current = {
    point_id: id,
    latitude: input.latitude,
    longitude: input.longitude,
    cell_y: cell.y,
    cell_x: cell.x,
    device_at: new Date(deviceAt),
    created_at: new Date(ctx.now),
  };
  // Locks the row: two reports at once are looked at one after the other.
  const newest = await ctx.tx
    .insertInto('current_locations')
    .values({ account_id: accountId, ...current })
    .onConflict((conflict) =>
      conflict.column('account_id').doUpdateSet(current).where('current_locations.device_at', '<', new Date(deviceAt)),
    )
    .returning('point_id')
    .executeTakeFirst();
  const position = positionOf(id, accountId, input, deviceAt, ctx.now, newest !== undefined);
  if (!newest) return { position, crossings: [] };
  const crossings = await crossFences(ctx, position);
  await tellSharers(ctx, position);
  return { position, crossings };
}

function positionOf(
  id: number,
  accountId: AccountId,
  report: Report,
  deviceAt: Moment,
  createdAt: Moment,
  isCurrent: boolean,
): Position {
  return {
    id,
    accountId,
    latitude: report.latitude,
    longitude: report.longitude,
    accuracy: report.accuracy ?? null,
    altitude: report.altitude ?? null,
    speed: report.speed ?? null,
    heading: report.heading ?? null,
    address: report.address ?? null,
    isCurrent,
    deviceAt,
    createdAt,
  };
}

const positionJson = sql<Position>`json_build_object(
  'id', p.id, 'accountId', p.account_id, 'latitude', p.latitude, 'longitude', p.longitude, 'accuracy', p.accuracy,
  'altitude', p.altitude, 'speed', p.speed, 'heading', p.heading, 'address', p.address,
  'isCurrent', p.id = (select c.point_id from current_locations c where c.account_id = p.account_id),
  'deviceAt', ${moment('p.device_at')}, 'createdAt', ${moment('p.created_at')})`;

/** Where somebody is now, as precisely as they show the caller; null if they do not, or it is not known. */
export async function currentPosition(asking: Asking<Member>, input: { of: AccountId }): Promise<Position | null> {
  const viewer = asking.actor.accountId;
  const own = input.of === viewer;
  const { rows } = await sql<{ position: Position; precision: Precision | null }>`
    select ${positionJson} as position,
      ${own ? sql`'exact'` : sql`(select ${finest} from ${openShares(viewer, 'p.account_id', asking.now)})`} as precision
    from current_locations c join location_points p on p.id = c.point_id
    where c.account_id = ${input.of}`.execute(asking.db);
  const [found] = rows;
  return found?.precision ? shown(found.position, found.precision) : null;
}

export interface TrackRequest {
  of: AccountId;
  from?: Moment | undefined;
  to?: Moment | undefined;
  limit: number;
}

/**
 * Where somebody was, newest first: of oneself all that is kept; of another what they reported since the share that
 * shows it was opened.
 */
export async function track(asking: Asking<Member>, input: TrackRequest): Promise<Position[]> {
  const viewer = asking.actor.accountId;
  const grant =
    input.of === viewer
      ? sql`select 'exact' as precision, '-infinity'::timestamptz as since`
      : sql`select ${finest} as precision, min(h.created_at) as since
          from ${openShares(viewer, 'wanted.id', asking.now)} having count(*) > 0`;
  const { rows } = await sql<{ position: Position; precision: Precision }>`
    select ${positionJson} as position, g.precision
    from (select ${input.of}::bigint as id) wanted
    cross join lateral (${grant}) g
    join location_points p on p.account_id = wanted.id and p.created_at >= g.since
    where ${input.from === undefined ? sql`true` : sql`p.created_at >= ${new Date(input.from)}`}
      and ${input.to === undefined ? sql`true` : sql`p.created_at <= ${new Date(input.to)}`}
    order by p.id desc limit ${input.limit}`.execute(asking.db);
  return rows.map((row) => shown(row.position, row.precision));
}

export interface Neighbour {
  accountId: AccountId;
  username: string;
  displayName: string | null;
  avatarUrl: string | null;
  /** Metres from the caller's own position to the other's as it is shown. */
  distance: number;
  position: Position;
  /** They share a conversation. */
  isAcquainted: boolean;
}

/** A blurred place may be this far from the true one. */
const blur = (gridOf.district * Math.SQRT2) / 2;
const mostLookedAt = 2_000;

/**
 * People around the caller's current position who share theirs with the caller, nearest first. Distances are measured to
 * what is shown, so that measuring from many places tells no more than one look does.
 */
export async function nearby(
  asking: Asking<Member>,
  input: { radiusMeters: number; limit: number },
): Promise<Neighbour[]> {
  const viewer = asking.actor.accountId;
  const here = await currentPosition(asking, { of: viewer });
  if (!here) return [];
  // A degree of longitude is so much shorter there than one of latitude: near enough to tell who is nearest.
  const narrowing = Math.cos((here.latitude * Math.PI) / 180);
  const { rows: ys, columns } = cellsWithin(here, input.radiusMeters + blur);
  const inColumns = columns.map(([west, east]) => sql`c.cell_x between ${west} and ${east}`);
  const { rows } = await sql<Omit<Neighbour, 'distance'> & { precision: Precision }>`
    select c.account_id as "accountId", a.username, a.display_name as "displayName",
      case when a.show_profile_photo then a.avatar_url end as "avatarUrl", ${positionJson} as position, g.precision,
      exists (select 1 from memberships x join memberships y on y.conversation_id = x.conversation_id
        where x.account_id = ${viewer} and x.left_at is null and y.account_id = c.account_id and y.left_at is null)
        as "isAcquainted"
    from current_locations c
    cross join lateral (
      select ${finest} as precision from ${openShares(viewer, 'c.account_id', asking.now)} having count(*) > 0) g
    join location_points p on p.id = c.point_id
    join accounts a on a.id = c.account_id and a.deleted_at is null and a.disabled_at is null
    where c.cell_y between ${ys[0]} and ${ys[1]} and (${sql.join(inColumns, sql` or `)})
      and c.account_id <> ${viewer}
    order by (c.latitude - ${here.latitude}) ^ 2
      + (least(abs(c.longitude - ${here.longitude}), 360 - abs(c.longitude - ${here.longitude})) * ${narrowing}) ^ 2
    limit ${mostLookedAt}`.execute(asking.db);
  return rows
    .map(({ precision, ...row }) => {
      const position = shown(row.position, precision);
      return { ...row, position, distance: distance(here, position) };
    })
    .filter((neighbour) => neighbour.distance <= input.radiusMeters)
    .toSorted((a, b) => a.distance - b.distance || a.accountId - b.accountId)
    .slice(0, input.limit);
}

/**
 * Forgets what is older than it may be kept, also what happened at fences and what is kept to answer a retry, except where
 * everybody is now. Answers how much it was, at most three times `limit`.
 */
export async function forgetOldPositions(
  ctx: Context<System>,
  input: { keepDays: number; limit: number },
): Promise<number> {
  const before = new Date(ctx.now - input.keepDays * 86_400_000);
  const { rows } = await sql<{ id: number }>`
    with crossed as (
      delete from geofence_events where id in (
        select id from geofence_events where created_at < ${before} order by created_at limit ${input.limit})
      returning id),
    reported as (
      delete from location_points where id in (
        select p.id from location_points p
        where p.created_at < ${before}
          and not exists (select 1 from current_locations c where c.point_id = p.id)
        order by p.created_at limit ${input.limit})
      returning id),
    repeatable as (
      delete from idempotency_keys where (account_id, key) in (
        select account_id, key from idempotency_keys
        where created_at < ${before} and result ? 'reportPosition' order by created_at limit ${input.limit})
      returning 0::bigint as id)
    select id from crossed union all select id from reported union all select id from repeatable`.execute(ctx.tx);
  return rows.length;
}
