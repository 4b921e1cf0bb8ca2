// How AI Messaging says no (contract, section 2), and how it reads e-mail addresses and phone numbers.

import type { FastifyRequest } from 'fastify';
import type { DomainError } from '../../core/errors.ts';
import { InvalidRequest, valueError, type Manners } from '../fastapi.ts';

/** Whose message it is not, as each route says it. */
const notYours: Record<string, string> = {
  'GET /messages/:id': "You don't have access to this message",
  'PUT /messages/:id': 'Only the sender can update this message',
  'PUT /messages/:id/read': 'Only the recipient can mark this message as read',
  'DELETE /messages/:id': "You don't have permission to delete this message",
};

export const manners: Manners = {
  errors: {
    unauthenticated: { status: 401 },
    forbidden: { status: 403 },
    not_found: { status: 404 },
    invalid: { status: 400, reasons: { key_reused: 422 } },
    conflict: { status: 400 },
    too_many: { status: 429 },
    unavailable: { status: 503 },
  },
  phrase: (error, request) => (isAboutAMessage(error) ? notYours[routeOf(request)] : undefined) ?? error.message,
  shape: ({ text, issues }) => ({ detail: issues ?? text }),
};

function isAboutAMessage({ reason }: DomainError): boolean {
  return reason === 'not_a_member' || reason === 'not_the_sender' || reason === 'not_the_recipient';
}

function routeOf(request: FastifyRequest): string {
  return `${request.method} ${request.routeOptions.url ?? ''}`;
}

/** One `@`, something before it, a dotted domain after it; the domain in small letters. Throws InvalidRequest (422). */
export function readEmail(text: string): string {
  const [, local, domain] = /^([^\s@]+)@([^\s@.]+(?:\.[^\s@.]+)+)$/.exec(text) ?? [];
  if (local === undefined || domain === undefined) {
    throw new InvalidRequest(valueError(['body', 'email'], 'not a valid email address'));
  }
  return `${local}@${domain.toLowerCase()}`;
}

/** An empty number is none (contract, Q6). */
export function readPhone(text: string): string | null {
  return text === '' ? null : text;
}

/** Refuses a request without a body where the schema alone, requiring no field, would take it for an empty one. */
export async function requireBody(request: FastifyRequest): Promise<void> {
  if (request.body === undefined) throw new InvalidRequest({ type: 'missing', loc: ['body'], msg: 'Field required' });
}
