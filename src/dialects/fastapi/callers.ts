// Who calls, and what they ask to be done only once.

import type { FastifyInstance, FastifyRequest, preValidationAsyncHookHandler } from 'fastify';
import type { DialectName, Guest, Member, Repeatable } from '../../core/context.ts';
import { DomainError } from '../../core/errors.ts';
import { InvalidRequest, valueError } from './issues.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls, once `requireMember` has seen the token. */
    member: Member | null;
  }
  interface FastifyContextConfig {
    /** Nothing of the answer is kept for a retry, since it holds a secret or is as good by itself. */
    unkept?: true;
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

/**
 * Who calls a protected route, and does once what the request asks for if it has a key (`repeatable`). Throws
 * `unauthenticated` if the route turns out not to be one.
 */
export function memberOf(request: FastifyRequest): Member {
  if (!request.member) throw new DomainError('unauthenticated', 'no_token', 'Not authenticated.');
  const once = repeatable(request);
  return once ? { ...request.member, repeatable: once } : request.member;
}

/** The caller of a route that needs no token. */
export function guestOf(request: FastifyRequest, dialect: DialectName): Guest {
  return { kind: 'guest', dialect, address: request.ip, device: request.headers['user-agent']?.slice(0, 500) ?? null };
}

/** The same for a form, whose parts are not kept: `said` is what must be the same, `place` which of several parts it is. */
export function memberSaying(request: FastifyRequest, said: object, place?: number): Member {
  const member = memberOf(request);
  if (!member.repeatable) return member;
  const { key, route } = member.repeatable;
  return { ...member, repeatable: { key: place === undefined ? key : `${key} ${place}`, route, body: said } };
}

const repeatables = new WeakMap<FastifyRequest, Repeatable>();

/**
 * What makes this write repeatable (DECISIONS 31), the same object for the same request; undefined if the client did not
 * ask, or the route keeps nothing. Throws InvalidRequest unless the key is 1 to 255 visible ASCII characters. Path and
 * query count as part of the request that must be the same.
 */
export function repeatable(request: FastifyRequest): Repeatable | undefined {
  const key = request.headers['idempotency-key'];
  const { config, url } = request.routeOptions;
  if (key === undefined || request.method === 'GET' || request.method === 'HEAD' || config.unkept) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new InvalidRequest(valueError(['header', 'Idempotency-Key'], 'must be 1 to 255 visible ASCII characters'));
  }
  const made = repeatables.get(request) ?? {
    key,
    route: `${request.method} ${url ?? ''}`,
    // Read when it is asked for: a limit may want to know the caller before there is a body.
    get body() {
      const { params, query, body } = request;
      return { params, query, body };
    },
  };
  repeatables.set(request, made);
  return made;
}
