// Times that need not be there, and times that must still come.

import type { Moment } from '../../core/ids.ts';
import { InvalidRequest, valueError } from '../fastapi.ts';
import { readTime } from './times.ts';

type Place = (string | number)[];

/** Null counts as not given. Throws InvalidRequest. */
export function readMoment(text: string | null | undefined, loc: Place): Moment | undefined {
  if (text === undefined || text === null) return undefined;
  // In a query an offset's plus sign, not escaped, arrives as a space.
  return readTime(text.replace(/(T.+) (\d\d:?\d\d)$/i, '$1+$2'), loc);
}

/** A moment that is still to come. Throws InvalidRequest. */
export function readFuture(text: string | null | undefined, loc: Place): Moment | undefined {
  const moment = readMoment(text, loc);
  if (moment === undefined || moment > Date.now()) return moment;
  throw new InvalidRequest(valueError(loc, 'must be in the future'));
}
