// The devices through which somebody hears when they have no line open.

import { sql } from 'kysely';
import type { Asking, Context, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, DeviceId, Moment, SessionId } from '../ids.ts';
import { isUniqueViolation } from '../retry.ts';
import { moment } from '../sql.ts';

export type Platform = 'ios' | 'android' | 'web';

export interface Device {
  id: DeviceId;
  accountId: AccountId;
  /** As its owner gave it; of a browser, the URL it subscribed at. */
  token: string;
  platform: Platform;
  deviceId: string | null;
  appVersion: string | null;
  deviceName: string | null;
  osVersion: string | null;
  isActive: boolean;
  lastUsedAt: Moment;
  createdAt: Moment;
  updatedAt: Moment;
}

export interface NewDevice {
  /** A token of the platform's push service; or, on the web, a browser's PushSubscription as JSON text. */
  token: string;
  platform: Platform;
  deviceId?: string | null;
  appVersion?: string | null;
  deviceName?: string | null;
  osVersion?: string | null;
  /** In which it wants to be spoken to, unless its owner chose a language: one of the catalogue's. */
  language?: string | null;
}

/** What of a device can be changed; what is absent stays. */
export interface DeviceChange extends Partial<Omit<NewDevice, 'platform' | 'language'>> {
  id: DeviceId;
  isActive?: boolean;
}

/** More than this and the ones longest unused are let go: nobody has them in hand. */
const mostDevices = 20;

/** Fits an index, whatever it holds. */
const longestAddress = 2_048;

interface Whereabouts {
  address: string;
  keys: { p256dh: string; auth: string } | null;
}

/**
 * Remembers a device of the caller's. A token that is known stays the same device; one that was another account's moves
 * to the caller, who has it in hand. Throws `invalid` (`bad_device_token`).
 */
export async function registerDevice(ctx: Context<Member>, input: NewDevice): Promise<Device> {
  const { address, keys } = whereabouts(input.platform, input.token);
  const now = new Date(ctx.now);
  const known = {
    account_id: ctx.actor.accountId,
    session_id: ctx.actor.sessionId,
    dialect: ctx.actor.dialect,
    platform: input.platform,
    keys: keys && JSON.stringify(keys),
    failures: 0,
    last_used_at: now,
    retired_at: null,
    retire_reason: null,
    updated_at: now,
  };
  const about = {
    device_id: input.deviceId ?? null,
    app_version: input.appVersion ?? null,
    device_name: input.deviceName ?? null,
    os_version: input.osVersion ?? null,
    language: input.language ?? null,
  };
  const device = await ctx.tx
    .insertInto('devices')
    .values({ ...known, ...about, address, created_at: now })
    .onConflict((conflict) => conflict.column('address').doUpdateSet({ ...known, ...about }))
    .returning(columns)
    .executeTakeFirstOrThrow();
  await letGo(ctx);
  return device;
}

/** The session that the device came with goes on; when it ends, the device hears nothing more. */
const hasSession = sql<boolean>`not exists (select 1 from sessions e where e.id = session_id and e.ended_at is not null)`;

const columns = [
  'id',
  'account_id as accountId',
  'address as token',
  'platform',
  'device_id as deviceId',
  'app_version as appVersion',
  'device_name as deviceName',
  'os_version as osVersion',
  sql<boolean>`retired_at is null and ${hasSession}`.as('isActive'),
  moment('last_used_at').as('lastUsedAt'),
  moment('created_at').as('createdAt'),
  moment('updated_at').as('updatedAt'),
] as const;

async function letGo(ctx: Context<Member>): Promise<void> {
  await ctx.tx
    .updateTable('devices')
    .set({ retired_at: new Date(ctx.now), retire_reason: 'too many devices' })
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('devices')
        .select('id')
        .where('account_id', '=', ctx.actor.accountId)
        .where('retired_at', 'is', null)
        .orderBy('last_used_at', 'desc')
        .orderBy('id', 'desc')
        .offset(mostDevices),
    )
    .execute();
}

