// Distances on the earth, and how a position is blurred.

/** A place, in degrees. */
export interface Place {
  latitude: number;
  longitude: number;
}

const earthRadius = 6_371_000;
const metersPerDegree = (Math.PI * earthRadius) / 180;

/** Metres between two places along the surface (haversine). */
export function distance(a: Place, b: Place): number {
  const toRadians = Math.PI / 180;
  const dy = (b.latitude - a.latitude) * toRadians;
  const dx = (b.longitude - a.longitude) * toRadians;
  const half =
    Math.sin(dy / 2) ** 2 + Math.cos(a.latitude * toRadians) * Math.cos(b.latitude * toRadians) * Math.sin(dx / 2) ** 2;
  return 2 * earthRadius * Math.asin(Math.min(1, Math.sqrt(half)));
}

/** How closely a sharer lets others know. */
export type Precision = 'exact' | 'street' | 'district';

/** The side of the squares that places are rounded to, in metres. */
export const gridOf: Record<Precision, number> = { exact: 0, street: 200, district: 2_000 };

/**
 * The middle of the square that a place is in. The squares are fixed on the earth, so however often a place is asked for,
 * and from however many positions the distance to it is measured, the answer says no more than which square it is.
 */
export function blurred(place: Place, precision: Precision): Place {
  const grid = gridOf[precision];
  if (grid === 0) return { latitude: place.latitude, longitude: place.longitude };
  const stepY = grid / metersPerDegree;
  const latitude = clampLatitude((Math.floor(place.latitude / stepY) + 0.5) * stepY);
  // The row's own width of a degree, the same for all places in the row; near the poles a row is one square.
  const stepX = Math.min(360, grid / (metersPerDegree * Math.max(Math.cos((latitude * Math.PI) / 180), 1e-6)));
  const columns = Math.max(1, Math.floor(360 / stepX));
  const column = Math.min(columns - 1, Math.floor(((place.longitude + 180) / 360) * columns));
  return { latitude, longitude: ((column + 0.5) / columns) * 360 - 180 };
}

function clampLatitude(latitude: number): number {
  return Math.max(-90, Math.min(90, latitude));
}

/** Cells are a tenth of a degree: at most 11 km. */
const cellsPerDegree = 10;
const cellsAround = 360 * cellsPerDegree;

export interface Cell {
  y: number;
  x: number;
}

export function cellOf({ latitude, longitude }: Place): Cell {
  return { y: Math.floor(latitude * cellsPerDegree), x: wrapped(Math.floor(longitude * cellsPerDegree)) };
}

function wrapped(x: number): number {
  return ((x % cellsAround) + cellsAround) % cellsAround;
}

/** The cells that can hold a place within `meters`: rows, and columns as one or two ranges across the date line. */
export function cellsWithin(center: Place, meters: number): { rows: [number, number]; columns: [number, number][] } {
  const reachY = meters / metersPerDegree;
  const south = center.latitude - reachY;
  const north = center.latitude + reachY;
  const rows: [number, number] = [Math.floor(south * cellsPerDegree), Math.floor(north * cellsPerDegree)];
  const narrowest = Math.cos((Math.max(Math.abs(south), Math.abs(north)) * Math.PI) / 180);
  // A pole within reach: every meridian passes by.
  if (south <= -90 || north >= 90 || narrowest <= 0) return { rows, columns: [[0, cellsAround - 1]] };
  const reachX = reachY / narrowest;
  if (reachX >= 180) return { rows, columns: [[0, cellsAround - 1]] };
  const west = wrapped(Math.floor((center.longitude - reachX) * cellsPerDegree));
  const east = wrapped(Math.floor((center.longitude + reachX) * cellsPerDegree));
  if (west <= east) return { rows, columns: [[west, east]] };
  return {
    rows,
    columns: [
      [west, cellsAround - 1],
      [0, east],
    ],
  };
}
