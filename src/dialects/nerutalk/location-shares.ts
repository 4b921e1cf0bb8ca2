// /api/v1/location/shares: to whom I show where I am (contract, 6.7).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { changeShare, openShare, openSharesOf, stopShare } from '../../core/location/shares.ts';
import { say } from '../../texts/index.ts';
import { InvalidRequest, LooseInteger, memberOf, Nullable, valueError } from '../fastapi.ts';
import { IntegerId, readInteger, UserId } from './ids.ts';
import type { Kit } from './kit.ts';
import { createLocationPresenters } from './location-presenters.ts';
import { LocationShare, PrecisionWord } from './location-schemas.ts';
import { languageOf } from './manners.ts';
import { readFuture } from './moments.ts';

const base = '/api/v1/location/shares';
const SharePath = Type.Object({ share_id: Type.String() });
/** Ten years. */
export const mostMinutes = 5_256_000;

const terms = {
  expires_at: Type.Optional(Nullable(Type.String())),
  duration_minutes: Type.Optional(Nullable(LooseInteger({ minimum: 1, maximum: mostMinutes }))),
  is_live: Type.Optional(Nullable(Type.Boolean())),
  update_interval: Type.Optional(Nullable(LooseInteger({ minimum: 10, maximum: 300 }))),
  precision: Type.Optional(PrecisionWord),
};

export function locationShareRoutes(scope: FastifyInstance, { messenger, ids, read }: Kit): void {
  const present = createLocationPresenters(ids);
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const idIn = (request: { params: { share_id: string } }) =>
    readInteger(request.params.share_id, ['path', 'share_id']);

  app.post(
    base,
    {
      schema: {
        operationId: 'nerutalkShareLocation',
        summary: 'Show somebody where I am; with nobody named, everybody',
        body: Type.Object({
          target_user_id: Type.Optional(Nullable(UserId)),
          shared_with_user_id: Type.Optional(Nullable(UserId)),
          target_chat_id: Type.Optional(Nullable(IntegerId)),
          shared_with_chat_id: Type.Optional(Nullable(IntegerId)),
          ...terms,
        }),
        response: { 200: LocationShare },
      },
    },
    async (request) => {
      const { body } = request;
      const person = body.target_user_id ?? body.shared_with_user_id ?? null;
      const chat = body.target_chat_id ?? body.shared_with_chat_id ?? null;
      if (person !== null && chat !== null) {
        throw new InvalidRequest(valueError(['body', 'target_chat_id'], 'must not stand beside target_user_id'));
      }
      const share = await messenger.execute(memberOf(request), openShare, {
        with: person === null ? null : read.account(person, ['body', 'target_user_id']),
        in: chat === null ? null : read.conversation(chat, ['body', 'target_chat_id']),
        precision: body.precision ?? 'exact',
        ...endOf(body),
        isLive: body.is_live ?? true,
        updateInterval: body.update_interval ?? 30,
      });
      return present.share(share);
    },
  );

  app.get(
    base,
    {
      schema: {
        operationId: 'nerutalkLocationShares',
        summary: 'To whom I show where I am, or who shows me',
        querystring: Type.Object({
          direction: Type.Optional(Type.String({ enum: ['outgoing', 'incoming'], default: 'outgoing' })),
        }),
        response: { 200: Type.Array(LocationShare) },
      },
    },
    async (request) => {
      const direction = request.query.direction === 'incoming' ? 'incoming' : 'outgoing';
      return (await messenger.ask(memberOf(request), openSharesOf, { direction })).map(present.share);
    },
  );

  app.put(
    `${base}/:share_id`,
    {
      schema: {
        operationId: 'nerutalkChangeLocationShare',
        summary: 'Change a share of mine, or stop it',
        params: SharePath,
        body: Type.Object({ ...terms, is_active: Type.Optional(Nullable(Type.Boolean())) }),
        response: { 200: LocationShare },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const id = idIn(request);
      const { body } = request;
      if (body.is_active === false) return present.share(await messenger.execute(member, stopShare, { id }));
      const endsAnew = body.expires_at !== undefined || typeof body.duration_minutes === 'number';
      const changed = await messenger.execute(member, changeShare, {
        id,
        ...(endsAnew && endOf(body)),
        ...(typeof body.is_live === 'boolean' && { isLive: body.is_live }),
        ...(typeof body.update_interval === 'number' && { updateInterval: body.update_interval }),
        ...(body.precision && { precision: body.precision }),
      });
      return present.share(changed);
    },
  );

  app.delete(
    `${base}/:share_id`,
    {
      schema: {
        operationId: 'nerutalkStopLocationShare',
        summary: 'Stop a share of mine, at once',
        params: SharePath,
        response: { 200: Type.Object({ message: Type.String() }) },
      },
    },
    async (request) => {
      await messenger.execute(memberOf(request), stopShare, { id: idIn(request) });
      return { message: say(languageOf(request), 'location_share_stopped') };
    },
  );
}

/** When a share ends: as said, or so long from now, or never. */
function endOf(body: { expires_at?: string | null; duration_minutes?: number | null }) {
  const minutes = body.duration_minutes ?? null;
  const said = readFuture(body.expires_at, ['body', 'expires_at']);
  const counted = minutes === null ? null : Date.now() + minutes * 60_000;
  return { expiresAt: said ?? counted, durationMinutes: minutes };
}
