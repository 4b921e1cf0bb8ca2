// Fences around places: exactly one entry and one exit for each crossing.

import { sql } from 'kysely';
import { tellAccountChanged } from '../accounts/news.ts';
import type { Asking, Context, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { Moment } from '../ids.ts';
import { recordOwnChange } from '../log.ts';
import { moment } from '../sql.ts';
import { distance } from './geo.ts';
import { crossingJson, type Crossing, type Fence, type Position } from './shape.ts';

export interface FenceInput {
  name: string;
  description?: string | null;
  latitude: number;
  longitude: number;
  radiusMeters: number;
  notifyOnEntry: boolean;
  notifyOnExit: boolean;
  isActive: boolean;
}

const fenceJson = sql<Fence>`json_build_object(
  'id', f.id, 'accountId', f.account_id, 'name', f.name, 'description', f.description, 'latitude', f.latitude,
  'longitude', f.longitude, 'radiusMeters', f.radius_meters, 'notifyOnEntry', f.notify_on_entry,
  'notifyOnExit', f.notify_on_exit, 'isActive', f.is_active, 'createdAt', ${moment('f.created_at')},
  'updatedAt', ${moment('f.updated_at')})`;

/** Draws a fence. Being inside it already counts as an entry at the next report. Throws `invalid` (`fence_too_large`). */
export async function createFence(ctx: Context<Member>, input: FenceInput): Promise<{ id: number }> {
  requireReach(ctx, input.radiusMeters);
  const { id } = await ctx.tx
    .insertInto('geofences')
    .values({
      account_id: ctx.actor.accountId,
      ...columnsOf(input),
      created_at: new Date(ctx.now),
      updated_at: new Date(ctx.now),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await tellAccountChanged(ctx, ctx.actor.accountId, 'places');
  return { id };
}

/** Changes a fence of the caller's. Throws `not_found` (`no_such_fence`) and `invalid` (`fence_too_large`). */
export async function changeFence(ctx: Context<Member>, input: { id: number } & Partial<FenceInput>): Promise<void> {
  const { id, ...change } = input;
  if (change.radiusMeters !== undefined) requireReach(ctx, change.radiusMeters);
  const changed = await ctx.tx
    .updateTable('geofences')
    .set({ ...columnsOf(change), updated_at: new Date(ctx.now) })
    .where('id', '=', id)
    .where('account_id', '=', ctx.actor.accountId)
    .where('deleted_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (!changed) throw noSuchFence();
  await tellAccountChanged(ctx, ctx.actor.accountId, 'places');
}

/** Takes a fence away; what happened at it stays known. Throws `not_found` (`no_such_fence`). */
export async function removeFence(ctx: Context<Member>, input: { id: number }): Promise<void> {
  const removed = await ctx.tx
    .updateTable('geofences')
    .set({ deleted_at: new Date(ctx.now), is_active: false })
    .where('id', '=', input.id)
    .where('account_id', '=', ctx.actor.accountId)
    .where('deleted_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (!removed) throw noSuchFence();
  await tellAccountChanged(ctx, ctx.actor.accountId, 'places');
}

/** The caller's own fences, by name. */
export async function fences(asking: Asking<Member>, input: { id?: number }): Promise<Fence[]> {
  const { rows } = await sql<{ fence: Fence }>`
    select ${fenceJson} as fence from geofences f
    where f.account_id = ${asking.actor.accountId} and f.deleted_at is null
      and ${input.id === undefined ? sql`true` : sql`f.id = ${input.id}`}
    order by f.name, f.id limit 1000`.execute(asking.db);
  return rows.map((row) => row.fence);
}

/** One fence of the caller's. Throws `not_found` (`no_such_fence`). */
export async function fence(asking: Asking<Member>, input: { id: number }): Promise<Fence> {
  const [found] = await fences(asking, input);
  if (!found) throw noSuchFence();
  return found;
}

export interface CrossingsRequest {
  fenceId?: number | undefined;
  from?: Moment | undefined;
  to?: Moment | undefined;
  limit: number;
}

/** What happened at the caller's own fences, newest first. */
export async function crossings(asking: Asking<Member>, input: CrossingsRequest): Promise<Crossing[]> {
  const { rows } = await sql<{ crossing: Crossing }>`
    select ${crossingJson} as crossing
    from geofence_events e join geofences f on f.id = e.geofence_id
    where e.account_id = ${asking.actor.accountId}
      and ${input.fenceId === undefined ? sql`true` : sql`f.id = ${input.fenceId}`}
      and ${input.from === undefined ? sql`true` : sql`e.created_at >= ${new Date(input.from)}`}
      and ${input.to === undefined ? sql`true` : sql`e.created_at <= ${new Date(input.to)}`}
    order by e.id desc limit ${input.limit}`.execute(asking.db);
  return rows.map((row) => row.crossing);
}

/**
 * Looks which of the mover's own fences a new position enters or leaves. A fence is entered `margin` inside it and left
 * `margin` outside, the margin being the accuracy the device reports (at most half the radius): a position that jitters
 * within its own accuracy crosses nothing twice. Without an accuracy the radius is meant literally.
 */
export async function crossFences(ctx: Context<Member>, position: Position): Promise<Crossing[]> {
  const drawn = await ctx.tx
    .selectFrom('geofences')
    .select(['id', 'name', 'latitude', 'longitude', 'radius_meters', 'is_inside', 'notify_on_entry', 'notify_on_exit'])
    .where('account_id', '=', ctx.actor.accountId)
    .where('is_active', '=', true)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute();
  const happened: Crossing[] = [];
  for (const each of drawn) {
    const radius = each.radius_meters;
    const margin = Math.min(position.accuracy ?? 0, radius / 2);
    const meters = distance(position, each);
    const isInside = each.is_inside ? meters <= radius + margin : meters <= radius - margin;
    if (isInside === each.is_inside) continue;
    const kind = isInside ? 'entry' : 'exit';
    const crossing = await keepCrossing(ctx, each, kind, position);
    happened.push(crossing);
    if (kind === 'entry' ? !each.notify_on_entry : !each.notify_on_exit) continue;
    const { accountId } = ctx.actor;
    const logged = await recordOwnChange(ctx, { accountId, kind: 'fence.crossed', subjectId: crossing.id });
    ctx.emit({
      type: 'fence.crossed',
      crossing,
      logged,
      audience: { kind: 'accounts', accounts: [accountId] },
    });
  }
  return happened;
}

async function keepCrossing(
  ctx: Context<Member>,
  drawn: { id: number; name: string },
  kind: 'entry' | 'exit',
  position: Position,
): Promise<Crossing> {
  const { accountId } = ctx.actor;
  const { latitude, longitude, accuracy } = position;
  await ctx.tx
    .updateTable('geofences')
    .set({ is_inside: kind === 'entry' })
    .where('id', '=', drawn.id)
    .execute();
  const { id } = await ctx.tx
    .insertInto('geofence_events')
    .values({
      geofence_id: drawn.id,
      account_id: accountId,
      kind,
      latitude,
      longitude,
      accuracy,
      created_at: new Date(ctx.now),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return {
    id,
    fenceId: drawn.id,
    fenceName: drawn.name,
    accountId,
    kind,
    latitude,
    longitude,
    accuracy,
    createdAt: ctx.now,
  };
}

function columnsOf(input: FenceInput): Required<ColumnsOf<FenceInput>>;
function columnsOf(input: Partial<FenceInput>): Partial<ColumnsOf<FenceInput>>;
function columnsOf(input: Partial<FenceInput>): Partial<ColumnsOf<FenceInput>> {
  const { name, description, latitude, longitude, radiusMeters, notifyOnEntry, notifyOnExit, isActive } = input;
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(latitude !== undefined && { latitude }),
    ...(longitude !== undefined && { longitude }),
    ...(radiusMeters !== undefined && { radius_meters: radiusMeters }),
    ...(notifyOnEntry !== undefined && { notify_on_entry: notifyOnEntry }),
    ...(notifyOnExit !== undefined && { notify_on_exit: notifyOnExit }),
    ...(isActive !== undefined && { is_active: isActive }),
  };
}

interface ColumnsOf<_T> {
  name: string;
  description: string | null;
  latitude: number;
  longitude: number;
  radius_meters: number;
  notify_on_entry: boolean;
  notify_on_exit: boolean;
  is_active: boolean;
}

function requireReach({ settings }: Context<Member>, meters: number): void {
  const most = settings.geofenceRadius ?? 10_000;
  if (meters <= most) return;
  throw new DomainError('invalid', 'fence_too_large', `A geofence can reach ${most} metres at most.`, {
    field: 'radius_meters',
  });
}

function noSuchFence(): DomainError {
  return new DomainError('not_found', 'no_such_fence', 'Geofence not found.');
}
