// Places, distances and times to come, as the reader writes them.

import type { Point } from '../api/nerutalk-places.ts';
import { language } from '../texts/texts.ts';

const degrees = (value: number, positive: string, negative: string) =>
  `${Math.abs(value).toFixed(4)}° ${value < 0 ? negative : positive}`;

export function coordinates({ latitude, longitude }: Point): string {
  return `${degrees(latitude, 'N', 'S')}, ${degrees(longitude, 'E', 'W')}`;
}

export function distance(meters: number): string {
  const isFar = meters >= 1_000;
  return new Intl.NumberFormat(language(), {
    style: 'unit',
    unit: isFar ? 'kilometer' : 'meter',
    maximumFractionDigits: isFar && meters < 10_000 ? 1 : 0,
  }).format(isFar ? meters / 1_000 : meters);
}

/** How much longer, in the coarsest unit that says it. */
export function remaining(until: string, now: number): string {
  const minutes = Math.max(1, Math.ceil((Date.parse(until) - now) / 60_000));
  const [count, unit] = minutes < 60 ? [minutes, 'minute'] : [Math.round(minutes / 60), 'hour'];
  return new Intl.NumberFormat(language(), { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

const earth = 6_371_000;

/** In metres, over the surface. */
export function between(a: Point, b: Point): number {
  const rad = Math.PI / 180;
  const [dy, dx] = [(b.latitude - a.latitude) * rad, (b.longitude - a.longitude) * rad];
  const h = Math.sin(dy / 2) ** 2 + Math.cos(a.latitude * rad) * Math.cos(b.latitude * rad) * Math.sin(dx / 2) ** 2;
  return 2 * earth * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** The edge of a circle on the earth, as longitudes and latitudes. */
export function ringAround({ latitude, longitude }: Point, radius: number): [number, number][] {
  const rad = Math.PI / 180;
  const [y, reach] = [latitude * rad, radius / earth];
  return Array.from({ length: 65 }, (_, step) => {
    const turn = (step / 64) * 2 * Math.PI;
    const north = Math.asin(Math.sin(y) * Math.cos(reach) + Math.cos(y) * Math.sin(reach) * Math.cos(turn));
    const east = Math.atan2(
      Math.sin(turn) * Math.sin(reach) * Math.cos(y),
      Math.cos(reach) - Math.sin(y) * Math.sin(north),
    );
    return [longitude + east / rad, north / rad];
  });
}
