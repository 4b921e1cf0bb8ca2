// Positions, shares and fences in the core's own shape.

import type { AccountId, ConversationId, Moment } from '../ids.ts';
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
