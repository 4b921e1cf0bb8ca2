// /api/v1/location/geofences: places that I want to know of entering and leaving (contract, 6.8).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { DomainError } from '../../core/errors.ts';
import { changeFence, createFence, crossings, fence, fences, removeFence } from '../../core/location/fences.ts';
import { say } from '../../texts/index.ts';
import { InvalidRequest, memberOf, Nullable } from '../fastapi.ts';
import { readInteger } from './ids.ts';
import type { Kit } from './kit.ts';
import { createLocationPresenters } from './location-presenters.ts';
import { Geofence, GeofenceEvent } from './location-schemas.ts';
import { whenOf } from './location.ts';
import { languageOf } from './manners.ts';

const base = '/api/v1/location/geofences';
const FencePath = Type.Object({ geofence_id: Type.String() });

const name = Type.String({ minLength: 1, maxLength: 255 });
const latitude = Type.Number({ minimum: -90, maximum: 90 });
const longitude = Type.Number({ minimum: -180, maximum: 180 });
const flag = Type.Optional(Nullable(Type.Boolean()));
const reach = Type.Optional(Nullable(Type.Number({ exclusiveMinimum: 0 })));

const others = {
  radius_meters: reach,
  radius: reach,
  notify_on_entry: flag,
  notify_on_exit: flag,
  trigger_on_enter: flag,
  trigger_on_exit: flag,
  is_active: flag,
  description: Type.Optional(Nullable(Type.String({ maxLength: 1_000 }))),
};

export function geofenceRoutes(scope: FastifyInstance, { messenger, ids }: Kit): void {
  const present = createLocationPresenters(ids);
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const idIn = (request: { params: { geofence_id: string } }) =>
    readInteger(request.params.geofence_id, ['path', 'geofence_id']);

  app.post(
    base,
    {
      schema: {
        operationId: 'nerutalkDrawGeofence',
        summary: 'Draw a fence',
        body: Type.Object({ name, center_latitude: latitude, center_longitude: longitude, ...others }),
        response: { 200: Geofence },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const { body } = request;
      const radiusMeters = radiusIn(body);
      if (radiusMeters === undefined) {
        throw new InvalidRequest({ type: 'missing', loc: ['body', 'radius_meters'], msg: 'Field required' });
      }
      const { id } = await withinReach(() =>
        messenger.execute(member, createFence, {
          name: body.name,
          description: body.description ?? null,
          latitude: body.center_latitude,
          longitude: body.center_longitude,
          radiusMeters,
          notifyOnEntry: body.notify_on_entry ?? body.trigger_on_enter ?? true,
          notifyOnExit: body.notify_on_exit ?? body.trigger_on_exit ?? true,
          isActive: body.is_active ?? true,
        }),
      );
      return present.fence(await messenger.ask(member, fence, { id }));
    },
  );

  app.get(
    base,
    {
      schema: {
        operationId: 'nerutalkGeofences',
        summary: 'My fences, by name',
        response: { 200: Type.Array(Geofence) },
      },
    },
    async (request) => (await messenger.ask(memberOf(request), fences, {})).map(present.fence),
  );

  app.get(
    `${base}/events`,
    {
      schema: {
        operationId: 'nerutalkGeofenceEvents',
        summary: 'What happened at my fences, the newest first',
        querystring: Type.Object({
          geofence_id: Type.Optional(Type.Integer({ minimum: 0 })),
          start_time: Type.Optional(Type.String()),
          end_time: Type.Optional(Type.String()),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
        }),
        response: { 200: Type.Array(GeofenceEvent) },
      },
    },
    async (request) => {
      const wanted = { fenceId: request.query.geofence_id, ...whenOf(request.query) };
      return (await messenger.ask(memberOf(request), crossings, wanted)).map(present.crossing);
    },
  );

  app.put(
    `${base}/:geofence_id`,
    {
      schema: {
        operationId: 'nerutalkChangeGeofence',
        summary: 'Change a fence of mine',
        params: FencePath,
        body: Type.Object({
          name: Type.Optional(name),
          center_latitude: Type.Optional(latitude),
          center_longitude: Type.Optional(longitude),
          ...others,
        }),
        response: { 200: Geofence },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const id = idIn(request);
      const { body } = request;
      const changes = {
        name: body.name,
        description: body.description,
        latitude: body.center_latitude,
        longitude: body.center_longitude,
        radiusMeters: radiusIn(body),
        notifyOnEntry: body.notify_on_entry ?? body.trigger_on_enter ?? undefined,
        notifyOnExit: body.notify_on_exit ?? body.trigger_on_exit ?? undefined,
        isActive: body.is_active ?? undefined,
      };
      await withinReach(() => messenger.execute(member, changeFence, { id, ...given(changes) }));
      return present.fence(await messenger.ask(member, fence, { id }));
    },
  );

  app.delete(
    `${base}/:geofence_id`,
    {
      schema: {
        operationId: 'nerutalkRemoveGeofence',
        summary: 'Take a fence of mine away',
        params: FencePath,
        response: { 200: Type.Object({ message: Type.String() }) },
      },
    },
    async (request) => {
      await messenger.execute(memberOf(request), removeFence, { id: idIn(request) });
      return { message: say(languageOf(request), 'data_deleted') };
    },
  );
}

/** Whole metres, one at least. */
function radiusIn(body: { radius_meters?: number | null; radius?: number | null }): number | undefined {
  const meters = body.radius_meters ?? body.radius;
  return typeof meters === 'number' ? Math.max(1, Math.round(meters)) : undefined;
}

/** How far a fence may reach is the operator's word, which no schema knows. */
async function withinReach<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DomainError) || error.reason !== 'fence_too_large') throw error;
    throw new InvalidRequest({ type: 'less_than_equal', loc: ['body', 'radius_meters'], msg: error.message });
  }
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}