/** The caller's devices that are notified, the one used last first. */
export async function devices(asking: Asking<Member>, _input: object): Promise<Device[]> {
  return asking.db
    .selectFrom('devices')
    .select(columns)
    .where('account_id', '=', asking.actor.accountId)
    .where('retired_at', 'is', null)
    .where(hasSession)
    .orderBy('last_used_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
}

/**
 * Changes a device of the caller's. With a new token it is the caller's who has it in hand; whoever else had that token
 * has it no more. Throws `not_found` (`no_such_device`), `invalid` (`bad_device_token`), `conflict` (`device_token_taken`).
 */
export async function changeDevice(ctx: Context<Member>, input: DeviceChange): Promise<Device> {
  const own = await lockDevice(ctx, input.id);
  const now = new Date(ctx.now);
  const moved = input.token === undefined ? null : whereabouts(own.platform, input.token);
  if (moved)
    await ctx.tx.deleteFrom('devices').where('address', '=', moved.address).where('id', '<>', own.id).execute();
  const isBack = input.isActive === true || moved !== null;
  try {
    const device = await ctx.tx
      .updateTable('devices')
      .set({
        ...(moved && { address: moved.address, keys: moved.keys && JSON.stringify(moved.keys) }),
        ...(input.deviceId !== undefined && { device_id: input.deviceId }),
        ...(input.appVersion !== undefined && { app_version: input.appVersion }),
        ...(input.deviceName !== undefined && { device_name: input.deviceName }),
        ...(input.osVersion !== undefined && { os_version: input.osVersion }),
        ...(isBack && {
          session_id: sql<SessionId>`case when ${hasSession} and ${moved === null} then session_id
            else ${ctx.actor.sessionId} end`,
          retired_at: null,
          retire_reason: null,
          failures: 0,
          last_used_at: now,
        }),
        ...(input.isActive === false && { retired_at: now, retire_reason: 'unregistered' }),
        updated_at: now,
      })
      .where('id', '=', own.id)
      .returning(columns)
      .executeTakeFirstOrThrow();
    await letGo(ctx);
    return device;
  } catch (error) {
    if (!isUniqueViolation(error, 'devices_address_key')) throw error;
    throw new DomainError('conflict', 'device_token_taken', 'Another device has just brought this token.');
  }
}

/** Forgets a device of the caller's; again is nothing new. Throws `not_found` (`no_such_device`). */
export async function removeDevice(ctx: Context<Member>, input: { id: DeviceId }): Promise<void> {
  await lockDevice(ctx, input.id);
  await ctx.tx
    .updateTable('devices')
    .set({ retired_at: new Date(ctx.now), retire_reason: 'unregistered', updated_at: new Date(ctx.now) })
    .where('id', '=', input.id)
    .where('retired_at', 'is', null)
    .execute();
}

async function lockDevice(ctx: Context<Member>, id: DeviceId): Promise<{ id: DeviceId; platform: Platform }> {
  const own = await ctx.tx
    .selectFrom('devices')
    .select(['id', 'platform'])
    .where('id', '=', id)
    .where('account_id', '=', ctx.actor.accountId)
    .forUpdate()
    .executeTakeFirst();
  if (!own) throw new DomainError('not_found', 'no_such_device', 'Device not found.');
  return own;
}

/** Forgets a device of the caller's. One that is unknown, or another's, is left as it is, and that is fine. */
export async function unregisterDevice(ctx: Context<Member>, input: { token: string }): Promise<void> {
  // Of a subscription the endpoint is enough: that is what a page still knows at the end.
  const endpoint = subscriptionIn(input.token)?.endpoint;
  const address = typeof endpoint === 'string' ? endpoint : input.token;
  await ctx.tx
    .updateTable('devices')
    .set({ retired_at: new Date(ctx.now), retire_reason: 'unregistered', updated_at: new Date(ctx.now) })
    .where('address', '=', address.slice(0, longestAddress))
    .where('account_id', '=', ctx.actor.accountId)
    .where('retired_at', 'is', null)
    .execute();
}

/** The key that a browser needs to subscribe; null where browsers are not served. */
export async function browserKey(asking: Asking<Member>, _input: object): Promise<string | null> {
  return asking.ports.push.browserKey;
}

function whereabouts(platform: Platform, token: string): Whereabouts {
  const subscription = platform === 'web' ? subscriptionIn(token) : null;
  if (!subscription) return { address: readable(token), keys: null };
  const { p256dh, auth } = (subscription.keys ?? {}) as { p256dh?: unknown; auth?: unknown };
  const { endpoint } = subscription;
  if (typeof endpoint !== 'string' || !/^https?:\/\//i.test(endpoint) || !URL.canParse(endpoint)) throw badToken();
  if (!isKey(p256dh, 65) || !isKey(auth, 16)) throw badToken();
  return { address: readable(endpoint), keys: { p256dh, auth } };
}

function readable(address: string): string {
  if (address.length > longestAddress || !/^[\x21-\x7e]+$/.test(address)) throw badToken();
  return address;
}

/** A browser's PushSubscription, as `JSON.stringify` writes it. */
function subscriptionIn(token: string): Record<string, unknown> | null {
  if (!token.startsWith('{')) return null;
  try {
    return JSON.parse(token) as Record<string, unknown>;
  } catch {
    return null;
  }
}

function isKey(value: unknown, bytes: number): value is string {
  return (
    typeof value === 'string' && /^[\w-]{1,128}={0,2}$/.test(value) && Buffer.from(value, 'base64url').length === bytes
  );
}

function badToken(): DomainError {
  return new DomainError('invalid', 'bad_device_token', 'This is not a device token.', { field: 'device_token' });
}
