// Registering, signing in and out, fresh tokens (contract, 6.1).

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ownProfile } from '../../core/accounts/profile.ts';
import { rotateRefresh, signOut, type SignedIn as Session } from '../../core/accounts/sessions.ts';
import { freeUsername, signInByName } from '../../core/accounts/sign-in-by-name.ts';
import { signUp, type SignUp } from '../../core/accounts/sign-up.ts';
import type { Guest } from '../../core/context.ts';
import { DomainError } from '../../core/errors.ts';
import { say, type TextKey } from '../../texts/index.ts';
import { guestOf, InvalidRequest, limitBy, memberOf, Nullable, valueError } from '../fastapi.ts';
import type { Kit } from './kit.ts';
import { languageOf } from './manners.ts';
import { Ack, Registered, SignedIn, TokenPair } from './schemas.ts';

/** The client may refresh twice at once (DECISIONS 7). */
const graceSeconds = 60;

const name = Type.Optional(Nullable(Type.String({ maxLength: 100 })));

const Registration = Type.Object({
  email: Type.String({ format: 'email', maxLength: 255 }),
  password: Type.String({ minLength: 8, maxLength: 100 }),
  confirm_password: Type.Optional(Nullable(Type.String({ maxLength: 1000 }))),
  username: Type.Optional(Nullable(Type.String({ minLength: 3, maxLength: 50, pattern: '^[A-Za-z0-9_]+$' }))),
  display_name: name,
  full_name: name,
  name,
  bio: Type.Optional(Nullable(Type.String({ maxLength: 500 }))),
  phone_number: Type.Optional(Nullable(Type.String({ maxLength: 20 }))),
});

/** In some language, to whoever asked. */
export function acknowledge(request: FastifyRequest, key: TextKey): { message: string } {
  return { message: say(languageOf(request), key) };
}

/** Throws InvalidRequest (422) unless the password is as strong as NeruTalk wants it. */
export function requireStrong(password: string, field: string): void {
  if (/[A-Z]/.test(password) && /[a-z]/.test(password) && /\d/.test(password)) return;
  throw new InvalidRequest(
    valueError(['body', field], 'the password needs an upper-case letter, a lower-case letter and a digit'),
  );
}

export function authRoutes(scope: FastifyInstance, { messenger, present }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const guest = (request: FastifyRequest) => guestOf(request, 'nerutalk');

  async function answer(request: FastifyRequest, signedIn: Session, key: TextKey) {
    // As whoever brings the token, who is here from now on.
    const member = await messenger.authenticate(signedIn.accessToken);
    const user = present.user(await messenger.ask(member, ownProfile, {}));
    return { ...present.tokens(signedIn), user, ...acknowledge(request, key) };
  }

  /** Who brings no username is named after their address; who is named so in the same moment, after the next number. */
  async function signUpNamed(actor: Guest, account: SignUp & { email: string }): Promise<Session> {
    if (account.username !== undefined) return messenger.execute(actor, signUp, account);
    const wanted = usernameFor(account.email);
    for (let attempt = 1; ; attempt += 1) {
      const username = await messenger.ask(actor, freeUsername, { wanted });
      try {
        return await messenger.execute(actor, signUp, { ...account, username });
      } catch (error) {
        if (!(error instanceof DomainError) || error.reason !== 'username_taken' || attempt === 5) throw error;
      }
    }
  }

  const signingIn = limitBy(
    scope,
    { name: 'neru-sign-in', max: 20, seconds: 60, by: (request) => `${request.ip} ${nameIn(request)}` },
    { name: 'neru-sign-in-address', max: 240, seconds: 60, by: (request) => request.ip },
  );

  app.post(
    '/api/v1/register',
    {
      preHandler: signingIn,
      schema: {
        operationId: 'neruRegister',
        summary: 'Sign up, and be signed in',
        body: Registration,
        response: { 201: Registered },
      },
    },
    async (request, reply) => {
      const { body } = request;
      requireStrong(body.password, 'password');
      if (typeof body.confirm_password === 'string' && body.confirm_password !== body.password) {
        throw new InvalidRequest(valueError(['body', 'confirm_password'], 'passwords do not match'));
      }
      const signedIn = await signUpNamed(guest(request), {
        email: body.email,
        password: body.password,
        displayName: body.display_name || body.full_name || body.name || null,
        bio: body.bio || null,
        phone: body.phone_number || null,
        ...(typeof body.username === 'string' && { username: body.username.toLowerCase() }),
      });
      const answered = await answer(request, signedIn, 'registration_success');
      return reply.code(201).send({ ...answered.user, ...answered });
    },
  );

  const given = Type.Optional(Nullable(Type.String({ maxLength: 255 })));
  app.post(
    '/api/v1/login',
    {
      preHandler: signingIn,
      schema: {
        operationId: 'neruLogin',
        summary: 'Sign in by e-mail or username, and password',
        body: Type.Object({ email: given, username: given, password: Type.String({ maxLength: 1000 }) }),
        response: { 200: SignedIn },
      },
    },
    async (request) => {
      const { email, username, password } = request.body;
      const called = email || username;
      if (!called) throw new InvalidRequest({ type: 'missing', loc: ['body', 'email'], msg: 'Field required' });
      const signedIn = await messenger.execute(guest(request), signInByName, { name: called, password });
      return answer(request, signedIn, 'login_success');
    },
  );

  app.post(
    '/api/v1/refresh-token',
    {
      schema: {
        operationId: 'neruRefreshToken',
        summary: 'A new pair of tokens; the old refresh token is good for another minute',
        body: Type.Object({ refresh_token: Type.String({ maxLength: 4096 }) }),
        response: { 200: TokenPair },
      },
    },
    async (request) => {
      const spending = { refreshToken: request.body.refresh_token, graceSeconds };
      return present.tokens(await messenger.execute(guest(request), rotateRefresh, spending));
    },
  );
}

export function logoutRoutes(scope: FastifyInstance, { messenger }: Kit): void {
  scope.post(
    '/api/v1/logout',
    { schema: { operationId: 'neruLogout', summary: 'End this session', response: { 200: Ack } } },
    async (request) => {
      await messenger.execute(memberOf(request), signOut, {});
      return acknowledge(request, 'logout_success');
    },
  );
}

function usernameFor(email: string): string {
  const [local = ''] = email.toLowerCase().split('@', 1);
  return local
    .replaceAll(/[^a-z0-9_]/g, '_')
    .slice(0, 40)
    .padEnd(3, '_');
}

function nameIn(request: FastifyRequest): string {
  const { email, username } = request.body as { email?: string | null; username?: string | null };
  return (email || username || '').toLowerCase();
}
