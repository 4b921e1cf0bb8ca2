// What all route files of Pythia are handed.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Repeatable } from '../../core/execute.ts';
import type { Surroundings } from '../dialect.ts';
import { repeatable } from '../fastapi.ts';
import type { LostAnswers } from './lost-answers.ts';
import type { Ids } from './manners.ts';
import type { Presenters } from './presenters.ts';

export interface Kit extends Surroundings {
  present: Presenters;
  read: Ids;
  lost: LostAnswers;
}

/** Does a write that must not happen twice: by the client's key, or else by what it did not hear of. */
export function onlyOnce<T>(
  { lost }: Kit,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (retry: Repeatable | undefined) => Promise<T>,
): Promise<T> {
  const retry = repeatable(request);
  return retry ? work(retry) : lost.orAgain(request, reply, () => work(undefined));
}
