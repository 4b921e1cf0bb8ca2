// NeruTalk's places: where I am, to whom I show it, who shows me, and my fences.

import { request } from './http.ts';

export interface Point {
  latitude: number;
  longitude: number;
}

export interface Place extends Point {
  personId: string;
  /** Metres around it; null: not known. */
  accuracy: number | null;
  at: string;
}

export const precisions = ['exact', 'street', 'district'] as const;
export type Precision = (typeof precisions)[number];

export interface Share {
  id: number;
  ownerId: string;
  /** One of the two; neither: everybody. */
  personId: string | null;
  chatId: number | null;
  precision: Precision;
  expiresAt: string | null;
}

export interface Neighbour extends Place {
  name: string;
  avatarUrl: string | null;
  /** In metres. */
  distance: number;
}

export interface Fence extends Point {
  id: number;
  name: string;
  /** In metres. */
  radius: number;
  tellsEntry: boolean;
  tellsExit: boolean;
}

export interface Crossing {
  id: number;
  fenceId: number;
  fenceName: string;
  kind: 'entry' | 'exit';
  at: string;
}

interface WirePlace extends Point {
  user_id: string;
  accuracy: number | null;
  timestamp: string;
}

interface WireShare {
  id: number;
  user_id: string;
  target_user_id: string | null;
  target_chat_id: number | null;
  precision: Precision;
  expires_at: string | null;
}

interface WireFence {
  id: number;
  name: string;
  center_latitude: number;
  center_longitude: number;
  radius_meters: number;
  notify_on_entry: boolean;
  notify_on_exit: boolean;
}

interface WireCrossing {
  id: number;
  geofence_id: number;
  geofence_name: string;
  event_type: Crossing['kind'];
  created_at: string;
}

const base = '/api/v1/location';

const readPlace = ({ user_id, latitude, longitude, accuracy, timestamp }: WirePlace): Place => ({
  personId: user_id,
  latitude,
  longitude,
  accuracy,
  at: timestamp,
});

const readShare = (share: WireShare): Share => ({
  id: share.id,
  ownerId: share.user_id,
  personId: share.target_user_id,
  chatId: share.target_chat_id,
  precision: share.precision,
  expiresAt: share.expires_at,
});

const readFence = (fence: WireFence): Fence => ({
  id: fence.id,
  name: fence.name,
  latitude: fence.center_latitude,
  longitude: fence.center_longitude,
  radius: fence.radius_meters,
  tellsEntry: fence.notify_on_entry,
  tellsExit: fence.notify_on_exit,
});

// ── Where I am, and others ──

/** `at` is this device's clock. */
export const report = async (place: Omit<Place, 'personId'>): Promise<Place> =>
  readPlace(
    await request<WirePlace>('POST', `${base}/update`, {
      body: { latitude: place.latitude, longitude: place.longitude, accuracy: place.accuracy, timestamp: place.at },
    }),
  );

export const myPlace = async (): Promise<Place | null> => {
  const place = await request<WirePlace | null>('GET', `${base}/current`);
  return place && readPlace(place);
};

/** As closely as they show it. Throws Refused with 404: they do not, or it is not known. */
export const placeOf = async (personId: string): Promise<Place> =>
  readPlace(await request<WirePlace>('GET', `${base}/current/${personId}`));

/** Where I was, the newest first. */
export const myTrack = async (from: string, limit: number): Promise<Place[]> =>
  (await request<WirePlace[]>('GET', `${base}/history`, { query: { start_time: from, limit } })).map(readPlace);

interface WireNeighbour {
  user_id: string;
  name: string;
  avatar_url: string | null;
  distance: number;
  location: WirePlace;
}

/** Of those who show me, the nearest first. */
export const nearby = async (radius: number): Promise<Neighbour[]> => {
  const found = await request<WireNeighbour[]>('GET', `${base}/nearby`, { query: { radius_meters: radius } });
  return found.map(({ name, avatar_url, distance, location }) => ({
    ...readPlace(location),
    name,
    avatarUrl: avatar_url,
    distance,
  }));
};

// ── Shares ──

export const shares = async (direction: 'incoming' | 'outgoing'): Promise<Share[]> =>
  (await request<WireShare[]>('GET', `${base}/shares`, { query: { direction } })).map(readShare);

export const openShare = async (
  to: { personId: string } | { chatId: string },
  minutes: number,
  precision: Precision,
): Promise<Share> => {
  const target = 'personId' in to ? { target_user_id: to.personId } : { target_chat_id: to.chatId };
  const body = { ...target, duration_minutes: minutes, precision };
  return readShare(await request<WireShare>('POST', `${base}/shares`, { body }));
};

export const stopShare = (id: number) => request<unknown>('DELETE', `${base}/shares/${id}`);

/** The names of my chats, by the ids that shares name them with. */
export const chatNames = async (): Promise<ReadonlyMap<number, string | null>> => {
  type Answer = { chats: { id: number; name: string | null }[] };
  const { chats } = await request<Answer>('GET', '/api/v1/chats', { query: { limit: 100 } });
  return new Map(chats.map(({ id, name }) => [id, name]));
};

// ── Fences ──

export const fences = async (): Promise<Fence[]> =>
  (await request<WireFence[]>('GET', `${base}/geofences`)).map(readFence);

export const drawFence = async (fence: Omit<Fence, 'id'>): Promise<Fence> =>
  readFence(await request<WireFence>('POST', `${base}/geofences`, { body: writeFence(fence) }));

export const changeFence = async ({ id, ...fence }: Fence): Promise<Fence> =>
  readFence(await request<WireFence>('PUT', `${base}/geofences/${id}`, { body: writeFence(fence) }));

const writeFence = (fence: Omit<Fence, 'id'>) => ({
  name: fence.name,
  center_latitude: fence.latitude,
  center_longitude: fence.longitude,
  radius_meters: fence.radius,
  notify_on_entry: fence.tellsEntry,
  notify_on_exit: fence.tellsExit,
});

export const removeFence = (id: number) => request<unknown>('DELETE', `${base}/geofences/${id}`);

/** The newest first. */
export const crossings = async (limit: number): Promise<Crossing[]> =>
  (await request<WireCrossing[]>('GET', `${base}/geofences/events`, { query: { limit } })).map((crossing) => ({
    id: crossing.id,
    fenceId: crossing.geofence_id,
    fenceName: crossing.geofence_name,
    kind: crossing.event_type,
    at: crossing.created_at,
  }));
