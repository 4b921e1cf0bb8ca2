// A request that comes again without a key, since its client had no answer to it that it could use.

import { fastify, type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Member } from '../../src/core/context.ts';
import type { AccountId, SessionId } from '../../src/core/ids.ts';
import { createLostAnswers, readAsFastApi, requireMember } from '../../src/dialects/fastapi.ts';

let app: FastifyInstance;
let url: string;
/** How often the work was done, and how it goes wrong after that. */
let done = 0;
let fault = false;

beforeAll(async () => {
  app = fastify({ logger: false });
  readAsFastApi(app);
  app.addHook(
    'onRequest',
    requireMember(async (token): Promise<Member> => {
      return { kind: 'member', accountId: Number(token) as AccountId, sessionId: 1 as SessionId, dialect: 'nerutalk' };
    }),
  );
  const lost = createLostAnswers();
  app.post('/things', async (request, reply) => {
    const number = await lost.orAgain(request, reply, async () => (done += 1));
    if (fault) throw new Error('after the commit');
    return { number };
  });
  url = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => app.close());
beforeEach(() => {
  done = 0;
  fault = false;
});

async function post(body: object, who = 1, headers: Record<string, string> = {}): Promise<[number, unknown]> {
  const answer = await fetch(`${url}/things`, {
    method: 'POST',
    headers: { authorization: `Bearer ${who}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const { number } = (await answer.json()) as { number?: unknown };
  return [answer.status, number];
}

it('after a fault is not done again', async () => {
  fault = true;
  expect(await post({ say: 'one' })).toEqual([500, undefined]);
  expect(await post({ say: 'one' })).toEqual([500, undefined]);
  fault = false;
  expect(await post({ say: 'one' })).toEqual([200, 1]);
  expect(done).toBe(1);
  expect(await post({ say: 'one' })).toEqual([200, 2]);
});

it('after a good answer is another one', async () => {
  expect(await post({ say: 'two' })).toEqual([200, 1]);
  expect(await post({ say: 'two' })).toEqual([200, 2]);
});

it('of somebody else, of other words, or with a key, is another one', async () => {
  fault = true;
  await post({ say: 'three' });
  fault = false;
  expect(await post({ say: 'three' }, 2)).toEqual([200, 2]);
  expect(await post({ say: 'four' })).toEqual([200, 3]);
  expect(await post({ say: 'three' }, 1, { 'idempotency-key': 'mine' })).toEqual([200, 4]);
  expect(await post({ say: 'three' })).toEqual([200, 1]);
});
