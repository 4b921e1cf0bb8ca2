// What administrators send in words of the catalogue, what became of notifications, and tidying up (contract, 6.5 and
// 10.1).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type, type TSchema } from 'typebox';
import { mayAdminister } from '../../core/accounts/superusers.ts';
import { forgetOld } from '../../core/forgetting.ts';
import { deliveryStatistics } from '../../core/notifications/reports.ts';
import { languages, say, type Language, type TextKey } from '../../texts/index.ts';
import { usualLanguages } from '../../texts/wanted.ts';
import { InvalidRequest, LooseInteger, memberOf, Nullable } from '../fastapi.ts';
import {
  Days,
  manner,
  Notifications,
  presentNotifications,
  presentStatistics,
  recipients,
  Statistics,
} from './announcement-shapes.ts';
import { acknowledge } from './auth.ts';
import type { Kit } from './kit.ts';
import { readManner, readRecipients, sendWords } from './sending.ts';
import { Ack, count } from './schemas.ts';

type Values = Record<string, string>;
type Phrase = { title: TextKey; body: TextKey };

/** A text, or a number that a client writes for one. */
const Value = Type.Optional(
  Type.Unsafe<string | number | null>({ type: ['string', 'integer', 'null'], maxLength: 255 }),
);

/** What each of the three hands the app (8.2), and how it is put where the request does not say. */
const senders: Record<string, { fields: readonly string[]; phrase(values: Values): Phrase | null }> = {
  message: {
    fields: ['chat_id', 'message_id', 'sender_id', 'sender_name', 'sender_avatar', 'message_type', 'chat_name'],
    phrase: () => ({ title: 'new_message', body: 'push_hidden_body' }),
  },
  call: {
    fields: ['call_id', 'caller_id', 'caller_name', 'caller_avatar', 'call_type', 'channel_name'],
    phrase: () => ({ title: 'incoming_call', body: 'push_call_body' }),
  },
  system: {
    fields: ['action', 'resource_id', 'resource_type', 'deep_link', 'sharer_name', 'geofence_name'],
    phrase: ({ action = '' }) => {
      const body = actions[action];
      return body === undefined ? null : { title: 'standin_location', body };
    },
  },
};

const actions: Record<string, TextKey> = {
  location_share_created: 'push_location_share_created',
  location_share_ended: 'push_location_share_ended',
  geofence_entry: 'geofence_entry',
  geofence_exit: 'geofence_exit',
};

/** Rounds of tidying in one request; the rest is for the next. */
const mostRounds = 100;

export function notificationRoutes(scope: FastifyInstance, kit: Kit): void {
  const { messenger, present, read, languages: { fallback } = usualLanguages } = kit;
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  for (const [type, { fields, phrase }] of Object.entries(senders)) {
    const values: Record<string, TSchema> = Object.fromEntries(fields.map((field) => [field, Value]));
    app.post(
      `/api/v1/notifications/${type}`,
      {
        schema: {
          operationId: `neruNotifyOf${type[0]!.toUpperCase()}${type.slice(1)}`,
          summary: `Send a notification of type ${type}, each in their own language: for administrators`,
          body: Type.Object({
            ...recipients,
            ...values,
            title: Type.Optional(Nullable(Type.String({ maxLength: 255 }))),
            body: Type.Optional(Nullable(Type.String({ maxLength: 4_000 }))),
            ...manner,
          }),
          response: { 200: Notifications },
        },
      },
      async (request) => {
        const member = memberOf(request);
        await messenger.ask(member, mayAdminister, {});
        const { body } = request;
        const given = valuesIn(body, fields);
        const worded = wordInAll(body, phrase(given), given, fallback);
        const report = await sendWords(messenger, member, {
          recipients: readRecipients(body, member, read),
          type,
          category: null,
          ...worded,
          data: given,
          ...readManner({ ...body, priority: body.priority ?? 'high' }),
        });
        return { notifications: presentNotifications(report, present.userId) };
      },
    );
  }

  for (const [operationId, path, of] of [
    ['neruNotificationStats', '/push-notifications/stats', 'caller'],
    ['neruAllNotificationStats', '/notifications/stats/admin', 'everybody'],
  ] as const) {
    app.get(
      `/api/v1${path}`,
      {
        schema: {
          operationId,
          summary: of === 'caller' ? 'What I was notified of' : 'What all were notified of: for administrators',
          querystring: Days,
          response: { 200: Statistics },
        },
      },
      async (request) => {
        const since = Date.now() - request.query.days * 86_400_000;
        return presentStatistics(await messenger.ask(memberOf(request), deliveryStatistics, { since, of }));
      },
    );
  }

  app.post(
    '/api/v1/admin/cleanup',
    {
      schema: {
        operationId: 'neruCleanUp',
        summary: 'Forget old positions and notifications: for administrators',
        querystring: Type.Object({ days: LooseInteger({ minimum: 30, maximum: 365, default: 90 }) }),
        response: { 200: Type.Object({ ...Ack.properties, deleted_records: count }) },
      },
    },
    async (request) => {
      let deleted = 0;
      for (let round = 0; round < mostRounds; round += 1) {
        const gone = await messenger.execute(memberOf(request), forgetOld, { keepDays: request.query.days });
        if (gone === 0) break;
        deleted += gone;
      }
      return { ...acknowledge(request, 'data_deleted'), deleted_records: deleted };
    },
  );
}

function valuesIn(body: Record<string, unknown>, fields: readonly string[]): Values {
  const given = fields.flatMap((field) => {
    const value = body[field];
    return typeof value === 'string' || typeof value === 'number' ? [[field, String(value)]] : [];
  });
  return Object.fromEntries(given) as Values;
}

/** As given, else in every language. Throws InvalidRequest where the catalogue has no words for it. */
function wordInAll(
  given: { title?: string | null; body?: string | null },
  phrase: Phrase | null,
  values: Values,
  fallback: Language,
) {
  for (const field of ['title', 'body'] as const) {
    if (!given[field] && phrase === null) {
      throw new InvalidRequest({ type: 'missing', loc: ['body', field], msg: 'Field required' });
    }
  }
  const put = (language: Language) => ({
    title: (given.title || say(language, phrase!.title, values)).slice(0, 255),
    body: given.body || say(language, phrase!.body, values),
  });
  return { ...put(fallback), translations: Object.fromEntries(languages.map((one) => [one, put(one)])) };
}
