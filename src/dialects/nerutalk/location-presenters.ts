// How NeruTalk writes positions, shares and fences (contract, 5.11 to 5.15).

import type { LocationFigures } from '../../core/location/figures.ts';
import type { Neighbour } from '../../core/location/positions.ts';
import type { Crossing, Fence, Position, Share } from '../../core/location/shape.ts';
import type { PublicIds } from '../public-ids.ts';
import { time } from './presenters.ts';

export function createLocationPresenters(ids: PublicIds) {
  const user = (id: number) => ids.toUuid('account', id);

  const location = (position: Position) => ({
    id: position.id,
    user_id: user(position.accountId),
    latitude: position.latitude,
    longitude: position.longitude,
    accuracy: position.accuracy,
    altitude: position.altitude,
    speed: position.speed,
    heading: position.heading,
    bearing: position.heading,
    address: position.address,
    is_current: position.isCurrent,
    created_at: time(position.createdAt),
    timestamp: time(position.deviceAt),
    location_timestamp: time(position.deviceAt),
  });

  return {
    location,

    /** `link` makes a picture's address one that this reader can fetch. */
    neighbour: (one: Neighbour, link: (path: string) => string) => ({
      user_id: user(one.accountId),
      username: one.username,
      display_name: one.displayName,
      name: one.displayName || one.username,
      avatar_url: one.avatarUrl && link(one.avatarUrl),
      distance: one.distance,
      distance_meters: one.distance,
      location: location(one.position),
      last_seen: time(one.position.createdAt),
      is_sharing_location: true,
      is_friend: one.isAcquainted,
    }),

    stats: (figures: LocationFigures) => ({
      total_locations: figures.positions,
      active_shares: figures.shares,
      geofences_count: figures.fences,
      geofence_areas: figures.fences,
      recent_events: figures.crossings,
      geofence_events: figures.crossings,
      days_tracked: figures.daysTracked,
      most_visited_places: [],
      activity_summary: {},
    }),

    share: (share: Share) => {
      const target = share.targetAccountId && user(share.targetAccountId);
      return {
        id: share.id,
        user_id: user(share.accountId),
        target_user_id: target,
        shared_with_user_id: target,
        target_chat_id: share.targetConversationId,
        expires_at: time(share.expiresAt),
        duration_minutes: share.durationMinutes,
        is_active: share.isActive,
        is_live: share.isLive,
        update_interval: share.updateInterval,
        precision: share.precision,
        created_at: time(share.createdAt),
        started_at: time(share.createdAt),
        stopped_at: time(share.stoppedAt),
      };
    },

    fence: (fence: Fence) => ({
      id: fence.id,
      user_id: user(fence.accountId),
      name: fence.name,
      description: fence.description,
      center_latitude: fence.latitude,
      center_longitude: fence.longitude,
      radius_meters: fence.radiusMeters,
      radius: fence.radiusMeters,
      notify_on_entry: fence.notifyOnEntry,
      notify_on_exit: fence.notifyOnExit,
      trigger_on_enter: fence.notifyOnEntry,
      trigger_on_exit: fence.notifyOnExit,
      is_active: fence.isActive,
      created_at: time(fence.createdAt),
      updated_at: time(fence.updatedAt),
    }),

    crossing: (crossing: Crossing) => ({
      id: crossing.id,
      user_id: user(crossing.accountId),
      geofence_id: crossing.fenceId,
      geofence_name: crossing.fenceName,
      event_type: crossing.kind,
      latitude: crossing.latitude,
      longitude: crossing.longitude,
      accuracy: crossing.accuracy,
      created_at: time(crossing.createdAt),
      event_timestamp: time(crossing.createdAt),
      timestamp: time(crossing.createdAt),
    }),
  };
}
