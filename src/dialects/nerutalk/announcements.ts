// /api/v1/push-notifications: words sent to people's devices, or to everybody's (contract, 6.5).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type, type Static } from 'typebox';
import type { AnnouncementId } from '../../core/ids.ts';
import { say } from '../../texts/index.ts';
import { InvalidRequest, limitBy, memberOf, valueError } from '../fastapi.ts';
import {
  Broadcast,
  manner,
  presentNotifications,
  presentProgress,
  Progress,
  recipients,
  Sent,
  words,
} from './announcement-shapes.ts';
import { readInteger } from './ids.ts';
import type { Kit } from './kit.ts';
import { languageOf } from './manners.ts';
import { readManner, readRecipients, reportOf, sendWords } from './sending.ts';

const base = '/api/v1/push-notifications';

/** Of `data`, written as JSON: a push holds 4 KB, all in all. */
const longestData = 3_000;

const Words = Type.Object(words);

export function announcementRoutes(scope: FastifyInstance, { messenger, read, present }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const limited = limitBy(scope, {
    name: 'neru-push',
    max: 60,
    seconds: 60,
    by: (request) => String(memberOf(request).accountId),
  });

  app.post(
    `${base}/send`,
    {
      preHandler: limited,
      schema: {
        operationId: 'neruSendNotification',
        summary: 'Send words to the devices of people I share a chat with',
        body: Type.Object({ ...recipients, ...words, ...manner }),
        response: { 200: Sent },
      },
    },
    async (request) => {
      const { body } = request;
      const member = memberOf(request);
      const report = await sendWords(messenger, member, {
        recipients: readRecipients(body, member, read),
        ...readWords(body),
        ...readManner(body),
      });
      return {
        success_count: report.taken,
        failure_count: report.failed,
        notifications: presentNotifications(report, present.userId),
        message: say(languageOf(request), 'notification_sent'),
      };
    },
  );

  app.post(
    `${base}/broadcast`,
    {
      preHandler: limited,
      schema: {
        operationId: 'neruBroadcast',
        summary: 'Send words to everybody’s devices: for administrators',
        body: Type.Object({ ...words, ...manner }),
        response: { 200: Broadcast },
      },
    },
    async (request) => {
      const { body } = request;
      const report = await sendWords(messenger, memberOf(request), {
        recipients: null,
        ...readWords(body),
        ...readManner(body),
      });
      return {
        success_count: report.taken,
        failure_count: report.failed,
        notifications: presentNotifications(report, present.userId),
        message: say(languageOf(request), 'notification_sent'),
        broadcast_id: report.id,
      };
    },
  );

  app.get(
    `${base}/broadcasts/:broadcast_id`,
    {
      schema: {
        operationId: 'neruBroadcastProgress',
        summary: 'How far what I sent has come',
        params: Type.Object({ broadcast_id: Type.String() }),
        response: { 200: Progress },
      },
    },
    async (request) => {
      const id = readInteger(request.params.broadcast_id, ['path', 'broadcast_id']) as AnnouncementId;
      return presentProgress(await reportOf(messenger, memberOf(request), id));
    },
  );
}

/** Throws InvalidRequest if it is not said what it is, or there is too much of it. */
function readWords(body: Static<typeof Words>) {
  const type = body.notification_type ?? body.type;
  if (type === undefined) {
    throw new InvalidRequest({ type: 'missing', loc: ['body', 'notification_type'], msg: 'Field required' });
  }
  const data = body.data ?? null;
  if (JSON.stringify(data).length > longestData) {
    throw new InvalidRequest(valueError(['body', 'data'], `must not be longer than ${longestData} characters`));
  }
  const { title, body: text, category } = body;
  return { type, category: category || null, title, body: text, translations: null, data };
}
