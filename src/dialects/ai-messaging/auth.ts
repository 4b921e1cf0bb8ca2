// /auth: signing up, in and out, and one's own account (contract, sections 5 and 6).

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ownDetails } from '../../core/accounts/details.ts';
import { signOutEverywhere, spendRefreshToken } from '../../core/accounts/own-sessions.ts';
import { changeProfile, type ProfileChange } from '../../core/accounts/people.ts';
import { rotateRefresh, signOut, type SignedIn } from '../../core/accounts/sessions.ts';
import { changePassword, signInByUsername } from '../../core/accounts/sign-in.ts';
import { signUp } from '../../core/accounts/sign-up.ts';
import type { Member } from '../../core/context.ts';
import type { Surroundings } from '../dialect.ts';
import { guestOf, limitBy, memberOf, Nullable } from '../fastapi.ts';
import { readEmail, readPhone, requireBody } from './manners.ts';
import { ack, presentToken, presentUser } from './presenters.ts';
import { Ack, AuthResponse, Registered, Token, User } from './schemas.ts';

const username = Type.String({ minLength: 1, maxLength: 100 });
const password = Type.String({ minLength: 1 });
const fullName = Type.String({ maxLength: 255 });
const phone = Type.String({ maxLength: 20 });
const refreshToken = Type.String({ maxLength: 4096 });

/** What a new account is made of, by its owner or by a superuser. */
export const NewUser = Type.Object({
  username,
  email: Type.String({ maxLength: 255 }),
  password,
  full_name: Type.Optional(Nullable(fullName)),
  phone_number: Type.Optional(Nullable(phone)),
});

export function authRoutes(scope: FastifyInstance, { messenger }: Surroundings): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const guest = (request: FastifyRequest) => guestOf(request, 'ai-messaging');
  const answer = async (signedIn: SignedIn): Promise<AuthResponse> => {
    // As whoever brings the token, who is here from now on.
    const member = await messenger.authenticate(signedIn.accessToken);
    return { ...presentToken(signedIn), user: presentUser(await messenger.ask(member, ownDetails, {})) };
  };
  const signingIn = limitBy(
    scope,
    { name: 'ai-sign-in', max: 30, seconds: 60, by: (request) => `${request.ip} ${usernameIn(request)}` },
    { name: 'ai-sign-in-address', max: 300, seconds: 60, by: (request) => request.ip },
  );

  app.post(
    '/auth/register',
    {
      preHandler: signingIn,
      schema: {
        operationId: 'aiRegister',
        summary: 'Sign up, and be signed in',
        body: NewUser,
        response: { 201: Registered },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const signedIn = await messenger.execute(guest(request), signUp, {
        username: body.username,
        email: readEmail(body.email),
        password: body.password,
        displayName: body.full_name ?? null,
        phone: readPhone(body.phone_number ?? ''),
      });
      const answered = await answer(signedIn);
      return reply.code(201).send({ ...answered.user, ...answered });
    },
  );

  app.post(
    '/auth/login',
    {
      preHandler: signingIn,
      schema: {
        operationId: 'aiLogin',
        summary: 'Sign in by username and password',
        body: Type.Object({ username: Type.String(), password: Type.String() }),
        response: { 200: AuthResponse },
      },
    },
    async (request) => answer(await messenger.execute(guest(request), signInByUsername, request.body)),
  );

  app.post(
    '/auth/refresh',
    {
      schema: {
        operationId: 'aiRefresh',
        summary: 'A new pair of tokens for a refresh token, which works once',
        body: Type.Object({ refresh_token: refreshToken }),
        response: { 200: Token },
      },
    },
    async (request) => {
      const given = { refreshToken: request.body.refresh_token };
      return presentToken(await messenger.execute(guest(request), rotateRefresh, given));
    },
  );
}

/** Those of /auth that are about the caller. */
export function ownAccountRoutes(scope: FastifyInstance, { messenger }: Surroundings): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const me = async (member: Member) => presentUser(await messenger.ask(member, ownDetails, {}));

  app.post(
    '/auth/logout',
    {
      schema: {
        operationId: 'aiLogout',
        summary: 'End this session; a refresh token sent along is used up',
        body: Nullable(Type.Object({ refresh_token: refreshToken })),
        response: { 200: Ack },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const spent = request.body?.refresh_token;
      if (spent !== undefined) await messenger.execute(member, spendRefreshToken, { refreshToken: spent });
      await messenger.execute(member, signOut, {});
      return ack('Successfully logged out');
    },
  );

  app.post(
    '/auth/logout-all',
    {
      schema: { operationId: 'aiLogoutAll', summary: 'End all my sessions', response: { 200: Ack } },
    },
    async (request) => {
      await messenger.execute(memberOf(request), signOutEverywhere, {});
      return ack('Successfully logged out from all devices');
    },
  );

  app.get(
    '/auth/me',
    { schema: { operationId: 'aiMe', summary: 'Who I am', response: { 200: User } } },
    async (request) => me(memberOf(request)),
  );

  app.put(
    '/auth/me',
    {
      preValidation: requireBody,
      schema: {
        operationId: 'aiChangeMe',
        summary: 'Change what is told of me; what is absent or null stays',
        body: Type.Object({
          full_name: Type.Optional(Nullable(fullName)),
          bio: Type.Optional(Nullable(Type.String())),
          phone_number: Type.Optional(Nullable(phone)),
        }),
        response: { 200: User },
      },
    },
    async (request) => {
      const { full_name, bio, phone_number } = request.body;
      const member = memberOf(request);
      const change: ProfileChange = {
        ...(typeof full_name === 'string' && { displayName: full_name }),
        ...(typeof bio === 'string' && { bio }),
        ...(typeof phone_number === 'string' && { phone: readPhone(phone_number) }),
      };
      await messenger.execute(member, changeProfile, change);
      return me(member);
    },
  );

  app.put(
    '/auth/me/phone',
    {
      schema: {
        operationId: 'aiChangeMyPhone',
        summary: 'Change my phone number; an empty one is none',
        body: Type.Object({ phone_number: phone }),
        response: { 200: User },
      },
    },
    async (request) => {
      const member = memberOf(request);
      await messenger.execute(member, changeProfile, { phone: readPhone(request.body.phone_number) });
      return me(member);
    },
  );

  app.put(
    '/auth/me/password',
    {
      schema: {
        operationId: 'aiChangeMyPassword',
        summary: 'Change my password; ends all my sessions but this one',
        body: Type.Object({ current_password: Type.String(), new_password: password }),
        response: { 200: Ack },
      },
    },
    async (request) => {
      const { current_password: current, new_password: next } = request.body;
      await messenger.execute(memberOf(request), changePassword, { current, next });
      return ack('Password updated successfully');
    },
  );
}

function usernameIn(request: FastifyRequest): string {
  return (request.body as { username: string }).username.toLowerCase();
}
