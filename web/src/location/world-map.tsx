// The map. Whatever it shows stands in the list beside it, too.

import * as maplibregl from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { useEffect, useEffectEvent, useImperativeHandle, useRef, useState, type Ref } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import type { Point } from '../api/nerutalk-places.ts';
import { theme } from '../ui/theme.ts';
import { Avatar, Empty } from '../ui/pieces.tsx';
import { bareStyle, colours, drawn, graticule, tiles } from './map-style.ts';
import { between, ringAround } from './words.ts';
import { countries } from './world.ts';

maplibregl.setWorkerUrl(workerUrl);

export interface Face extends Point {
  id: string;
  name: string;
  avatarUrl: string | null;
  accuracy: number | null;
  isMine: boolean;
}

export interface Circle extends Point {
  radius: number;
}

export interface OnMap {
  faces: readonly Face[];
  fences: readonly Circle[];
  /** The fence that is being drawn. */
  draft: Circle | null;
  track: readonly Point[];
  /** Where on the track the slider stands. */
  moment: Point | null;
}

export interface MapHandle {
  centre(): Point;
  goTo(point: Point, radius?: number): void;
  /** So much of the map that all of them are on it. */
  show(points: readonly Point[]): void;
}

type Shape = GeoJSON.Feature;

const polygon = (circle: Circle): Shape => ({
  type: 'Feature',
  properties: {},
  geometry: { type: 'Polygon', coordinates: [ringAround(circle, circle.radius)] },
});

const place = ({ longitude, latitude }: Point): [number, number] => [longitude, latitude];

const dot = (point: Point): Shape => ({
  type: 'Feature',
  properties: {},
  geometry: { type: 'Point', coordinates: place(point) },
});

/** Below this a circle says no more than the face in it. */
const leastBlur = 150;

function shapesOf({ faces, fences, draft, track, moment }: OnMap): Record<(typeof drawn)[number], Shape[]> {
  const near = faces.filter(({ accuracy }) => (accuracy ?? 0) >= leastBlur);
  return {
    near: near.map((face) => polygon({ ...face, radius: face.accuracy! })),
    fences: fences.map(polygon),
    draft: draft ? [polygon(draft)] : [],
    track:
      track.length < 2
        ? []
        : [{ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: track.map(place) } }],
    moment: moment ? [dot(moment)] : [],
  };
}

