// NeruTalk's places as its contract draws them (5.11 to 5.15).

import { Type } from 'typebox';
import { Nullable } from '../fastapi.ts';

const time = Type.String({ format: 'date-time' });
const uuid = Type.String({ format: 'uuid' });
const id = Type.Integer();
const text = Nullable(Type.String());
const number = Nullable(Type.Number());

export const Location = Type.Object({
  id,
  user_id: uuid,
  latitude: Type.Number(),
  longitude: Type.Number(),
  accuracy: number,
  altitude: number,
  speed: number,
  heading: number,
  bearing: number,
  address: text,
  is_current: Type.Boolean(),
  created_at: time,
  timestamp: time,
  location_timestamp: time,
});

/** How closely a share lets somebody know: ours. */
export const PrecisionWord = Type.Unsafe<'exact' | 'street' | 'district'>({
  type: 'string',
  enum: ['exact', 'street', 'district'],
});

export const LocationShare = Type.Object({
  id,
  user_id: uuid,
  target_user_id: Nullable(uuid),
  shared_with_user_id: Nullable(uuid),
  target_chat_id: Nullable(id),
  expires_at: Nullable(time),
  duration_minutes: Nullable(Type.Integer()),
  is_active: Type.Boolean(),
  is_live: Type.Boolean(),
  update_interval: Type.Integer(),
  precision: PrecisionWord,
  created_at: time,
  started_at: time,
  stopped_at: Nullable(time),
});

export const NearbyUser = Type.Object({
  user_id: uuid,
  username: Type.String(),
  display_name: text,
  name: Type.String(),
  avatar_url: text,
  distance: Type.Number(),
  distance_meters: Type.Number(),
  location: Location,
  last_seen: time,
  is_sharing_location: Type.Boolean(),
  is_friend: Type.Boolean(),
});

export const LocationStats = Type.Object({
  total_locations: Type.Integer(),
  active_shares: Type.Integer(),
  geofences_count: Type.Integer(),
  geofence_areas: Type.Integer(),
  recent_events: Type.Integer(),
  geofence_events: Type.Integer(),
  days_tracked: Type.Integer(),
  most_visited_places: Type.Array(Type.String()),
  activity_summary: Type.Record(Type.String(), Type.Number()),
});

export const Geofence = Type.Object({
  id,
  user_id: uuid,
  name: Type.String(),
  description: text,
  center_latitude: Type.Number(),
  center_longitude: Type.Number(),
  radius_meters: Type.Integer(),
  radius: Type.Integer(),
  notify_on_entry: Type.Boolean(),
  notify_on_exit: Type.Boolean(),
  trigger_on_enter: Type.Boolean(),
  trigger_on_exit: Type.Boolean(),
  is_active: Type.Boolean(),
  created_at: time,
  updated_at: time,
});

export const GeofenceEvent = Type.Object({
  id,
  user_id: uuid,
  geofence_id: id,
  geofence_name: Type.String(),
  event_type: Type.String({ enum: ['entry', 'exit'] }),
  latitude: Type.Number(),
  longitude: Type.Number(),
  accuracy: number,
  created_at: time,
  event_timestamp: time,
  timestamp: time,
});
