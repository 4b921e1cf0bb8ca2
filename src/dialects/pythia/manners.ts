// How Pythia says no (contract, section 2), and how it reads ids and texts.

import { DomainError, type ErrorCode } from '../../core/errors.ts';
import type { ReactionId } from '../../core/ids.ts';
import { lengthOf, tidied, unbalancedMark } from '../../core/messages/formatting.ts';
import { noSuchReaction } from '../../core/messages/reactions.ts';
import { InvalidRequest, type Manners } from '../fastapi.ts';
import type { PublicIds } from '../public-ids.ts';
import { readCommonIds, readId, type CommonIds } from '../read-ids.ts';

/** Where the core speaks of conversations. */
const phrases: Record<string, string> = {
  no_such_conversation: 'Channel not found',
  not_a_member: 'You are not a member of this channel',
  no_such_message: 'Message not found',
  no_such_person: 'User not found',
  email_taken: 'Email already registered',
  username_taken: 'Username already taken',
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
  phrase: (error) => phrases[error.reason] ?? error.message,
  shape: ({ text, issues }) => ({ detail: issues ?? text }),
};

/** Ids as Pythia writes them. */
export interface Ids extends CommonIds {
  reaction(text: string): ReactionId;
}

export function readIds(ids: PublicIds): Ids {
  return {
    ...readCommonIds(ids),
    reaction: (text) => readId(ids, 'reaction', text, noSuchReaction) as ReactionId,
  };
}

const mostCharacters = 2000;

/** A message's text as it is kept. Throws InvalidRequest (422: nothing, or too much) and `invalid` (400: unbalanced marks). */
export function readContent(given: string): string {
  const text = given.trim();
  const length = lengthOf(text);
  if (length === 0) throw wrongLength('too_short', 'at least 1 character', { min_length: 1 });
  if (length > mostCharacters) {
    throw wrongLength('too_long', `at most ${mostCharacters} characters`, { max_length: mostCharacters });
  }
  const mark = unbalancedMark(text);
  if (mark !== null) throw new DomainError('invalid', 'unbalanced_mark', mark);
  return tidied(text);
}

function wrongLength(type: string, allowed: string, ctx: Record<string, number>): InvalidRequest {
  return new InvalidRequest({
    type: `string_${type}`,
    loc: ['body', 'content'],
    msg: `String should have ${allowed}`,
    ctx,
  });
}

/** Says some of the core's reasons with another code than usual: some routes do not tell unknown from not mine. */
export async function saying<T>(code: ErrorCode, reasons: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DomainError) || !reasons.includes(error.reason)) throw error;
    throw new DomainError(code, 'not_a_member', error.message, error.details);
  }
}