export default function WorldMap({
  on,
  onPick,
  ref,
}: {
  on: OnMap;
  onPick: (point: Point) => void;
  ref: Ref<MapHandle>;
}) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<maplibregl.Map | null>(null);
  const [isBroken, setBroken] = useState(false);
  const pick = useEffectEvent(onPick);

  useEffect(() => {
    const made = open(box.current!, t);
    if (made === null) return setBroken(true);
    made.on('click', ({ lngLat }) => pick({ latitude: lngLat.lat, longitude: lngLat.wrap().lng }));
    made.once('style.load', () => {
      setMap(made);
      countries()
        .then((world) => sourceOf(made, 'world')?.setData(world))
        .catch(() => undefined);
    });
    return () => {
      setMap(null);
      made.remove();
    };
    // Its words are those of the language in which it was opened.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  useColours(map, box);
  useGrid(map);
  useShapes(map, on);
  useFirstLook(map, on);
  useImperativeHandle(ref, () => ({
    centre: () => {
      const { lat, lng } = map?.getCenter().wrap() ?? { lat: 0, lng: 0 };
      return { latitude: lat, longitude: lng };
    },
    goTo: (point, radius = 400) => map?.fitBounds(boundsOf([point], radius), { padding: 60, maxZoom: 16 }),
    show: (points) => map?.fitBounds(boundsOf(points, 200), { padding: 60, maxZoom: 16 }),
  }));

  return (
    <>
      <div ref={box} className="map" />
      {isBroken && (
        <Empty icon="location" title={t('places.noMap')}>
          <p>{t('places.noMapHint')}</p>
        </Empty>
      )}
      {map && on.faces.map((face) => <Marker key={face.id} map={map} face={face} />)}
    </>
  );
}

/** Null where the browser cannot draw one. */
function open(container: HTMLElement, t: (key: string) => string): maplibregl.Map | null {
  try {
    const map = new maplibregl.Map({
      container,
      style: bareStyle(),
      center: [10, 25],
      zoom: 1,
      maxZoom: 18,
      dragRotate: false,
      pitchWithRotate: false,
      attributionControl: tiles === null ? false : { compact: true },
      locale: {
        'Map.Title': t('places.map'),
        'NavigationControl.ZoomIn': t('places.zoomIn'),
        'NavigationControl.ZoomOut': t('places.zoomOut'),
        'AttributionControl.ToggleAttribution': t('places.credit'),
      },
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new maplibregl.NavigationControl({ showCompass: false }), 'top-right');
    map.addControl(new maplibregl.ScaleControl({ unit: 'metric' }), 'bottom-left');
    return map;
  } catch {
    return null;
  }
}

function sourceOf(map: maplibregl.Map, id: string): maplibregl.GeoJSONSource | undefined {
  return map.getSource<maplibregl.GeoJSONSource>(id);
}

/** The colours of the page, and again when it changes its theme. */
function useColours(map: maplibregl.Map | null, box: { current: HTMLElement | null }): void {
  useEffect(() => {
    if (!map) return undefined;
    const paint = () => {
      for (const { layer, property, colour } of colours(box.current!)) {
        map.setPaintProperty(layer, property as 'fill-color', colour);
      }
    };
    const system = matchMedia('(prefers-color-scheme: dark)');
    paint();
    system.addEventListener('change', paint);
    const end = theme.subscribe(paint);
    return () => {
      system.removeEventListener('change', paint);
      end();
    };
  }, [map, box]);
}

/** Lines for what is looked at. */
function useGrid(map: maplibregl.Map | null): void {
  useEffect(() => {
    if (!map) return undefined;
    const draw = () => {
      const bounds = map.getBounds();
      const [west, east, south, north] = [bounds.getWest(), bounds.getEast(), bounds.getSouth(), bounds.getNorth()];
      void sourceOf(map, 'grid')?.setData(graticule({ west, east, south, north }));
    };
    draw();
    const moved = map.on('moveend', draw);
    return () => moved.unsubscribe();
  }, [map]);
}

function useShapes(map: maplibregl.Map | null, on: OnMap): void {
  useEffect(() => {
    if (!map) return;
    const shapes = shapesOf(on);
    for (const id of drawn) void sourceOf(map, id)?.setData({ type: 'FeatureCollection', features: shapes[id] });
  }, [map, on]);
}

/** All that is there, and again when more is, until whoever looks has moved the map. */
function useFirstLook(map: maplibregl.Map | null, { faces, fences }: OnMap): void {
  const looked = useRef(0);
  useEffect(() => {
    const points = [...faces, ...fences];
    if (!map || points.length <= looked.current) return;
    map.fitBounds(boundsOf(points, 1_500), { padding: 60, maxZoom: 14, animate: false });
    // After the fit, whose own start has just been heard below.
    looked.current = points.length;
  }, [map, faces, fences]);
  useEffect(() => {
    const moved = map?.on('movestart', () => (looked.current = Infinity));
    return () => moved?.unsubscribe();
  }, [map]);
}

function boundsOf(points: readonly Point[], margin: number): maplibregl.LngLatBounds {
  const bounds = new maplibregl.LngLatBounds();
  for (const point of points) for (const corner of ringAround(point, margin)) bounds.extend(corner);
  return bounds;
}

function Marker({ map, face }: { map: maplibregl.Map; face: Face }) {
  const [held] = useState(() => {
    const element = document.createElement('div');
    return { element, marker: new maplibregl.Marker({ element }).setLngLat(place(face)) };
  });
  useEffect(() => {
    held.marker.addTo(map);
    // The list says it in words.
    held.element.setAttribute('aria-hidden', 'true');
    held.element.removeAttribute('tabindex');
    return () => void held.marker.remove();
  }, [map, held]);
  useEffect(() => {
    const { lat, lng } = held.marker.getLngLat();
    if (between({ latitude: lat, longitude: lng }, face) > 0) held.marker.setLngLat(place(face));
  }, [held, face]);
  return createPortal(
    <span className={face.isMine ? 'map-face map-face-mine' : 'map-face'} data-person={face.id}>
      <Avatar id={face.id} name={face.name} url={face.avatarUrl} size="small" />
      <small>{face.name}</small>
    </span>,
    held.element,
  );
}
