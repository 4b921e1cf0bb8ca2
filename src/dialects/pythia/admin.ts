// /api/v1/admin: what moderators do (contract, section 8; optional, and never called by the client).

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Member } from '../../core/context.ts';
import { DomainError } from '../../core/errors.ts';
import { actionTypes, targetTypes } from '../../core/moderation/actions.ts';
import { banAccount, readmitAccount, suspendAccount } from '../../core/moderation/bans.ts';
import { listActions, overview, rankedPeople, rankedPerson } from '../../core/moderation/overview.ts';
import { assignRank, holdRank, ranks, removeRank } from '../../core/moderation/ranks.ts';
import { removeMessage } from '../../core/moderation/removal.ts';
import { memberOf, Nullable } from '../fastapi.ts';
import type { Kit } from './kit.ts';
import { ack } from './presenters.ts';
import { Ack, Action, BulkResult, Dashboard, RankedUser } from './schemas.ts';

const UserId = Type.Object({ user_id: Type.String() });
const reason = Type.Optional(Nullable(Type.String({ maxLength: 1000 })));
/** At most a century, beyond which no calendar of ours goes. */
const hours = Type.Number({ exclusiveMinimum: 0, maximum: 876_000 });
const standardSuspension = 24;

const recentActions = 10;
const bulkActions = ['BAN_USER', 'UNBAN_USER', 'SUSPEND_USER', 'UNSUSPEND_USER', 'DELETE_MESSAGE'] as const;

export function adminRoutes(parent: FastifyInstance, kit: Kit): void {
  parent.register(async (scope) => {
    // Who may not is told nothing of what is wrong with the request.
    scope.addHook('preValidation', async (request: FastifyRequest) => {
      const { method, routeOptions } = request;
      const forChannelsToo = method !== 'GET' && /messages|roles/.test(routeOptions.url ?? '');
      await kit.messenger.ask(memberOf(request), holdRank, { least: forChannelsToo ? 'MEMBER' : 'MODERATOR' });
    });
    peopleRoutes(scope, kit);
    rankRoutes(scope, kit);
    recordRoutes(scope, kit);
  });
}

function peopleRoutes(scope: FastifyInstance, { messenger, present, read }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/api/v1/admin/users',
    {
      schema: {
        operationId: 'pythiaAdminUsers',
        summary: 'People with their roles, a page at a time',
        querystring: Type.Object({
          page: Type.Integer({ minimum: 1, maximum: 1_000_000_000, default: 1 }),
          limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
          status: Type.Optional(Type.Enum(['ACTIVE', 'SUSPENDED', 'BANNED'])),
          search: Type.Optional(Type.String({ maxLength: 255 })),
        }),
        response: { 200: Type.Array(RankedUser) },
      },
    },
    async (request) => {
      const { page, limit, status, search } = request.query;
      const found = await messenger.ask(memberOf(request), rankedPeople, {
        limit,
        offset: (page - 1) * limit,
        ...(status && { standing: status }),
        ...(search && { text: search }),
      });
      return found.map(present.rankedUser);
    },
  );

  app.get(
    '/api/v1/admin/users/:user_id',
    {
      schema: {
        operationId: 'pythiaAdminUser',
        summary: 'One person with their roles',
        params: UserId,
        response: { 200: RankedUser },
      },
    },
    async (request) => {
      const id = read.account(request.params.user_id);
      return present.rankedUser(await messenger.ask(memberOf(request), rankedPerson, { id }));
    },
  );

  app.post(
    '/api/v1/admin/users/:user_id/ban',
    {
      schema: {
        operationId: 'pythiaBanUser',
        summary: 'Keep somebody out: every session ends, in every product',
        params: UserId,
        body: Type.Object({ reason, duration_hours: Type.Optional(Nullable(hours)) }),
        response: { 200: Ack },
      },
    },
    async (request) => {
      const { reason: why = null, duration_hours = null } = request.body;
      const ban = { accountId: read.account(request.params.user_id), reason: why, hours: duration_hours };
      await messenger.execute(memberOf(request), banAccount, ban);
      return ack('User banned');
    },
  );

  app.post(
    '/api/v1/admin/users/:user_id/suspend',
    {
      schema: {
        operationId: 'pythiaSuspendUser',
        summary: 'Keep somebody out for a time',
        params: UserId,
        body: Type.Object({ reason, duration_hours: Type.Optional(hours) }),
        response: { 200: Ack },
      },
    },
    async (request) => {
      const { reason: why = null, duration_hours = standardSuspension } = request.body;
      const suspension = { accountId: read.account(request.params.user_id), reason: why, hours: duration_hours };
      await messenger.execute(memberOf(request), suspendAccount, suspension);
      return ack('User suspended');
    },
  );

  app.post(
    '/api/v1/admin/users/:user_id/unban',
    {
      schema: {
        operationId: 'pythiaUnbanUser',
        summary: 'Let somebody in again who was banned or suspended',
        params: UserId,
        body: Type.Object({ reason }),
        response: { 200: Ack },
      },
    },
    async (request) => {
      const accountId = read.account(request.params.user_id);
      const { reason: why = null } = request.body;
      await messenger.execute(memberOf(request), readmitAccount, { accountId, reason: why });
      return ack('User unbanned');
    },
  );
}

