// /api/v1/auth: registering, signing in, who one is (contract, 4.1 to 4.3).

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { directoryEntry } from '../../core/accounts/directory.ts';
import { register } from '../../core/accounts/registration.ts';
import type { SignedIn } from '../../core/accounts/sessions.ts';
import { signInByUsername } from '../../core/accounts/sign-in.ts';
import type { Member } from '../../core/context.ts';
import { guestOf, limitBy, memberOf, Nullable } from '../fastapi.ts';
import type { Kit } from './kit.ts';
import { AuthResponse, User } from './schemas.ts';

export const email = Type.String({ format: 'email', maxLength: 255 });
export const username = Type.String({ minLength: 1, maxLength: 255 });
export const avatar = Nullable(Type.String({ maxLength: 2048 }));
const password = Type.String({ minLength: 1, maxLength: 1000 });

export function authRoutes(scope: FastifyInstance, { messenger, present }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const guest = (request: FastifyRequest) => guestOf(request, 'pythia');

  const answer = async (signedIn: SignedIn): Promise<AuthResponse> => {
    const { accountId, sessionId } = signedIn;
    const member: Member = { kind: 'member', accountId, sessionId, dialect: 'pythia' };
    return present.signedIn(signedIn, await messenger.ask(member, directoryEntry, { id: accountId }));
  };

  // The client sends every refused call four times.
  const signingIn = limitBy(
    scope,
    { name: 'pythia-sign-in', max: 20, seconds: 60, by: (request) => `${request.ip} ${usernameIn(request)}` },
    { name: 'pythia-sign-in-address', max: 240, seconds: 60, by: (request) => request.ip },
  );

  app.post(
    '/api/v1/auth/register',
    {
      preHandler: signingIn,
      schema: {
        operationId: 'pythiaRegister',
        summary: 'Sign up; the first one gets the standard channels',
        body: Type.Object({ email, username, password, avatar: Type.Optional(avatar) }),
        response: { 200: AuthResponse },
      },
    },
    async (request) => {
      const { avatar: avatarUrl = null, ...given } = request.body;
      return answer(await messenger.execute(guest(request), register, { ...given, avatarUrl }));
    },
  );

  app.post(
    '/api/v1/auth/login',
    {
      preHandler: signingIn,
      schema: {
        operationId: 'pythiaLogin',
        summary: 'Sign in by username and password',
        body: Type.Object({ username, password }),
        response: { 200: AuthResponse },
      },
    },
    async (request) => answer(await messenger.execute(guest(request), signInByUsername, request.body)),
  );
}

export function ownAccountRoutes(scope: FastifyInstance, { messenger, present }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/api/v1/auth/me',
    { schema: { operationId: 'pythiaMe', summary: 'Who I am', response: { 200: User } } },
    async (request) => {
      const member = memberOf(request);
      return present.self(await messenger.ask(member, directoryEntry, { id: member.accountId }));
    },
  );
}

function usernameIn(request: FastifyRequest): string {
  return (request.body as { username: string }).username.toLowerCase();
}
