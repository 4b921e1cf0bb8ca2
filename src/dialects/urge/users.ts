// /api/users: finding people (contract, section 6).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { listPeople, people, person, presenceOf } from '../../core/accounts/people.ts';
import type { AccountId } from '../../core/ids.ts';
import type { Surroundings } from '../dialect.ts';
import { memberOf, Nullable } from '../fastapi.ts';
import { clamp, pageOf, type Ids } from './manners.ts';
import { time, type Presenters } from './presenters.ts';
import { User, UserPage } from './schemas.ts';

const Id = Type.Object({ id: Type.String() });

export function userRoutes(scope: FastifyInstance, around: Surroundings, present: Presenters, read: Ids): void {
  const { messenger, ids } = around;
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/api/users',
    {
      schema: {
        operationId: 'urgeUsers',
        summary: 'Everyone else',
        querystring: pageOf(50),
        response: { 200: UserPage },
      },
    },
    async (request) => {
      const { offset } = request.query;
      const limit = clamp(request.query.limit);
      const page = await messenger.ask(memberOf(request), listPeople, { limit, offset });
      return { users: page.people.map(present.user), total: page.total, limit, offset };
    },
  );

  app.get(
    '/api/users/search',
    {
      schema: {
        operationId: 'urgeSearchUsers',
        summary: 'Find people by name or phone',
        querystring: Type.Object({ q: Type.String({ minLength: 1, maxLength: 200 }), ...pageOf(20).properties }),
        response: { 200: UserPage },
      },
    },
    async (request) => {
      const { q, offset } = request.query;
      const limit = clamp(request.query.limit);
      const page = await messenger.ask(memberOf(request), listPeople, { text: q, limit, offset });
      return { users: page.people.map(present.user), total: page.total, limit, offset };
    },
  );

  app.post(
    '/api/users/batch',
    {
      schema: {
        operationId: 'urgeUsersById',
        summary: 'Several people by id; unknown ids are skipped',
        body: Type.Object({ user_ids: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 1000 }) }),
        response: { 200: Type.Object({ users: Type.Array(User) }) },
      },
    },
    async (request) => {
      const known = request.body.user_ids.flatMap((id) => ids.fromUuid('account', id) ?? []);
      const found = await messenger.ask(memberOf(request), people, { ids: known as AccountId[] });
      return { users: found.map(present.user) };
    },
  );

  app.get(
    '/api/users/:id',
    { schema: { operationId: 'urgeUser', summary: 'One person', params: Id, response: { 200: User } } },
    async (request) => {
      const id = read.account(request.params.id);
      return present.user(await messenger.ask(memberOf(request), person, { id }));
    },
  );

  app.get(
    '/api/users/:id/status',
    {
      schema: {
        operationId: 'urgeUserStatus',
        summary: 'Whether somebody is online',
        params: Id,
        response: {
          200: Type.Object({
            user_id: Type.String(),
            is_online: Type.Boolean(),
            last_seen: Nullable(Type.String({ format: 'date-time' })),
          }),
        },
      },
    },
    async (request) => {
      const id = read.account(request.params.id);
      const presence = await messenger.ask(memberOf(request), presenceOf, { id });
      return { user_id: ids.toUuid('account', id), is_online: presence.isOnline, last_seen: time(presence.lastSeenAt) };
    },
  );
}
