// How the map looks: land, borders and what lies on it, in the colours of the page.

import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';

/** Where maps come from, if the operator has said so. */
export const tiles = document.querySelector<HTMLMetaElement>('meta[name="map-tiles"]')?.content ?? null;

/** Whose maps they are. */
function credit(address: string): string {
  const { hostname } = new URL(address);
  return /(^|\.)openstreetmap\.org$/.test(hostname) ? '© OpenStreetMap contributors' : `© ${hostname}`;
}

const paints: readonly (readonly [layer: string, property: string, colour: string])[] = [
  ['sea', 'background-color', '--map-sea'],
  ['land', 'fill-color', '--map-land'],
  ['grid', 'line-color', '--map-grid'],
  ['borders', 'line-color', '--map-border'],
  ['near', 'fill-color', '--accent'],
  ['near-edge', 'line-color', '--accent'],
  ['fences', 'fill-color', '--map-fence'],
  ['fences-edge', 'line-color', '--map-fence'],
  ['draft', 'fill-color', '--map-draft'],
  ['draft-edge', 'line-color', '--map-draft'],
  ['track', 'line-color', '--accent'],
  ['track-points', 'circle-color', '--accent'],
  ['moment', 'circle-color', '--map-draft'],
  ['moment', 'circle-stroke-color', '--surface'],
];

/** The colours of now, layer by layer: the map knows no custom properties. */
export function colours(within: HTMLElement): { layer: string; property: string; colour: string }[] {
  return paints.map(([layer, property, name]) => {
    // One for each: a colour that changes may be on its way from the one before, and be read as that.
    const probe = document.createElement('i');
    probe.style.color = `var(${name})`;
    within.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return { layer, property, colour };
  });
}

const empty = { type: 'FeatureCollection' as const, features: [] };
export const drawn = ['near', 'fences', 'draft', 'track', 'moment'] as const;

function area(id: (typeof drawn)[number], strength: number): LayerSpecification[] {
  return [
    { id, type: 'fill', source: id, paint: { 'fill-opacity': strength } },
    { id: `${id}-edge`, type: 'line', source: id, paint: { 'line-width': 2 } },
  ];
}

/** All but the colours, the countries and what is drawn. */
export function bareStyle(): StyleSpecification {
  const layers: LayerSpecification[] = [
    { id: 'sea', type: 'background' },
    { id: 'land', type: 'fill', source: 'world' },
    { id: 'grid', type: 'line', source: 'grid', paint: { 'line-width': 1 } },
    { id: 'borders', type: 'line', source: 'world', paint: { 'line-width': 1 } },
    ...(tiles === null ? [] : [{ id: 'tiles', type: 'raster' as const, source: 'tiles' }]),
    ...area('near', 0.12),
    ...area('fences', 0.14),
    ...area('draft', 0.2),
    { id: 'track', type: 'line', source: 'track', paint: { 'line-width': 3, 'line-opacity': 0.7 } },
    { id: 'track-points', type: 'circle', source: 'track', paint: { 'circle-radius': 3 } },
    { id: 'moment', type: 'circle', source: 'moment', paint: { 'circle-radius': 8, 'circle-stroke-width': 3 } },
  ];
  return {
    version: 8,
    sources: {
      // Outlines know no more than this, however close one looks.
      world: { type: 'geojson', data: empty, maxzoom: 7 },
      grid: { type: 'geojson', data: empty },
      ...(tiles !== null && {
        tiles: { type: 'raster' as const, tiles: [tiles], tileSize: 256, attribution: credit(tiles) },
      }),
      ...Object.fromEntries(drawn.map((id) => [id, { type: 'geojson' as const, data: empty }])),
    },
    layers,
  };
}

/** So many degrees are between two lines: the most that gives a view some. */
const steps = [10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];

interface View {
  west: number;
  east: number;
  south: number;
  north: number;
}

/** Lines through a view and somewhat around it: something to hold on to where no coast is, however close one looks. */
export function graticule({ west, east, south, north }: View): GeoJSON.FeatureCollection {
  const width = east - west;
  const step = steps.find((each) => each <= width / 4) ?? steps.at(-1)!;
  const every = (from: number, to: number) => {
    const first = Math.ceil(from / step);
    return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, n) => (first + n) * step);
  };
  const [left, right] = [west - width, east + width];
  const [bottom, top] = [Math.max(-80, south - width), Math.min(80, north + width)];
  const line = (coordinates: [number, number][]) => ({
    type: 'Feature' as const,
    properties: {},
    geometry: { type: 'LineString' as const, coordinates },
  });
  return {
    type: 'FeatureCollection',
    features: [
      ...every(left, right).map((x) =>
        line([
          [x, bottom],
          [x, top],
        ]),
      ),
      ...every(bottom, top).map((y) =>
        line([
          [left, y],
          [right, y],
        ]),
      ),
    ],
  };
}
