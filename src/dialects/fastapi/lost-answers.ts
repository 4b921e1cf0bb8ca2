// Clients repeat a call whose connection broke or that was answered with a fault, without a key to tell it from a new one:
// Pythia's (contract, section 2) and NeruTalk's.

import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { memberOf, repeatable } from './callers.ts';

/** Pythia's client tries again after 1, 2 and 3 seconds; a person some time later. */
const keptFor = 20_000;
const mostKept = 10_000;

export interface LostAnswers {
  /**
   * Does the work, unless this very request was done before and its client did not have the answer, since it hung up or
   * was answered with a fault: then it gets that answer, once. A request with a key is told by that.
   */
  orAgain<T>(request: FastifyRequest, reply: FastifyReply, work: () => Promise<T>): Promise<T>;
}

/** In memory: a process that dies, or a retry that comes to another one, does the work again. */
export function createLostAnswers(now: () => number = Date.now): LostAnswers {
  const lost = new Map<string, { answer: Promise<unknown>; at: number }>();

  function keep(key: string, answer: Promise<unknown>): void {
    for (const [old, { at }] of lost) {
      if (lost.size < mostKept && now() - at < keptFor) break;
      lost.delete(old);
    }
    const entry = { answer, at: now() };
    lost.delete(key);
    lost.set(key, entry);
    // A refusal did nothing, and would be given again anyway.
    answer.catch(() => {
      if (lost.get(key) === entry) lost.delete(key);
    });
  }

  return {
    orAgain<T>(request: FastifyRequest, reply: FastifyReply, work: () => Promise<T>): Promise<T> {
      if (repeatable(request)) return work();
      const key = keyOf(request);
      const kept = lost.get(key);
      lost.delete(key);
      const answer = kept && now() - kept.at < keptFor ? (kept.answer as Promise<T>) : work();
      if (reply.raw.destroyed) keep(key, answer);
      let isOut = false;
      reply.raw.once('finish', () => (isOut = reply.statusCode < 500));
      reply.raw.once('close', () => {
        if (!isOut) keep(key, answer);
      });
      return answer;
    },
  };
}

function keyOf(request: FastifyRequest): string {
  const body = createHash('sha256')
    .update(JSON.stringify(request.body) ?? '')
    .digest('base64url');
  return `${memberOf(request).accountId} ${request.method} ${request.url} ${body}`;
}
