// /api/v1/users: everybody (contract, 4.4 to 4.7).

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { directory, directoryEntry } from '../../core/accounts/directory.ts';
import { changeProfile } from '../../core/accounts/people.ts';
import { DomainError } from '../../core/errors.ts';
import { memberOf } from '../fastapi.ts';
import { avatar, email, username } from './auth.ts';
import type { Kit } from './kit.ts';
import { User } from './schemas.ts';

const mostFound = 10;

export function userRoutes(scope: FastifyInstance, { messenger, ids, present, read }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const UserId = Type.Object({ user_id: Type.String() });

  app.get(
    '/api/v1/users',
    { schema: { operationId: 'pythiaUsers', summary: 'Everybody, by username', response: { 200: Type.Array(User) } } },
    async (request) => (await messenger.ask(memberOf(request), directory, {})).map(present.user),
  );

  app.get(
    '/api/v1/users/search/:query',
    {
      schema: {
        operationId: 'pythiaSearchUsers',
        summary: 'People whose username or e-mail address holds a text',
        params: Type.Object({ query: Type.String() }),
        response: { 200: Type.Array(User) },
      },
    },
    async (request) => {
      const { query: text } = request.params;
      return (await messenger.ask(memberOf(request), directory, { text, limit: mostFound })).map(present.user);
    },
  );

  app.get(
    '/api/v1/users/:user_id',
    { schema: { operationId: 'pythiaUser', summary: 'One person', params: UserId, response: { 200: User } } },
    async (request) => {
      const id = read.account(request.params.user_id);
      return present.user(await messenger.ask(memberOf(request), directoryEntry, { id }));
    },
  );

  /** Whose profile it is comes before what is wrong with the change. */
  const ownOnly = async (request: FastifyRequest) => {
    const { user_id } = request.params as { user_id: string };
    if (ids.fromUuid('account', user_id) === memberOf(request).accountId) return;
    throw new DomainError('forbidden', 'not_own_account', 'You can only update your own profile');
  };

  app.put(
    '/api/v1/users/:user_id',
    {
      preValidation: ownOnly,
      schema: {
        operationId: 'pythiaChangeUser',
        summary: 'Change my profile: what is absent stays, a null avatar clears it',
        params: UserId,
        body: Type.Object({
          email: Type.Optional(email),
          username: Type.Optional(username),
          avatar: Type.Optional(avatar),
        }),
        response: { 200: User },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const { email: address, username: name, avatar: picture } = request.body;
      await messenger.execute(member, changeProfile, {
        ...(address !== undefined && { email: address }),
        ...(name !== undefined && { username: name }),
        ...(picture !== undefined && { avatarUrl: picture }),
      });
      return present.self(await messenger.ask(member, directoryEntry, { id: member.accountId }));
    },
  );
}
