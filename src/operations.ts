// /operations: what superusers see of how the server does, for the console and for programs.

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { CommandLatency, Latency } from './adapters/metrics/latencies.ts';
import { changesOf } from './core/account-changes.ts';
import { mayAdminister } from './core/accounts/superusers.ts';
import { cursorOf, positionOf } from './core/catch-up.ts';
import {
  countDeliveries,
  deliveryOf,
  deliveryServices,
  deliveryStates,
  listDeliveries,
  replayDelivery,
} from './core/notifications/ledger.ts';
import type { SettingInForce } from './config.ts';
import type { Surroundings } from './dialects/dialect.ts';
import { describeAsProtected, memberOf, Nullable, requireMember } from './dialects/fastapi.ts';
import { peopleOperations, readAccount } from './operations-people.ts';
import {
  Changes,
  DeliveryDetail,
  DeliveryLine,
  DeliveryPath,
  describeProcess,
  Figures,
  presentChange,
  presentDelivery,
  presentDetail,
  presentLatency,
  presentSetting,
  SettingLine,
  Trimmed,
} from './operations-shapes.ts';

/** What one process counts of itself. */
export interface Counted {
  /** Open connections by dialect. */
  connections: Readonly<Record<string, number>>;
  frames: { delivered: number; slowCut: number; filledFromLog: number; missingFromLog: number };
  commands: readonly CommandLatency[];
  jobs: readonly { name: string; waiting: number; active: number; failed: number }[];
}

export interface Operations {
  version: string;
  settings: readonly { group: string; settings: readonly SettingInForce[] }[];
  count(): Promise<Counted>;
}

/** Adds the routes; each is for superusers only, which is asked at every use. */
export async function serveOperations(
  scope: FastifyInstance,
  around: Surroundings & { operations: Operations },
): Promise<void> {
  const { messenger, ids, operations } = around;
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  describeAsProtected(scope);
  scope.addHook(
    'onRequest',
    requireMember((token) => messenger.authenticate(token)),
  );
  peopleOperations(scope, around);

  app.get(
    '/operations/deliveries',
    {
      schema: {
        operationId: 'deliveries',
        summary: 'What was sent to devices, phones, mailboxes and the webhook, the newest first',
        querystring: Type.Object({
          service: Type.Optional(Type.Enum([...deliveryServices])),
          state: Type.Optional(Type.Enum([...deliveryStates])),
          account: Type.Optional(Type.String({ description: 'A UUID, or an integer' })),
          limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
          before: Type.Optional(DeliveryPath.properties.id),
        }),
        response: { 200: Type.Object({ deliveries: Type.Array(DeliveryLine), next: Nullable(Type.Integer()) }) },
      },
    },
    async (request) => {
      const { account: text, limit, ...filters } = request.query;
      const member = memberOf(request);
      await messenger.ask(member, mayAdminister, {});
      const wanted = { ...filters, ...(text !== undefined && { account: readAccount(ids, text) }) };
      const found = await messenger.ask(member, listDeliveries, { ...wanted, limit: limit + 1 });
      const deliveries = found.slice(0, limit);
      return {
        deliveries: deliveries.map((one) => presentDelivery(ids, one)),
        next: found.length > limit ? deliveries.at(-1)!.id : null,
      };
    },
  );

  app.get(
    '/operations/deliveries/:id',
    {
      schema: {
        operationId: 'delivery',
        summary: 'One of them, with every attempt',
        params: DeliveryPath,
        response: { 200: DeliveryDetail },
      },
    },
    async (request) => presentDetail(ids, await messenger.ask(memberOf(request), deliveryOf, request.params)),
  );

  app.post(
    '/operations/deliveries/:id/replay',
    {
      schema: {
        operationId: 'replayDelivery',
        summary: 'Attempt it once more, under the same id',
        params: DeliveryPath,
        response: { 200: DeliveryDetail },
      },
    },
    async (request) => {
      const member = memberOf(request);
      await messenger.execute(member, replayDelivery, request.params);
      return presentDetail(ids, await messenger.ask(member, deliveryOf, request.params));
    },
  );

  app.get(
    '/operations/settings',
    {
      schema: {
        operationId: 'settings',
        summary: 'The settings in force; of a secret only whether it is set',
        response: {
          200: Type.Object({
            groups: Type.Array(Type.Object({ name: Type.String(), settings: Type.Array(SettingLine) })),
          }),
        },
      },
    },
    async (request) => {
      await messenger.ask(memberOf(request), mayAdminister, {});
      return {
        groups: operations.settings.map(({ group, settings }) => ({
          name: group,
          settings: settings.map(presentSetting),
        })),
      };
    },
  );

  app.get(
    '/operations/figures',
    {
      schema: {
        operationId: 'figures',
        summary: 'How the process that answers is doing',
        response: { 200: Figures },
      },
    },
    async (request) => {
      const deliveries = await messenger.ask(memberOf(request), countDeliveries, {});
      const { connections, frames, commands, jobs } = await operations.count();
      const sends = commands.find(({ name }) => name === 'sendMessage');
      const done = ({ count, refused, failed }: Latency) => count - refused - failed;
      return {
        process: describeProcess(operations.version),
        connections: { ...connections },
        frames: {
          delivered: frames.delivered,
          slow_cut: frames.slowCut,
          filled_from_log: frames.filledFromLog,
          missing_from_log: frames.missingFromLog,
        },
        sends: { since_start: sends ? done(sends.sinceStart) : 0, last_minute: sends ? done(sends.lastMinute) : 0 },
        commands: commands.map(({ name, sinceStart, lastMinute }) => ({
          name,
          since_start: presentLatency(sinceStart),
          last_minute: presentLatency(lastMinute),
        })),
        deliveries,
        jobs: [...jobs],
      };
    },
  );

  app.get(
    '/operations/accounts/:id/changes',
    {
      schema: {
        operationId: 'accountChanges',
        summary: 'What happened to an account, in the order of the log: kinds, ids and times',
        params: Type.Object({ id: Type.String({ description: 'A UUID, or an integer' }) }),
        querystring: Type.Object({
          cursor: Type.Optional(Type.String({ description: 'Where the answer before ended; none: the oldest' })),
          limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
        }),
        response: { 200: Changes, 410: Trimmed },
      },
    },
    async (request, reply) => {
      const { cursor, limit } = request.query;
      const member = memberOf(request);
      await messenger.ask(member, mayAdminister, {});
      const account = readAccount(ids, request.params.id);
      const after = cursor === undefined ? null : positionOf(cursor);
      const { trimmed, changes, position, more } = await messenger.ask(member, changesOf, { account, after, limit });
      if (trimmed) {
        const detail = 'The log does not reach back to this cursor.';
        return reply.code(410).send({ detail, message: detail, cursor: cursorOf(position) });
      }
      return { changes: changes.map((one) => presentChange(ids, one)), cursor: cursorOf(position), more };
    },
  );
}
