// The manners that all four products inherited from FastAPI: how requests are read and how no is said.

import type { FastifyInstance } from 'fastify';
import { readBodies } from './fastapi/bodies.ts';
import { screenRequests } from './fastapi/screening.ts';

export { answerErrors, standard, type Manners } from './fastapi/answers.ts';
export {
  bearer,
  describeAsProtected,
  guestOf,
  memberOf,
  memberSaying,
  repeatable,
  requireMember,
} from './fastapi/callers.ts';
export { sendFile, type SentFile } from './fastapi/files.ts';
export { hearLanguages } from './fastapi/languages.ts';
export { describeIssue, InvalidRequest, valueError, type Issue } from './fastapi/issues.ts';
export { limitBy, tooMany } from './fastapi/limits.ts';
export { createLostAnswers, type LostAnswers } from './fastapi/lost-answers.ts';
export { acceptFiles, receiveBody, receiveFile, receiveForm } from './fastapi/multipart.ts';
export { ajvOptions, LooseInteger, Nullable } from './fastapi/schemas.ts';
export { screen } from './fastapi/screening.ts';
export { maskUrl } from './fastapi/secrets.ts';
export { answerUnknownRoutes } from './fastapi/unknown-routes.ts';

/** Makes `app`, and all registered inside it from now on, read requests as FastAPI does. Once, at the root. */
export function readAsFastApi(app: FastifyInstance): void {
  app.decorateRequest('member', null);
  readBodies(app);
  screenRequests(app);
}
