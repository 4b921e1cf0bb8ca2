// Moments as NeruTalk's clients write them: ISO 8601, and without an offset in UTC.

import type { Moment } from '../../core/ids.ts';
import { InvalidRequest } from '../fastapi.ts';

const form = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** Throws InvalidRequest for what is no time. */
export function readTime(text: string, loc: (string | number)[]): Moment {
  const found = form.exec(text);
  const moment = found ? Date.parse(text.length > 10 && !found[1] ? `${text}Z` : text) : Number.NaN;
  if (Number.isNaN(moment))
    throw new InvalidRequest({ type: 'datetime_parsing', loc, msg: 'Input should be a valid datetime' });
  return moment;
}
