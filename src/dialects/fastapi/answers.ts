// How a dialect says no: one table from code to status, one function that shapes the body.

import { STATUS_CODES } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError, type ErrorCode } from '../../core/errors.ts';
import { isAway } from '../../core/retry.ts';
import { InvalidRequest, issuesOf, type Issue, type SchemaFault } from './issues.ts';

/** The status of every code; `reasons` are exceptions by the error's `reason`. */
type ErrorTable = Record<ErrorCode, { status: number; reasons?: Record<string, number> }>;

/** A no before it has its body. */
interface Refusal {
  status: number;
  /** One sentence; of a fault (500) it tells nothing. */
  text: string;
  /** What is wrong with the request, at least one; of validation (422) only. */
  issues?: readonly Issue[];
  /** What the core said, if it was the core. */
  error?: DomainError;
}

/** A dialect's way to say no. */
export interface Manners {
  errors: ErrorTable;
  /** The sentence for an error of the core, in the reader's language. Default: the error's own English one. */
  phrase?(error: DomainError, request: FastifyRequest): string;
  /** The body. Must not throw. */
  shape(refusal: Refusal, request: FastifyRequest): unknown;
}

interface Answer {
  status: number;
  body: unknown;
  headers: Record<string, string>;
}

/**
 * Installs a dialect's error handler: for all routes of `app` and of all inside it. Faults are logged with the request's
 * id and not shown.
 */
export function answerErrors(app: FastifyInstance, manners: Manners): void {
  app.setErrorHandler(async (error: unknown, request, reply) => {
    const { status, body, headers } = answerTo(error, request, manners);
    if (status === 500) request.log.error({ err: error }, 'fault');
    return reply.code(status).headers(headers).type('application/json; charset=utf-8').send(body);
  });
}

/** What to answer to anything that was thrown while handling `request`. */
function answerTo(error: unknown, request: FastifyRequest, manners: Manners): Answer {
  const refusal = refusalOf(error, request, manners);
  const headers: Record<string, string> = {};
  if (refusal.status === 401) headers['www-authenticate'] = 'Bearer';
  const wait = refusal.error?.details.retryAfter;
  if (wait !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(wait)));
  return { status: refusal.status, body: manners.shape(refusal, request), headers };
}

function refusalOf(thrown: unknown, request: FastifyRequest, manners: Manners): Refusal {
  const error = isAway(thrown) ? databaseAway() : thrown;
  if (error instanceof DomainError) {
    const { status, reasons } = manners.errors[error.code];
    const text = manners.phrase?.(error, request) ?? error.message;
    return { status: reasons?.[error.reason] ?? status, text, error };
  }
  if (error instanceof InvalidRequest) return invalid(error.issues);
  if (!(error instanceof Error)) return standard(500);

  const { validation, validationContext, code, statusCode } = error as HttpError;
  if (validation) return invalid(issuesOf(validation, validationContext ?? 'body'));
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return invalid([{ type: 'model_attributes_type', loc: ['body'], msg: 'The body should be declared as JSON' }]);
  }
  // Vendors' errors have status codes too, which say nothing about this request: only the framework's count.
  const isOurs = code !== undefined && code.startsWith('FST_') && statusCode !== undefined && statusCode < 500;
  return standard(isOurs ? statusCode : 500);
}

/** A restart of the database takes some seconds. */
function databaseAway(): DomainError {
  const sentence = 'The server cannot reach its database at the moment. Try again.';
  return new DomainError('unavailable', 'no_database', sentence, { retryAfter: 3 });
}

interface HttpError extends Error {
  code?: string;
  statusCode?: number;
  validation?: SchemaFault[];
  validationContext?: string;
}

function invalid(issues: readonly Issue[]): Refusal {
  return { status: 422, text: 'Validation error', issues };
}

/** A no in HTTP's own words: `Not Found`, `Payload Too Large` … */
export function standard(status: number): Refusal {
  return { status, text: STATUS_CODES[status] ?? 'Error' };
}
