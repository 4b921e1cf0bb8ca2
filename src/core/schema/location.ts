// The tables of location.

import type { Generated, GeneratedAlways } from 'kysely';
import type { AccountId, ConversationId } from '../ids.ts';

export interface LocationTables {
  location_points: LocationPoints;
  current_locations: CurrentLocations;
  location_shares: LocationShares;
  geofences: Geofences;
  geofence_events: GeofenceEvents;
}

interface LocationPoints {
  id: GeneratedAlways<number>;
  account_id: AccountId;
  latitude: number;
  longitude: number;
  accuracy: number | null;
  altitude: number | null;
  speed: number | null;
  heading: number | null;
  address: string | null;
  device_at: Date;
  created_at: Generated<Date>;
}

interface CurrentLocations {
  account_id: AccountId;
  point_id: number;
  latitude: number;
  longitude: number;
  cell_y: number;
  cell_x: number;
  device_at: Date;
  created_at: Date;
}

interface LocationShares {
  id: GeneratedAlways<number>;
  account_id: AccountId;
  target_account_id: AccountId | null;
  target_conversation_id: ConversationId | null;
  precision: Generated<'exact' | 'street' | 'district'>;
  expires_at: Date | null;
  duration_minutes: number | null;
  is_live: Generated<boolean>;
  update_interval: Generated<number>;
  created_at: Generated<Date>;
  stopped_at: Date | null;
}

interface Geofences {
  id: GeneratedAlways<number>;
  account_id: AccountId;
  name: string;
  description: string | null;
  latitude: number;
  longitude: number;
  radius_meters: number;
  notify_on_entry: Generated<boolean>;
  notify_on_exit: Generated<boolean>;
  is_active: Generated<boolean>;
  is_inside: Generated<boolean>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  deleted_at: Date | null;
}

interface GeofenceEvents {
  id: GeneratedAlways<number>;
  geofence_id: number;
  account_id: AccountId;
  kind: 'entry' | 'exit';
  latitude: number;
  longitude: number;
  accuracy: number | null;
  created_at: Generated<Date>;
}
