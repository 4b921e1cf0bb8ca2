// The product's own log files (contract, section 12): what was asked and how it was answered, in one table. Never what
// somebody said, never a password or token.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Journal } from '../dialect.ts';

/** The files that `journal` writes to. */
export const journalFiles = ['auth', 'twilio_webhook', 'messages', 'reports'] as const;

type Line = readonly [file: (typeof journalFiles)[number], level: Parameters<Journal>[1], text: string];

interface Answered {
  request: FastifyRequest;
  status: number;
  /** The request's and the answer's fields; reading one that is not there gives `''`. */
  given(field: string): string;
  told(field: string): string;
  /** Who asked, by id. */
  by: string;
}

/** By operation. What is not listed, or answers null, is not written down. */
const lines: Readonly<Record<string, (answered: Answered) => Line | null>> = {
  aiRegister: registration,
  aiCreateUser: registration,
  aiLogin({ status, given, request }) {
    const who = `${given('username')} from ${request.ip}`;
    if (status === 200) return ['auth', 'INFO', `User logged in: ${who}`];
    if (status === 401) return ['auth', 'WARNING', `Login failed: ${who}`];
    return status === 403 ? ['auth', 'WARNING', `Login of a disabled user: ${who}`] : null;
  },
  aiLogout: done('auth', ({ by }) => `User ${by} logged out`),
  aiLogoutAll: done('auth', ({ by }) => `User ${by} logged out from all devices`),
  aiChangeMyPhone: done('auth', ({ by }) => `User ${by} changed their phone number`),
  aiSendMessage: sent(),
  aiSendInConversation: sent(),
  aiDeleteMessage: done('messages', ({ request, by }) => `Message ${pathId(request)} deleted by user ${by}`),
  aiFileReport: done('reports', ({ told }) => `Report ${told('id')} created by ${told('reporter_username')}`),
  aiChangeReport: done('reports', ({ told }) => `Report ${told('id')} updated by ${told('reporter_username')}`),
  aiCommentReport: done(
    'reports',
    ({ told, by }) =>
      `Report ${told('id')} of ${told('reporter_username')} commented by user ${by}, status ${told('status')}`,
  ),
  aiResolveReport: done(
    'reports',
    ({ told }) => `Report ${told('id')} of ${told('reporter_username')} resolved by ${told('resolver_username')}`,
  ),
};

/** Writes down what the routes of `app`, and of all inside it, answer. */
export function keepJournal(app: FastifyInstance, journal: Journal | undefined): void {
  if (!journal) return;
  app.addHook('preSerialization', async (request, reply, payload) => {
    const { operationId } = (request.routeOptions.schema ?? {}) as { operationId?: string };
    const line = lines[operationId ?? '']?.({
      request,
      status: reply.statusCode,
      given: (field) => textIn(request.body, field),
      told: (field) => textIn(payload, field),
      by: String(request.member?.accountId ?? ''),
    });
    if (line) journal(...line);
    return payload;
  });
}

function registration({ status, given, told }: Answered): Line | null {
  if (status === 201) return ['auth', 'INFO', `User registered: ${told('username')} (${told('email')})`];
  if (status === 400) return ['auth', 'WARNING', `Registration refused: ${given('username')}: ${told('detail')}`];
  return null;
}

function sent() {
  return done('messages', ({ told }) => {
    return `Message ${told('id')} sent by user ${told('sender_id')} to user ${told('recipient_id')}`;
  });
}

/** A line for what went well. */
function done(file: Line[0], text: (answered: Answered) => string): (answered: Answered) => Line | null {
  return (answered) => (answered.status < 300 ? [file, 'INFO', text(answered)] : null);
}

function pathId(request: FastifyRequest): string {
  return textIn(request.params, 'id');
}

function textIn(value: unknown, field: string): string {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) return '';
  const found = (value as Record<string, unknown>)[field];
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
}
