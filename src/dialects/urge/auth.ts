// /api/auth: signing up, in and out (contract, sections 5 and 15).

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { requestCode } from '../../core/accounts/codes.ts';
import { changeProfile, person } from '../../core/accounts/people.ts';
import { refreshAccess, signOut, type SignedIn } from '../../core/accounts/sessions.ts';
import {
  checkResetCode,
  resetPassword,
  signInByCode,
  signInByPassword,
  verifyPhone,
} from '../../core/accounts/sign-in.ts';
import { signUp } from '../../core/accounts/sign-up.ts';
import type { Member } from '../../core/context.ts';
import { DomainError } from '../../core/errors.ts';
import type { Surroundings } from '../dialect.ts';
import { bearer, guestOf, limitBy, memberOf, Nullable } from '../fastapi.ts';
import { readPhone } from './manners.ts';
import { success, type Presenters } from './presenters.ts';
import { AuthResponse, Success, User, VerifiedResponse } from './schemas.ts';

const phone = Type.String({ minLength: 1, maxLength: 64 });
const code = Type.String({ minLength: 4, maxLength: 10 });
const password = Type.String({ minLength: 8, maxLength: 100 });
const displayName = Type.String({ minLength: 1, maxLength: 100 });
const email = Type.String({ format: 'email', maxLength: 255 });

const Phone = Type.Object({ phone_number: phone });
const PhoneAndCode = Type.Object({ phone_number: phone, code });

export function authRoutes(scope: FastifyInstance, { messenger }: Surroundings, present: Presenters): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const guest = (request: FastifyRequest) => guestOf(request, 'urge');

  const answer = async (signedIn: SignedIn): Promise<AuthResponse> => {
    const member = memberFor(signedIn);
    return present.signedIn(signedIn, await messenger.ask(member, person, { id: signedIn.accountId }));
  };

  // Five sign-ins or sign-ups a minute for one number from one address, and generously many from one address.
  const signingIn = limitBy(
    scope,
    { name: 'urge-sign-in', max: 5, seconds: 60, by: (request) => `${request.ip} ${phoneIn(request)}` },
    { name: 'urge-sign-in-address', max: 120, seconds: 60, by: (request) => request.ip },
  );

  app.post(
    '/api/auth/register',
    {
      preHandler: signingIn,
      schema: {
        operationId: 'urgeRegister',
        summary: 'Sign up',
        body: Type.Object({
          phone_number: phone,
          display_name: Type.Optional(displayName),
          password: Type.Optional(Nullable(password)),
          email: Type.Optional(Nullable(email)),
        }),
        response: { 200: AuthResponse },
      },
    },
    async (request) => {
      const { body } = request;
      const number = readPhone(body.phone_number);
      const signedIn = await messenger.execute(guest(request), signUp, {
        phone: number,
        displayName: body.display_name ?? number,
        email: body.email ?? null,
        password: body.password ?? undefined,
      });
      return answer(signedIn);
    },
  );

  app.post(
    '/api/auth/login',
    {
      preHandler: signingIn,
      schema: {
        operationId: 'urgeLogin',
        summary: 'Sign in by code or by password',
        body: Type.Object({
          phone_number: phone,
          verification_code: Type.Optional(Nullable(Type.String({ maxLength: 64 }))),
          password: Type.Optional(Nullable(Type.String({ maxLength: 1000 }))),
        }),
        response: { 200: AuthResponse },
      },
    },
    async (request) => {
      const { body } = request;
      const number = readPhone(body.phone_number);
      if (body.verification_code) {
        const signedIn = messenger.execute(guest(request), signInByCode, {
          phone: number,
          code: body.verification_code,
        });
        return answer(await asUnauthenticated(signedIn));
      }
      if (!body.password) {
        throw new DomainError('invalid', 'no_credentials', 'A verification code or a password is required.');
      }
      return answer(
        await messenger.execute(guest(request), signInByPassword, { phone: number, password: body.password }),
      );
    },
  );

  for (const path of ['/api/auth/send-code', '/api/auth/send-verification']) {
    app.post(
      path,
      {
        schema: {
          operationId: path.endsWith('code') ? 'urgeSendCode' : 'urgeSendVerification',
          summary: 'Send a sign-in code to a phone',
          body: Phone,
          response: { 200: Success },
        },
      },
      async (request) => {
        const number = readPhone(request.body.phone_number);
        await messenger.execute(guest(request), requestCode, { phone: number, purpose: 'sign-in' });
        return success('Verification code sent.');
      },
    );
  }

  app.post(
    '/api/auth/verify-phone',
    {
      schema: {
        operationId: 'urgeVerifyPhone',
        summary: 'Verify a phone by its code; the code stays good for one login',
        body: PhoneAndCode,
        response: { 200: VerifiedResponse },
      },
    },
    async (request) => {
      // A token is not needed here. If a good one comes along, its session is the one that proves the phone, and stays.
      const token = bearer(request);
      const own = token === null ? undefined : await messenger.authenticate(token).catch(() => undefined);
      const signedIn = await messenger.execute(guest(request), verifyPhone, {
        phone: readPhone(request.body.phone_number),
        code: request.body.code,
        session: own?.sessionId,
      });
      return { ...success('Phone number verified.'), ...(await answer(signedIn)) };
    },
  );

  app.post(
    '/api/auth/forgot-password',
    {
      schema: {
        operationId: 'urgeForgotPassword',
        summary: 'Send a password-reset code',
        body: Phone,
        response: { 200: Success },
      },
    },
    async (request) => {
      const number = readPhone(request.body.phone_number);
      await messenger.execute(guest(request), requestCode, { phone: number, purpose: 'reset' });
      return success('If this number has an account, a reset code was sent.');
    },
  );

  app.post(
    '/api/auth/verify-reset-code',
    {
      schema: {
        operationId: 'urgeVerifyResetCode',
        summary: 'Check a password-reset code without using it up',
        body: PhoneAndCode,
        response: { 200: Success },
      },
    },
    async (request) => {
      const number = readPhone(request.body.phone_number);
      await messenger.execute(guest(request), checkResetCode, { phone: number, code: request.body.code });
      return success('The code is valid.');
    },
  );

  app.post(
    '/api/auth/reset-password',
    {
      schema: {
        operationId: 'urgeResetPassword',
        summary: 'Set a new password by a reset code; ends every session',
        body: Type.Object({ phone_number: phone, code, new_password: password }),
        response: { 200: Success },
      },
    },
    async (request) => {
      const { phone_number, code: given, new_password } = request.body;
      const reset = { phone: readPhone(phone_number), code: given, newPassword: new_password };
      await messenger.execute(guest(request), resetPassword, reset);
      return success('Password has been reset.');
    },
  );

  app.post(
    '/api/auth/refresh',
    {
      schema: {
        operationId: 'urgeRefresh',
        summary: 'A new access token; the refresh token stays as it is',
        body: Type.Object({ refresh_token: Type.String({ minLength: 1, maxLength: 4096 }) }),
        response: { 200: AuthResponse },
      },
    },
    async (request) => {
      const { refresh_token } = request.body;
      return answer(await messenger.execute(guest(request), refreshAccess, { refreshToken: refresh_token }));
    },
  );
}

