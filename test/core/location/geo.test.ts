// Distances, blurring and cells: right everywhere on the earth.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blurred, cellOf, cellsWithin, distance, gridOf, type Place } from '../../../src/core/location/geo.ts';

const place = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});

describe('distance', () => {
  it.each([
    [{ latitude: 52.52, longitude: 13.405 }, { latitude: 48.8566, longitude: 2.3522 }, 877_463],
    [{ latitude: 0, longitude: 179.99 }, { latitude: 0, longitude: -179.99 }, 2_224],
    [{ latitude: 90, longitude: 0 }, { latitude: 90, longitude: 120 }, 0],
    [{ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 }, 20_015_087],
  ])('from %j to %j', (a, b, meters) => {
    expect(Math.abs(distance(a, b) - meters)).toBeLessThan(Math.max(2, meters / 1000));
  });

  it('is the same both ways, and never NaN', () => {
    fc.assert(
      fc.property(place, place, (a, b) => {
        expect(distance(a, b)).toBeCloseTo(distance(b, a), 6);
        expect(distance(a, b)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe.each(['street', 'district'] as const)('blurred to a %s', (precision) => {
  it('is near, on the earth, and one answer for a whole square', () => {
    fc.assert(
      fc.property(place, (where) => {
        const seen = blurred(where, precision);
        expect(Math.abs(seen.latitude)).toBeLessThanOrEqual(90);
        expect(Math.abs(seen.longitude)).toBeLessThanOrEqual(180);
        // Columns are whole numbers a row, so near the poles a square may be up to twice as wide.
        expect(distance(where, seen)).toBeLessThanOrEqual(gridOf[precision] * 1.5);
        // The middle of a square is in that square.
        const again = blurred(seen, precision);
        expect(distance(seen, again)).toBeLessThan(gridOf[precision] / 100);
      }),
      { numRuns: 2_000 },
    );
  });
});

it('keeps an exact place as it is', () => {
  expect(blurred({ latitude: 1.23456789, longitude: 2.3456789 }, 'exact')).toEqual({
    latitude: 1.23456789,
    longitude: 2.3456789,
  });
});

it('looks into every cell that can hold somebody within reach, across the date line and at the poles', () => {
  const contains = (where: Place, center: Place, meters: number) => {
    const cell = cellOf(where);
    const { rows, columns } = cellsWithin(center, meters);
    return cell.y >= rows[0] && cell.y <= rows[1] && columns.some(([west, east]) => cell.x >= west && cell.x <= east);
  };
  const meters = 10_000;
  const offset = fc.double({ min: -1, max: 1, noNaN: true });
  const anywhere = fc.oneof(
    place,
    fc.record({
      latitude: offset.map((n) => n * 90),
      longitude: offset.map((n) => (n > 0 ? 180 - n / 20 : -180 - n / 20)),
    }),
    fc.record({
      latitude: offset.map((n) => (n > 0 ? 90 - n / 10 : -90 - n / 10)),
      longitude: offset.map((n) => n * 180),
    }),
  );
  fc.assert(
    fc.property(anywhere, offset, offset, (center, dy, dx) => {
      const latitude = center.latitude + dy * 0.09;
      if (Math.abs(latitude) > 90) return;
      const reach = Math.min(180, 0.09 / Math.max(Math.cos((latitude * Math.PI) / 180), 1e-4));
      const longitude = ((center.longitude + dx * reach + 540) % 360) - 180;
      const where = { latitude, longitude };
      if (distance(center, where) <= meters) expect(contains(where, center, meters)).toBe(true);
    }),
    { numRuns: 5_000 },
  );
});