function rankRoutes(scope: FastifyInstance, { messenger, read }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  for (const method of ['POST', 'DELETE'] as const) {
    app.route({
      method,
      url: '/api/v1/admin/users/:user_id/roles',
      schema: {
        operationId: method === 'POST' ? 'pythiaAssignRole' : 'pythiaRemoveRole',
        summary: method === 'POST' ? 'Give a role, everywhere or in one channel' : 'Take a role away',
        params: UserId,
        body: Type.Object({
          role: Type.Enum([...ranks]),
          channel_id: Type.Optional(Nullable(Type.String({ maxLength: 64 }))),
          reason,
        }),
        response: { 200: Ack },
      },
      handler: async (request) => {
        const { role, channel_id, reason: why = null } = request.body;
        const change = {
          accountId: read.account(request.params.user_id),
          rank: role,
          conversationId: channel_id ? read.conversation(channel_id) : null,
          reason: why,
        };
        const command = method === 'POST' ? assignRank : removeRank;
        await messenger.execute(memberOf(request), command, change);
        return ack(method === 'POST' ? 'Role assigned' : 'Role removed');
      },
    });
  }
}

function recordRoutes(scope: FastifyInstance, kit: Kit): void {
  const { messenger, present, read } = kit;
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/api/v1/admin/dashboard',
    {
      schema: {
        operationId: 'pythiaDashboard',
        summary: 'How much there is of everything',
        response: { 200: Dashboard },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const figures = await messenger.ask(member, overview, {});
      const actions = await messenger.ask(member, listActions, { limit: recentActions });
      return {
        total_users: figures.people,
        active_users: figures.active,
        suspended_users: figures.suspended,
        banned_users: figures.banned,
        total_channels: figures.channels,
        total_messages: figures.messages,
        recent_actions: actions.map(present.action),
      };
    },
  );

  app.get(
    '/api/v1/admin/actions',
    {
      schema: {
        operationId: 'pythiaActions',
        summary: 'What moderators did, newest first',
        querystring: Type.Object({
          limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
          action_type: Type.Optional(Type.Enum([...actionTypes])),
          target_type: Type.Optional(Type.Enum([...targetTypes])),
          admin_id: Type.Optional(Type.String({ maxLength: 64 })),
        }),
        response: { 200: Type.Array(Action) },
      },
    },
    async (request) => {
      const { limit, action_type, target_type, admin_id } = request.query;
      const found = await messenger.ask(memberOf(request), listActions, {
        limit,
        ...(action_type && { type: action_type }),
        ...(target_type && { targetType: target_type }),
        ...(admin_id && { admin: read.account(admin_id) }),
      });
      return found.map(present.action);
    },
  );

  app.delete(
    '/api/v1/admin/messages/:message_id',
    {
      schema: {
        operationId: 'pythiaAdminDeleteMessage',
        summary: 'Delete somebody’s message for everyone',
        params: Type.Object({ message_id: Type.String() }),
        querystring: Type.Object({ reason: Type.Optional(Type.String({ maxLength: 1000 })) }),
        response: { 200: Ack },
      },
    },
    async (request) => {
      const messageId = read.message(request.params.message_id);
      await messenger.execute(memberOf(request), removeMessage, { messageId, reason: request.query.reason ?? null });
      return ack('Message deleted');
    },
  );

  app.post(
    '/api/v1/admin/bulk-actions',
    {
      schema: {
        operationId: 'pythiaBulkActions',
        summary: 'The same to many, each for itself',
        body: Type.Object({
          action_type: Type.Enum([...bulkActions]),
          target_ids: Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 100, uniqueItems: true }),
          reason,
          duration_hours: Type.Optional(Nullable(hours)),
        }),
        response: { 200: BulkResult },
      },
    },
    async (request) => {
      const { action_type, target_ids, reason: why = null, duration_hours = null } = request.body;
      const member = memberOf(request);
      const succeeded: string[] = [];
      const failed: { id: string; detail: string }[] = [];
      for (const id of target_ids) {
        try {
          await actOn(kit, member, action_type, id, { reason: why, hours: duration_hours });
          succeeded.push(id);
        } catch (error) {
          if (!(error instanceof DomainError)) throw error;
          failed.push({ id, detail: error.message });
        }
      }
      return { message: `${succeeded.length} done, ${failed.length} refused`, succeeded, failed };
    },
  );
}

async function actOn(
  { messenger, read }: Kit,
  member: Member,
  action: (typeof bulkActions)[number],
  id: string,
  how: { reason: string | null; hours: number | null },
): Promise<void> {
  const { reason: why, hours: duration } = how;
  switch (action) {
    case 'DELETE_MESSAGE':
      return messenger.execute(member, removeMessage, { messageId: read.message(id), reason: why });
    case 'BAN_USER':
      return messenger.execute(member, banAccount, { accountId: read.account(id), ...how });
    case 'SUSPEND_USER':
      return messenger.execute(member, suspendAccount, {
        accountId: read.account(id),
        reason: why,
        hours: duration ?? standardSuspension,
      });
    case 'UNBAN_USER':
    case 'UNSUSPEND_USER':
      return messenger.execute(member, readmitAccount, { accountId: read.account(id), reason: why });
  }
}
