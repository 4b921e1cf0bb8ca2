// /auth/users and /auth/roles: what superusers do with accounts (contract, sections 7 and 8).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { createAccount, setDisabled, setSuperuser } from '../../core/accounts/administer.ts';
import { deleteAccount } from '../../core/accounts/delete.ts';
import { accountDetails, listAccounts } from '../../core/accounts/details.ts';
import { assignRoles, createRole, deleteRole, listRoles, rolesOf } from '../../core/accounts/roles.ts';
import type { AccountId, RoleId } from '../../core/ids.ts';
import type { Surroundings } from '../dialect.ts';
import { memberOf, Nullable } from '../fastapi.ts';
import { NewUser } from './auth.ts';
import { readEmail, readPhone } from './manners.ts';
import { ack, presentRole, presentUser } from './presenters.ts';
import { Ack, Id, id, page, pageOf, Role, User } from './schemas.ts';
import { readUuids } from './uuids.ts';

export function userRoutes(scope: FastifyInstance, { messenger, ids }: Surroundings): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/auth/users',
    {
      schema: {
        operationId: 'aiUsers',
        summary: 'Everybody, by id',
        querystring: Type.Object(page),
        response: { 200: Type.Array(User) },
      },
    },
    async (request) => {
      const accounts = await messenger.ask(memberOf(request), listAccounts, pageOf(request.query));
      return accounts.map(presentUser);
    },
  );

  app.get(
    '/auth/users/:id',
    {
      preValidation: readUuids(ids, { id: 'account' }),
      schema: {
        operationId: 'aiUser',
        summary: 'One of them, by its UUID too',
        params: Id,
        response: { 200: User },
      },
    },
    async (request) => {
      const account = { id: request.params.id as AccountId };
      return presentUser(await messenger.ask(memberOf(request), accountDetails, account));
    },
  );

  app.post(
    '/auth/users',
    {
      schema: {
        operationId: 'aiCreateUser',
        summary: 'Make an account',
        body: NewUser,
        response: { 201: User },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const member = memberOf(request);
      const account = {
        username: body.username,
        email: readEmail(body.email),
        password: body.password,
        displayName: body.full_name ?? null,
        phone: readPhone(body.phone_number ?? ''),
        isSuperuser: false,
      };
      const made = await messenger.execute(member, createAccount, account);
      return reply.code(201).send(presentUser(await messenger.ask(member, accountDetails, made)));
    },
  );

  app.delete(
    '/auth/users/:id',
    {
      schema: {
        operationId: 'aiDeleteUser',
        summary: 'Delete an account; its messages stay',
        params: Id,
        response: { 200: Ack },
      },
    },
    async (request) => {
      await messenger.execute(memberOf(request), deleteAccount, { id: request.params.id as AccountId });
      return ack('User deleted successfully');
    },
  );

  for (const on of [true, false]) {
    const verb = on ? 'disable' : 'enable';
    app.put(
      `/auth/users/:id/${verb}`,
      {
        schema: {
          operationId: on ? 'aiDisableUser' : 'aiEnableUser',
          summary: on ? 'Let an account in no longer' : 'Let it in again',
          params: Id,
          response: { 200: Ack },
        },
      },
      async (request) => {
        // A path that is put together tells no types.
        const { id: account } = request.params as { id: AccountId };
        await messenger.execute(memberOf(request), setDisabled, { id: account, on });
        return ack(`User ${verb}d successfully`);
      },
    );
  }

  app.put(
    '/auth/users/:id/superuser',
    {
      schema: {
        operationId: 'aiSetSuperuser',
        summary: 'Make a superuser, or no longer; without a value, the other way round',
        params: Id,
        querystring: Type.Object({ is_superuser: Type.Optional(Type.Boolean()) }),
        body: Nullable(Type.Object({ is_superuser: Type.Optional(Nullable(Type.Boolean())) })),
        response: { 200: Ack },
      },
    },
    async (request) => {
      const on = request.body?.is_superuser ?? request.query.is_superuser ?? 'toggle';
      await messenger.execute(memberOf(request), setSuperuser, { id: request.params.id as AccountId, on });
      return ack('Superuser status updated successfully');
    },
  );

  app.put(
    '/auth/users/:id/roles',
    {
      schema: {
        operationId: 'aiAssignRoles',
        summary: 'Give an account exactly these roles',
        params: Id,
        body: Type.Object({ role_ids: Type.Array(id, { maxItems: 1000 }) }),
        response: { 200: Ack },
      },
    },
    async (request) => {
      const roles = request.body.role_ids as RoleId[];
      await messenger.execute(memberOf(request), assignRoles, { account: request.params.id as AccountId, roles });
      return ack('Roles assigned successfully');
    },
  );

  app.get(
    '/auth/users/:id/roles',
    {
      schema: {
        operationId: 'aiRolesOfUser',
        summary: 'The roles of an account',
        params: Id,
        response: { 200: Type.Array(Role) },
      },
    },
    async (request) => {
      const roles = await messenger.ask(memberOf(request), rolesOf, { account: request.params.id as AccountId });
      return roles.map(presentRole);
    },
  );

  app.get(
    '/auth/roles',
    { schema: { operationId: 'aiRoles', summary: 'All roles', response: { 200: Type.Array(Role) } } },
    async (request) => (await messenger.ask(memberOf(request), listRoles, {})).map(presentRole),
  );

  app.post(
    '/auth/roles',
    {
      schema: {
        operationId: 'aiCreateRole',
        summary: 'Make a role',
        body: Type.Object({
          name: Type.String({ minLength: 1, maxLength: 100 }),
          description: Type.Optional(Nullable(Type.String({ maxLength: 255 }))),
        }),
        response: { 201: Role },
      },
    },
    async (request, reply) => {
      const { name, description = null } = request.body;
      const role = await messenger.execute(memberOf(request), createRole, { name, description });
      return reply.code(201).send(presentRole(role));
    },
  );

  app.delete(
    '/auth/roles/:id',
    {
      schema: {
        operationId: 'aiDeleteRole',
        summary: 'Take a role from everybody, and away',
        params: Id,
        response: { 200: Ack },
      },
    },
    async (request) => {
      await messenger.execute(memberOf(request), deleteRole, { id: request.params.id as RoleId });
      return ack('Role deleted successfully');
    },
  );
}