/** Those of /api/auth that need a token. */
export function ownAccountRoutes(scope: FastifyInstance, { messenger }: Surroundings, present: Presenters): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const me = async (member: Member) => present.user(await messenger.ask(member, person, { id: member.accountId }));

  app.get(
    '/api/auth/me',
    { schema: { operationId: 'urgeMe', summary: 'Who I am', response: { 200: User } } },
    async (request) => me(memberOf(request)),
  );

  app.get(
    '/api/users/me',
    { schema: { operationId: 'urgeUsersMe', summary: 'Who I am', response: { 200: User } } },
    async (request) => me(memberOf(request)),
  );

  const link = Nullable(Type.String({ maxLength: 500 }));
  app.put(
    '/api/auth/profile',
    {
      schema: {
        operationId: 'urgeChangeProfile',
        summary: 'Change my profile: what is absent stays, null clears',
        body: Type.Object({
          display_name: Type.Optional(Nullable(displayName)),
          email: Type.Optional(Nullable(email)),
          bio: Type.Optional(Nullable(Type.String({ maxLength: 2000 }))),
          avatar_url: Type.Optional(Nullable(Type.String({ maxLength: 2048 }))),
          avatar: Type.Optional(Nullable(Type.String({ maxLength: 2048 }))),
          social_links: Type.Optional(
            Nullable(
              Type.Object({
                instagram: Type.Optional(link),
                twitter: Type.Optional(link),
                linkedin: Type.Optional(link),
                tiktok: Type.Optional(link),
                youtube: Type.Optional(link),
                facebook: Type.Optional(link),
              }),
            ),
          ),
        }),
        response: { 200: Type.Object({ success: Type.Boolean(), message: Type.String(), data: User }) },
      },
    },
    async (request) => {
      const { display_name, email: address, bio, avatar_url, avatar, social_links } = request.body;
      const picture = avatar_url === undefined ? avatar : avatar_url;
      const member = memberOf(request);
      await messenger.execute(member, changeProfile, {
        ...(display_name !== undefined && { displayName: display_name }),
        ...(address !== undefined && { email: address }),
        ...(bio !== undefined && { bio }),
        ...(picture !== undefined && { avatarUrl: picture }),
        ...(social_links !== undefined && { socialLinks: social_links }),
      });
      return { ...success('Profile updated.'), data: await me(member) };
    },
  );

  app.post(
    '/api/auth/logout',
    { schema: { operationId: 'urgeLogout', summary: 'End this session', response: { 200: Success } } },
    async (request) => {
      await messenger.execute(memberOf(request), signOut, {});
      return success('Logged out.');
    },
  );
}

function memberFor({ accountId, sessionId }: SignedIn): Member {
  return { kind: 'member', accountId, sessionId, dialect: 'urge' };
}

function phoneIn(request: FastifyRequest): string {
  const { phone_number } = request.body as { phone_number: string };
  return phone_number.replace(/[^\d+]/g, '');
}

/** At login, an unknown number and a wrong code are one answer: 401. */
async function asUnauthenticated<T>(attempt: Promise<T>): Promise<T> {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof DomainError && (error.reason === 'wrong_code' || error.reason === 'no_such_account')) {
      throw new DomainError('unauthenticated', 'wrong_credentials', 'Invalid phone number or verification code.');
    }
    throw error;
  }
}
