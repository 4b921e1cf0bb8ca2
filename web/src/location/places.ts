// Who shows me where they are, as it changes.

import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Refused } from '../api/http.ts';
import * as places from '../api/nerutalk-places.ts';
import { precisions, type Place, type Share } from '../api/nerutalk-places.ts';
import type { Person } from '../api/shapes.ts';
import * as urge from '../api/urge.ts';
import { hear } from '../live/nerutalk.ts';
import { queries } from '../store/queries.ts';
import { createStore, useStore } from '../store/store.ts';
import { say } from '../texts/texts.ts';
import { note } from '../ui/pieces.tsx';

/** Somebody who shows me. */
export interface Sharer {
  share: Share;
  person: Person | undefined;
  /** Null: not known yet. */
  place: Place | null;
}

const positions = createStore<ReadonlyMap<string, Place>>(new Map());

function put(place: Place): void {
  positions.set((all) => new Map(all).set(place.personId, place));
}

function again(...what: string[]): void {
  for (const each of what) queries.invalidateQueries({ queryKey: ['places', each] }).catch(() => undefined);
}

/** Minutes pass: what has run out is not shown, whether anybody said so or not. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const ticking = setInterval(() => setNow(Date.now()), 5_000);
    return () => clearInterval(ticking);
  }, []);
  return now;
}

export function isOpen({ expiresAt }: Share, now: number): boolean {
  return expiresAt === null || Date.parse(expiresAt) > now;
}

/** Of several shares of one person the closest. */
function closest(shares: readonly Share[]): Share[] {
  const best = new Map<string, Share>();
  for (const share of shares) {
    const known = best.get(share.ownerId);
    if (!known || precisions.indexOf(share.precision) < precisions.indexOf(known.precision))
      best.set(share.ownerId, share);
  }
  return [...best.values()];
}

const incoming = {
  queryKey: ['places', 'incoming'],
  queryFn: () => places.shares('incoming'),
  // Of the end of a share with a chat nobody but its owner is told.
  refetchInterval: 30_000,
};

/** Who shows me where they are, kept up to date while somebody looks. */
export function useSharers(): { sharers: readonly Sharer[]; isPending: boolean } {
  const now = useNow();
  const shares = useQuery(incoming);
  const open = closest((shares.data ?? []).filter((share) => isOpen(share, now)));
  const ids = open.map(({ ownerId }) => ownerId).toSorted();
  const people = usePeople(ids);
  const known = useStore(positions);
  const all = ids.join();
  const shareIds = open.map(({ id }) => id).join();

  useEffect(() => {
    for (const id of all === '' ? [] : all.split(',')) {
      places.placeOf(id).then(put, (error: unknown) => {
        if (error instanceof Refused && error.status === 404) positions.set((before) => without(before, id));
      });
    }
    // Another share may be closer, or less close.
  }, [all, shareIds]);
  useEffect(followPlaces, []);

  return {
    isPending: shares.isPending,
    sharers: open.map((share) => ({
      share,
      person: people.find(({ id }) => id === share.ownerId),
      place: known.get(share.ownerId) ?? null,
    })),
  };
}

function without(all: ReadonlyMap<string, Place>, id: string): ReadonlyMap<string, Place> {
  const next = new Map(all);
  next.delete(id);
  return next;
}

/** People by their ids, as far as I may know them. */
export function usePeople(ids: readonly string[]): readonly Person[] {
  const people = useQuery({
    queryKey: ['people-of', ids],
    queryFn: () => urge.peopleOf(ids),
    enabled: ids.length > 0,
    placeholderData: (before) => before,
  });
  return people.data ?? [];
}

function followPlaces(): () => void {
  const ends = [
    hear('shared_location_update', (data) => {
      const id = data.user_id as string;
      const shares = queries.getQueryData<Share[]>(incoming.queryKey) ?? [];
      const [best] = closest(shares.filter(({ ownerId }) => ownerId === id));
      if (best === undefined) return again('incoming');
      if (best.id !== data.share_id) return;
      const [latitude, longitude, accuracy] = [data.latitude, data.longitude, data.accuracy] as [
        number,
        number,
        number,
      ];
      put({ personId: id, latitude, longitude, accuracy, at: data.timestamp as string });
      again('nearby');
    }),
    hear('location_share_received', () => again('incoming')),
    hear('location_share_stopped', () => again('incoming', 'outgoing', 'nearby')),
    hear('geofence_event', tellOfFence),
    hear('connection_established', () => again('incoming', 'outgoing', 'crossings')),
  ];
  return () => {
    for (const end of ends) end();
    positions.set(new Map());
  };
}

/** I came to a place, or left it. */
export function tellOfFence({ geofence_name, event_type }: Record<string, unknown>): void {
  note(say(event_type === 'entry' ? 'places.entered' : 'places.left', { name: geofence_name as string }));
  again('crossings');
}
