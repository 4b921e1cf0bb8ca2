// Forward only, in this order, run at start under Kysely's lock. Never change one that has been released: add another.

import type { Migration } from 'kysely';
import * as first from './0001-first.ts';
import * as search from './0002-search.ts';

export const migrations: Record<string, Migration> = {
  '0001-first': first,
  '0002-search': search,
};
