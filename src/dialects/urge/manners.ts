// How URGE says no (contract, section 2), and how it reads ids and phone numbers (section 3).

import { Type } from 'typebox';
import { noSuchEvent } from '../../core/conversations/events.ts';
import { noSuchMedia } from '../../core/media/shape.ts';
import type { EventId, MediaId, Moment } from '../../core/ids.ts';
import { describeIssue, InvalidRequest, valueError, type Manners } from '../fastapi.ts';
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
  shape({ status, text, issues }) {
    if (issues) return { success: false, message: describeIssue(issues[0]!), detail: issues };
    return { success: false, message: text, detail: status === 500 ? null : text };
  },
};

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
