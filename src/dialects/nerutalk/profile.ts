// One's own profile (contract, 6.1), and other people as they show themselves (10.2).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { changeProfile } from '../../core/accounts/people.ts';
import { ownProfile, profile, searchProfiles } from '../../core/accounts/profile.ts';
import type { Member } from '../../core/context.ts';
import { memberOf, Nullable } from '../fastapi.ts';
import { acknowledge } from './auth.ts';
import { UserPath } from './ids.ts';
import type { Kit } from './kit.ts';
import { Ack, statuses, User } from './schemas.ts';
import { readTime } from './times.ts';

const clearable = (maxLength: number) => Type.Optional(Nullable(Type.String({ maxLength })));
const Status = Type.Enum([...statuses]);

const ProfileChange = Type.Object({
  display_name: clearable(100),
  full_name: clearable(100),
  first_name: clearable(100),
  last_name: clearable(100),
  bio: clearable(500),
  phone_number: clearable(20),
  location: clearable(255),
  website: clearable(2048),
  date_of_birth: clearable(40),
  avatar_url: clearable(2048),
  status: Type.Optional(Status),
  status_message: clearable(500),
});

export function profileRoutes(scope: FastifyInstance, { messenger, present, read }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const me = async (member: Member) => present.user(await messenger.ask(member, ownProfile, {}));

  app.get(
    '/api/v1/profile',
    { schema: { operationId: 'neruProfile', summary: 'My profile', response: { 200: User } } },
    async (request) => me(memberOf(request)),
  );

  app.put(
    '/api/v1/profile',
    {
      schema: {
        operationId: 'neruChangeProfile',
        summary: 'Change what is given of my profile; an empty text clears',
        body: ProfileChange,
        response: { 200: User },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const { body } = request;
      const { date_of_birth: birth } = body;
      const displayName = body.display_name ?? body.full_name;
      await messenger.execute(member, changeProfile, {
        ...(displayName !== undefined && { displayName: displayName || null }),
        ...(body.first_name !== undefined && { firstName: body.first_name || null }),
        ...(body.last_name !== undefined && { lastName: body.last_name || null }),
        ...(body.bio !== undefined && { bio: body.bio || null }),
        ...(body.phone_number !== undefined && { phone: body.phone_number || null }),
        ...(body.location !== undefined && { location: body.location || null }),
        ...(body.website !== undefined && { website: body.website || null }),
        ...(birth !== undefined && { dateOfBirth: birth ? readTime(birth, ['body', 'date_of_birth']) : null }),
        ...(body.avatar_url !== undefined && { avatarUrl: body.avatar_url || null }),
        ...(body.status !== undefined && { status: body.status }),
        ...(body.status_message !== undefined && { statusMessage: body.status_message || null }),
      });
      return me(member);
    },
  );

  app.put(
    '/api/v1/profile/status',
    {
      schema: {
        operationId: 'neruChangeStatus',
        summary: 'Say what I do',
        body: Type.Object({ status: Status, status_message: clearable(500) }),
        response: { 200: Ack },
      },
    },
    async (request) => {
      const { status, status_message: message } = request.body;
      await messenger.execute(memberOf(request), changeProfile, {
        status,
        ...(message !== undefined && { statusMessage: message || null }),
      });
      return acknowledge(request, 'profile_updated');
    },
  );

  app.get(
    '/api/v1/users/search',
    {
      schema: {
        operationId: 'neruSearchUsers',
        summary: 'People by name, username or whole e-mail address',
        querystring: Type.Object({
          q: Type.String({ minLength: 1, maxLength: 255 }),
          limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
        }),
        response: { 200: Type.Array(User) },
      },
    },
    async (request) => {
      const { q: text, limit } = request.query;
      return (await messenger.ask(memberOf(request), searchProfiles, { text, limit })).map(present.user);
    },
  );

  for (const [operationId, path] of [
    ['neruUserProfile', '/api/v1/users/:user_id/profile'],
    ['neruUser', '/api/v1/auth/user/:user_id'],
  ] as const) {
    app.get(
      path,
      { schema: { operationId, summary: 'One person', params: UserPath, response: { 200: User } } },
      async (request) => {
        const id = read.account(request.params.user_id, ['path', 'user_id']);
        return present.user(await messenger.ask(memberOf(request), profile, { id }));
      },
    );
  }
}
