// How NeruTalk says no, and in which language (contract, sections 2 and 3).

import type { FastifyRequest } from 'fastify';
import type { DomainError } from '../../core/errors.ts';
import { say, type Language, type TextKey } from '../../texts/index.ts';
import { codeOf, wantedLanguage } from '../../texts/wanted.ts';
import type { Manners } from '../fastapi.ts';

/** Where the catalogue has a sentence for the core's reason. */
const sentences: Record<string, TextKey> = {
  no_token: 'unauthorized',
  bad_token: 'unauthorized',
  expired_token: 'unauthorized',
  account_disabled: 'login_failed',
  wrong_credentials: 'login_failed',
  wrong_password: 'wrong_password',
  email_taken: 'email_already_exists',
  username_taken: 'username_already_exists',
  no_such_person: 'user_not_found',
  no_such_conversation: 'chat_not_found',
  not_a_member: 'not_a_participant',
  role_too_low: 'admins_only',
  not_a_superuser: 'forbidden',
  direct_is_closed: 'private_chat_is_closed',
  no_such_group: 'private_chat_is_closed',
  no_such_member: 'no_such_participant',
  bad_participants: 'bad_participants',
  no_such_message: 'message_not_found',
  not_the_sender: 'not_the_sender',
  no_such_reply: 'no_such_reply',
  you_blocked: 'you_blocked',
  blocked_you: 'blocked_you',
  only_admins_post: 'admins_only',
  rate_limited: 'too_many_requests',
  blocked: 'forbidden',
  own_account: 'bad_request',
  no_such_call: 'call_not_found',
  not_in_call: 'not_in_call',
  not_your_call: 'forbidden',
  not_your_uid: 'forbidden',
  call_over: 'call_over',
  own_call: 'own_call',
  account_unavailable: 'cannot_be_called',
  already_calling_you: 'already_calling_you',
  no_such_location: 'location_not_found',
  no_such_share: 'share_not_found',
  no_such_fence: 'geofence_not_found',
};

/** What the framework or the server itself refuses. */
const standard: Record<number, TextKey> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  413: 'file_too_large',
  422: 'validation_error',
  500: 'internal_server_error',
};

export const manners: Manners = {
  errors: {
    unauthenticated: { status: 401 },
    forbidden: {
      status: 403,
      reasons: { account_disabled: 401, account_banned: 401, direct_is_closed: 400, not_the_sender: 404 },
    },
    not_found: { status: 404, reasons: { no_such_group: 400, no_such_member: 400, not_blocked: 400 } },
    invalid: { status: 400, reasons: { key_reused: 422 } },
    conflict: { status: 400 },
    too_many: { status: 429 },
    unavailable: { status: 503 },
  },
  phrase: (error, request) => sentence(error, languageOf(request)),
  shape({ status, text, issues, error }, request) {
    const language = languageOf(request);
    const key = error ? undefined : standard[status];
    const message = key === undefined ? text : say(language, key);
    return { detail: issues ?? message, message, language: codeOf(language) };
  },
};

/** A refusal of the core in somebody's language; in English where the catalogue has no sentence for it. */
export function sentence(error: DomainError, language: Language): string {
  const key = sentences[error.reason];
  return key === undefined ? error.message : say(language, key);
}

/** What the client wants to hear. */
export function languageOf({ headers }: Pick<FastifyRequest, 'headers'>): Language {
  return wantedLanguage({ codes: [headers['x-language']], accepted: headers['accept-language'] });
}
