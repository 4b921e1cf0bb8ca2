// Who calls, and what they ask to be done only once.

import type { FastifyInstance, FastifyRequest, preValidationAsyncHookHandler } from 'fastify';
import type { DialectName, Guest, Member } from '../../core/context.ts';
import { DomainError } from '../../core/errors.ts';
import type { Repeatable } from '../../core/execute.ts';
import { InvalidRequest, valueError } from './issues.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls, once `requireMember` has seen the token. */
    member: Member | null;
  }
}

/** The bearer token. Null: no header, another scheme, or not one word. */
export function bearer(request: FastifyRequest): string | null {
  const [, token] = /^bearer +([\x21-\x7e]+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  return token ?? null;
}

/**
 * A hook that lets only members in and puts them in `request.member`; throws `unauthenticated`, or what `identify`
 * throws. As an `onRequest` hook it comes before the body is read; as `preValidation`, after malformed JSON and before
 * validation (AI Messaging).
 */
export function requireMember(
  identify: (token: string, request: FastifyRequest) => Promise<Member>,
): preValidationAsyncHookHandler {
  return async (request) => {
    const token = bearer(request);
    if (token === null) throw new DomainError('unauthenticated', 'no_token', 'Not authenticated.');
    request.member = await identify(token, request);
  };
}

/** Says in the API's description that all routes of `app` need a token. For a scope whose hook is `requireMember`. */
export function describeAsProtected(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    route.schema = Object.assign({ security: [{ bearer: [] }] }, route.schema);
  });
}

/** Who calls a protected route. Throws `unauthenticated` if the route turns out not to be one. */
export function memberOf(request: FastifyRequest): Member {
  if (!request.member) throw new DomainError('unauthenticated', 'no_token', 'Not authenticated.');
  return request.member;
}

/** The caller of a route that needs no token. */
export function guestOf(request: FastifyRequest, dialect: DialectName): Guest {
  return { kind: 'guest', dialect, address: request.ip, device: request.headers['user-agent']?.slice(0, 500) ?? null };
}

/**
 * What makes this write repeatable (DECISIONS 31); undefined if the client did not ask. Throws InvalidRequest unless the
 * key is 1 to 255 visible ASCII characters. Path and query count as part of the request that must be the same.
 */
export function repeatable(request: FastifyRequest): Repeatable | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new InvalidRequest(valueError(['header', 'Idempotency-Key'], 'must be 1 to 255 visible ASCII characters'));
  }
  const { params, query, body } = request;
  return { key, route: `${request.method} ${request.routeOptions.url ?? ''}`, body: { params, query, body } };
}
