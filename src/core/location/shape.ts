// Positions, shares and fences in the core's own shape.

import { sql } from 'kysely';
import type { AccountId, ConversationId, Moment } from '../ids.ts';
import { moment } from '../sql.ts';
import type { Precision } from './geo.ts';

/** One reported position, as one viewer may see it. */
export interface Position {
  id: number;
  accountId: AccountId;
  latitude: number;
  longitude: number;
  /** Metres; never better than the sharer's precision allows. */
  accuracy: number | null;
  altitude: number | null;
  speed: number | null;
  heading: number | null;
  address: string | null;
  isCurrent: boolean;
  /** The device's clock, never later than the server's. */
  deviceAt: Moment;
  createdAt: Moment;
}

/** Permission to see where somebody is, until it ends. Both targets null: everybody. */
export interface Share {
  id: number;
  accountId: AccountId;
  targetAccountId: AccountId | null;
  targetConversationId: ConversationId | null;
  precision: Precision;
  expiresAt: Moment | null;
  durationMinutes: number | null;
  isLive: boolean;
  updateInterval: number;
  isActive: boolean;
  createdAt: Moment;
  stoppedAt: Moment | null;
}

export interface Fence {
  id: number;
  accountId: AccountId;
  name: string;
  description: string | null;
  latitude: number;
  longitude: number;
  radiusMeters: number;
  notifyOnEntry: boolean;
  notifyOnExit: boolean;
  isActive: boolean;
  createdAt: Moment;
  updatedAt: Moment;
}

/** Somebody crossed a fence of their own. */
export interface Crossing {
  id: number;
  fenceId: number;
  fenceName: string;
  accountId: AccountId;
  kind: 'entry' | 'exit';
  latitude: number;
  longitude: number;
  accuracy: number | null;
  createdAt: Moment;
}

/** The JSON of share `h`. */
export const shareJson = sql<Share>`json_build_object(
  'id', h.id, 'accountId', h.account_id, 'targetAccountId', h.target_account_id,
  'targetConversationId', h.target_conversation_id, 'precision', h.precision, 'expiresAt', ${moment('h.expires_at')},
  'durationMinutes', h.duration_minutes, 'isLive', h.is_live, 'updateInterval', h.update_interval,
  'isActive', h.stopped_at is null, 'createdAt', ${moment('h.created_at')}, 'stoppedAt', ${moment('h.stopped_at')})`;

/** The JSON of crossing `e` of fence `f`. */
export const crossingJson = sql<Crossing>`json_build_object(
  'id', e.id, 'fenceId', f.id, 'fenceName', f.name, 'accountId', e.account_id, 'kind', e.kind, 'latitude', e.latitude,
  'longitude', e.longitude, 'accuracy', e.accuracy, 'createdAt', ${moment('e.created_at')})`;
