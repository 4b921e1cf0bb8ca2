// Telling the server where this device is, while the page is open and its owner wants it: for those I show it to, for my
// fences and for my history.

import * as places from '../api/nerutalk-places.ts';
import type { Place } from '../api/nerutalk-places.ts';
import { me, session } from '../api/session.ts';
import { hear } from '../live/nerutalk.ts';
import { queries } from '../store/queries.ts';
import { createStore } from '../store/store.ts';
import { tellOfFence } from './places.ts';
import { between } from './words.ts';

/** Holds whose place is told: nobody else's, should they sign in here. */
const key = 'parlance.reporting';

interface Reporting {
  isOn: boolean;
  trouble: 'denied' | 'unavailable' | null;
  /** The last that was told. */
  here: Place | null;
}

export const reporting = createStore<Reporting>({ isOn: false, trouble: null, here: null });

/** This device cannot say where it is; `denied`: it may not. */
export class Unlocated extends Error {
  readonly kind: 'denied' | 'unavailable';
  constructor(kind: Unlocated['kind']) {
    super(kind);
    this.kind = kind;
  }
}

const wish: PositionOptions = { enableHighAccuracy: true, maximumAge: 10_000, timeout: 20_000 };
/** Standing still is said less often than walking. */
const still = { meters: 30, pause: 15_000, shortest: 3_000 };

let watch: number | null = null;
let owner = '';
let endHearing: (() => void) | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let next: Omit<Place, 'personId'> | null = null;
let saidAt = 0;

/** Where this device is now. Throws Unlocated. */
export function locate(): Promise<Omit<Place, 'personId'>> {
  return new Promise((resolve, reject) => {
    if (!('geolocation' in navigator)) return reject(new Unlocated('unavailable'));
    navigator.geolocation.getCurrentPosition(
      (position) => resolve(read(position)),
      (error) => reject(new Unlocated(kindOf(error))),
      wish,
    );
  });
}

/** Tells it once. */
export async function reportNow(place: Omit<Place, 'personId'>): Promise<void> {
  saidAt = Date.now();
  const here = await places.report(place);
  reporting.set((now) => ({ ...now, here, trouble: null }));
  for (const what of ['mine', 'track', 'nearby']) {
    queries.invalidateQueries({ queryKey: ['places', what] }).catch(() => undefined);
  }
}

export function startReporting(): void {
  if (watch !== null || !('geolocation' in navigator)) return;
  owner = me().id;
  localStorage.setItem(key, owner);
  endHearing = hear('geofence_event', (data) => tellOfFence(data));
  reporting.set((now) => ({ ...now, isOn: true }));
  watch = navigator.geolocation.watchPosition(
    (position) => moved(read(position)),
    (error) => reporting.set((now) => ({ ...now, trouble: kindOf(error) })),
    wish,
  );
}

export function stopReporting(): void {
  if (watch !== null) navigator.geolocation.clearWatch(watch);
  clearTimeout(timer);
  watch = next = null;
  endHearing?.();
  localStorage.removeItem(key);
  reporting.set({ isOn: false, trouble: null, here: null });
}

session.subscribe(() => {
  if (watch !== null && session.get()?.me.id !== owner) stopReporting();
});

function moved(place: Omit<Place, 'personId'>): void {
  next = place;
  const { here } = reporting.get();
  const pause = here !== null && between(here, place) < still.meters ? still.pause : still.shortest;
  clearTimeout(timer);
  timer = setTimeout(
    () => {
      if (next) reportNow(next).catch(() => undefined);
      next = null;
    },
    Math.max(0, saidAt + pause - Date.now()),
  );
}

function read({ coords, timestamp }: GeolocationPosition): Omit<Place, 'personId'> {
  const { latitude, longitude, accuracy } = coords;
  return { latitude, longitude, accuracy, at: new Date(Math.min(timestamp, Date.now())).toISOString() };
}

function kindOf(error: GeolocationPositionError): Unlocated['kind'] {
  return error.code === error.PERMISSION_DENIED ? 'denied' : 'unavailable';
}
