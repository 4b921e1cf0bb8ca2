// Pieces of SQL that several nouns use.

import { sql, type RawBuilder } from 'kysely';
import type { Moment } from './ids.ts';

/** A `timestamptz` column as the core's Moment. */
export function moment(column: string): RawBuilder<Moment> {
  return sql<Moment>`trunc(extract(epoch from ${sql.ref(column)}) * 1000)::bigint`;
}

/** `%` and `_` in what a person typed mean themselves. */
export function literalLike(text: string): string {
  return text.replace(/[\\%_]/g, (special) => `\\${special}`);
}
