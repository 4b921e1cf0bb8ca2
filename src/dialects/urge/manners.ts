// How URGE says no (contract, section 2), and how it reads ids and phone numbers (section 3).

import { Type } from 'typebox';
import { noSuchEvent } from '../../core/conversations/events.ts';
import type { DomainError } from '../../core/errors.ts';
import type { EventId, MediaId, Moment } from '../../core/ids.ts';
import { noSuchMedia } from '../../core/media/shape.ts';
import { say, type Language } from '../../texts/index.ts';
import { refusalOf, refusalOfStatus } from '../../texts/refusals.ts';
import { describeIssue, InvalidRequest, valueError, type Issue, type Manners } from '../fastapi.ts';
import type { PublicIds } from '../public-ids.ts';
import { readCommonIds, readId, type CommonIds } from '../read-ids.ts';

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
  phrase: (error, { language }) => sentence(error, language),
  shape({ status, text, issues, error }, { language }) {
    if (issues) return { success: false, message: sentenceOn(issues[0]!, language), detail: issues };
    const message = error || language === 'en' ? text : refusalOfStatus(language, status);
    return { success: false, message, detail: status === 500 ? null : message };
  },
};

/** A refusal in somebody's language; in English in the words of whoever refuses, which clients know. */
export function sentence(error: DomainError | InvalidRequest, language: Language): string {
  if (error instanceof InvalidRequest)
    return language === 'en' ? error.message : sentenceOn(error.issues[0]!, language);
  return language === 'en' ? error.message : refusalOf(language, error.reason);
}

/** The field, and what is wrong with it: exactly so only in English, which `detail` always is. */
function sentenceOn(issue: Issue, language: Language): string {
  if (language === 'en') return describeIssue(issue);
  return describeIssue({ ...issue, msg: say(language, issue.type === 'missing' ? 'value_missing' : 'value_invalid') });
}

/** Ids as URGE writes them. */
export interface Ids extends CommonIds {
  media(text: string): MediaId;
  event(text: string): EventId;
}

export function readIds(ids: PublicIds): Ids {
  return {
    ...readCommonIds(ids),
    media: (text) => readId(ids, 'media', text, noSuchMedia) as MediaId,
    event: (text) => readId(ids, 'event', text, noSuchEvent) as EventId,
  };
}

/** Digits and a leading plus, 10 to 15 of them; everything else is decoration. Throws InvalidRequest (422). */
export function readPhone(text: string): string {
  const phone = text.replace(/[^\d+]/g, '');
  if (!/^\+?\d{10,15}$/.test(phone)) {
    throw new InvalidRequest(valueError(['body', 'phone_number'], 'not a valid phone number'));
  }
  return phone;
}

const writtenTime = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** A date, perhaps with a time: in UTC where it names no zone. Throws InvalidRequest (422). */
export function readTime(text: string, field: string): Moment {
  const [written, time, , , zone] = writtenTime.exec(text) ?? [];
  const moment = written === undefined ? Number.NaN : Date.parse(time && !zone ? `${text}Z` : text);
  if (Number.isNaN(moment)) throw new InvalidRequest(valueError(['body', field], 'not a date and time'));
  return moment;
}

/** The highest page size; a larger `limit` is taken as this. */
const mostPerPage = 500;

/** `limit` and `offset` of a list: too large is clamped, negative is 422. */
export function pageOf(standard: number) {
  return Type.Object({
    limit: Type.Integer({ minimum: 0, default: standard }),
    offset: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }),
  });
}

export function clamp(limit: number): number {
  return Math.min(limit, mostPerPage);
}
