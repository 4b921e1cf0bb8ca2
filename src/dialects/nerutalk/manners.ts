// How NeruTalk says no, and in which language (contract, sections 2 and 3).

import type { FastifyRequest } from 'fastify';
import type { DomainError } from '../../core/errors.ts';
import { say, type Language, type TextKey } from '../../texts/index.ts';
import { refusalOf, refusalOfStatus } from '../../texts/refusals.ts';
import { codeOf } from '../../texts/wanted.ts';
import type { Manners } from '../fastapi.ts';

/** Where its contract has a text of its own; all else is said as the catalogue of refusals has it. */
const ownTexts: Record<string, TextKey> = {
  no_token: 'unauthorized',
  bad_token: 'unauthorized',
  expired_token: 'unauthorized',
  account_disabled: 'login_failed',
  wrong_credentials: 'login_failed',
  email_taken: 'email_already_exists',
  username_taken: 'username_already_exists',
  no_such_person: 'user_not_found',
  not_a_superuser: 'forbidden',
  blocked: 'forbidden',
  own_account: 'bad_request',
  not_your_call: 'forbidden',
  not_your_uid: 'forbidden',
  bad_device_token: 'bad_request',
  device_token_taken: 'bad_request',
  no_such_media: 'file_not_found',
  not_your_file: 'forbidden',
  too_large: 'file_too_large',
  type_not_allowed: 'invalid_file_type',
  type_mismatch: 'invalid_file_type',
  not_a_picture: 'invalid_file_type',
  bad_picture: 'invalid_file_type',
  no_such_provider: 'bad_request',
  no_such_announcement: 'not_found',
  email_reserved: 'forbidden',
};

export const manners: Manners = {
  errors: {
    unauthenticated: { status: 401 },
    forbidden: {
      status: 403,
      reasons: { account_disabled: 401, account_banned: 401, direct_is_closed: 400, not_the_sender: 404 },
    },
    not_found: { status: 404, reasons: { no_such_group: 400, no_such_member: 400, not_blocked: 400 } },
    invalid: { status: 400, reasons: { too_large: 413, key_reused: 422 } },
    conflict: { status: 400 },
    too_many: { status: 429 },
    unavailable: { status: 503 },
  },
  phrase: (error, request) => sentence(error, languageOf(request)),
  shape({ status, text, issues, error }, request) {
    const language = languageOf(request);
    const message = error ? text : refusalOfStatus(language, status);
    return { detail: issues ?? message, message, language: codeOf(language) };
  },
};

/** A refusal of the core in somebody's language. */
export function sentence({ reason }: DomainError, language: Language): string {
  const own = ownTexts[reason];
  if (own !== undefined) return say(language, own);
  // Groups are chats here: what is none is a private one.
  return refusalOf(language, reason === 'no_such_group' ? 'direct_is_closed' : reason);
}

/** What the client wants to hear. */
export function languageOf({ language }: Pick<FastifyRequest, 'language'>): Language {
  return language;
}
