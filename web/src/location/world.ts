// The outlines of the countries, which come with the page, laid flat.

import { feature } from 'topojson-client';
import worldUrl from 'world-atlas/countries-50m.json?url';

type Ring = GeoJSON.Position[];

/** As far north and south as a map of the web shows. */
const edge = 85.06;

export async function countries(): Promise<GeoJSON.FeatureCollection> {
  const world = (await (await fetch(worldUrl)).json()) as Parameters<typeof feature>[0];
  const globe = feature(world, world.objects.countries!);
  const features = 'features' in globe ? globe.features : [globe];
  return { type: 'FeatureCollection', features: features.map((each) => ({ ...each, geometry: flat(each.geometry) })) };
}

function flat(geometry: GeoJSON.Geometry): GeoJSON.Geometry {
  if (geometry.type === 'Polygon') return { ...geometry, coordinates: laid(geometry.coordinates) };
  if (geometry.type === 'MultiPolygon') return { ...geometry, coordinates: geometry.coordinates.map(laid) };
  return geometry;
}

/** On a globe Antarctica is a hole in a circle round the pole; the circle is off the map. */
const laid = (rings: Ring[]) => rings.filter((ring) => ring.some(([, y = 0]) => Math.abs(y) < edge)).map(unrolled);

/** A globe's line goes on over the date line: so does this, beyond 180°, and what goes round a pole is closed there. */
function unrolled(ring: Ring): Ring {
  let turns = 0;
  const line: Ring = [];
  for (const [x = 0, y = 0] of ring) {
    const before = line.at(-1)?.[0] ?? x;
    const step = x + turns * 360 - before;
    if (step > 180) turns -= 1;
    if (step < -180) turns += 1;
    line.push([x + turns * 360, Math.max(-edge, Math.min(edge, y))]);
  }
  const [first, last] = [line[0]!, line.at(-1)!];
  if (Math.abs(last[0]! - first[0]!) < 180) return line;
  const pole = first[1]! < 0 ? -edge : edge;
  return [...line, [last[0]!, pole], [first[0]!, pole], first];
}
