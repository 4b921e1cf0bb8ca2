// /api/v1/location: where I am, and where those are who show me (contract, 6.6).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { DomainError } from '../../core/errors.ts';
import type { AccountId } from '../../core/ids.ts';
import { locationFigures } from '../../core/location/figures.ts';
import { currentPosition, nearby, reportPosition, track } from '../../core/location/positions.ts';
import { memberOf, Nullable } from '../fastapi.ts';
import { UserId } from './ids.ts';
import type { Kit } from './kit.ts';
import { createLocationPresenters } from './location-presenters.ts';
import { Location, LocationStats, NearbyUser } from './location-schemas.ts';
import { readMoment } from './moments.ts';

const base = '/api/v1/location';
const PersonPath = Type.Object({ user_id: UserId });
const distance = { minimum: 100, maximum: 10_000 };

const When = Type.Object({
  start_time: Type.Optional(Type.String()),
  end_time: Type.Optional(Type.String()),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
});

const heading = Type.Optional(Nullable(Type.Number({ minimum: 0, exclusiveMaximum: 360 })));

/** What a device reports. */
const Report = Type.Object({
  latitude: Type.Number({ minimum: -90, maximum: 90 }),
  longitude: Type.Number({ minimum: -180, maximum: 180 }),
  accuracy: Type.Optional(Nullable(Type.Number({ minimum: 0 }))),
  altitude: Type.Optional(Nullable(Type.Number())),
  speed: Type.Optional(Nullable(Type.Number({ minimum: 0 }))),
  heading,
  bearing: heading,
  address: Type.Optional(Nullable(Type.String({ maxLength: 1_000 }))),
  timestamp: Type.Optional(Nullable(Type.String())),
  location_timestamp: Type.Optional(Nullable(Type.String())),
});

export function locationRoutes(scope: FastifyInstance, { messenger, ids, links }: Kit): void {
  const present = createLocationPresenters(ids);
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  /** Whoever does not exist shows nobody anything, and is not told from those who do not. */
  const personIn = ({ params }: { params: { user_id: string } }) =>
    ids.fromUuid('account', params.user_id) as AccountId | null;

  app.post(
    `${base}/update`,
    {
      schema: {
        operationId: 'nerutalkReportLocation',
        summary: 'Say where I am',
        body: Report,
        response: { 200: Location },
      },
    },
    async (request) => {
      const { timestamp, location_timestamp, bearing, ...report } = request.body;
      const at = readMoment(timestamp ?? location_timestamp, ['body', 'timestamp']);
      const given = { ...report, heading: report.heading ?? bearing ?? null, at };
      const { position } = await messenger.execute(memberOf(request), reportPosition, given);
      return present.location(position);
    },
  );

  // Without the schema's types: the framework answers nothing at all for null, so it is said as text.
  scope.get(
    `${base}/current`,
    {
      schema: {
        operationId: 'nerutalkOwnLocation',
        summary: 'Where I am, as far as I said',
        response: { 200: Nullable(Location) },
      },
    },
    async (request, reply) => {
      const member = memberOf(request);
      const position = await messenger.ask(member, currentPosition, { of: member.accountId });
      if (position) return present.location(position);
      return reply.type('application/json; charset=utf-8').serializer(String).send('null');
    },
  );

  app.get(
    `${base}/current/:user_id`,
    {
      schema: {
        operationId: 'nerutalkLocationOf',
        summary: 'Where somebody is who shows me',
        params: PersonPath,
        response: { 200: Location },
      },
    },
    async (request) => {
      const of = personIn(request);
      const position = of && (await messenger.ask(memberOf(request), currentPosition, { of }));
      if (!position) throw new DomainError('not_found', 'no_such_location', 'Location not found.');
      return present.location(position);
    },
  );

  app.get(
    `${base}/history`,
    {
      schema: {
        operationId: 'nerutalkLocationHistory',
        summary: 'Where I was, the newest first',
        querystring: When,
        response: { 200: Type.Array(Location) },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const positions = await messenger.ask(member, track, { of: member.accountId, ...whenOf(request.query) });
      return positions.map(present.location);
    },
  );

  app.get(
    `${base}/history/:user_id`,
    {
      schema: {
        operationId: 'nerutalkLocationHistoryOf',
        summary: 'Where somebody was since they show me',
        params: PersonPath,
        querystring: When,
        response: { 200: Type.Array(Location) },
      },
    },
    async (request) => {
      const when = whenOf(request.query);
      const of = personIn(request);
      const positions = of === null ? [] : await messenger.ask(memberOf(request), track, { of, ...when });
      return positions.map(present.location);
    },
  );

  app.get(
    `${base}/nearby`,
    {
      schema: {
        operationId: 'nerutalkNearby',
        summary: 'Who is near me, of those who show me',
        querystring: Type.Object({
          radius_meters: Type.Optional(Type.Integer(distance)),
          radius: Type.Optional(Type.Integer(distance)),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
        }),
        response: { 200: Type.Array(NearbyUser) },
      },
    },
    async (request) => {
      const { radius_meters, radius, limit = 50 } = request.query;
      const radiusMeters = radius_meters ?? radius ?? 1_000;
      const neighbours = await messenger.ask(memberOf(request), nearby, { radiusMeters, limit });
      return neighbours.map((one) => present.neighbour(one, (path) => links.here(request, path)));
    },
  );

  app.get(
    `${base}/stats`,
    {
      schema: {
        operationId: 'nerutalkLocationStats',
        summary: 'Figures of my whereabouts',
        querystring: Type.Object({ days: Type.Optional(Type.Integer({ minimum: 1, maximum: 365, default: 30 })) }),
        response: { 200: LocationStats },
      },
    },
    async (request) =>
      present.stats(await messenger.ask(memberOf(request), locationFigures, { days: request.query.days ?? 30 })),
  );
}

/** A stretch of time, as lists ask for it. */
export function whenOf(query: { start_time?: string; end_time?: string; limit?: number }) {
  return {
    from: readMoment(query.start_time, ['query', 'start_time']),
    to: readMoment(query.end_time, ['query', 'end_time']),
    limit: query.limit ?? 100,
  };
}
