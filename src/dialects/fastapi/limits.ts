// How often the same caller may try the same thing.

import type { FastifyInstance, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify';
import { DomainError } from '../../core/errors.ts';

interface Limit {
  /** Tells this limit's counts from others. Routes that share a hook share its counts. */
  name: string;
  /** Requests allowed in each window. */
  max: number;
  /** The window. */
  seconds: number;
  /** Whose count it is; null: this request does not count. */
  by: (request: FastifyRequest) => string | null;
}

/**
 * A hook that counts a request against each limit and throws `too_many` (with `retryAfter`) past the first. Use it as
 * `preHandler`, so that `by` may read a validated body. Does nothing where rate limits are switched off.
 *
 * A route with a single limit by address needs only `config: { rateLimit: { max, timeWindow } }`.
 */
export function limitBy(app: FastifyInstance, ...limits: readonly Limit[]): preHandlerAsyncHookHandler {
  if (!app.hasDecorator('createRateLimit')) return async () => {};
  const counters = limits.map(({ name, max, seconds, by }) => ({
    by,
    count: app.createRateLimit({
      max,
      timeWindow: seconds * 1_000,
      keyGenerator: (request) => `${name}:${by(request) ?? ''}`,
    }),
  }));

  return async (request) => {
    for (const { by, count } of counters) {
      if (by(request) === null) continue;
      const counted = await count(request);
      if (!counted.isAllowed && counted.isExceeded) throw tooMany(counted.ttlInSeconds);
    }
  };
}

/** `too_many`, to be tried again after `seconds`. */
export function tooMany(seconds: number): DomainError {
  return new DomainError('too_many', 'rate_limited', 'Too many requests. Try again later.', { retryAfter: seconds });
}
