// What reaches the database while something is done.

import pg from 'pg';
import type { DatabaseKind } from '../../support/database.ts';

/** The kind of database this run is about. */
export const kind = (process.env.TEST_DATABASE ?? 'embedded') as DatabaseKind;

export interface Statement {
  text: string;
  values: unknown[];
}

/** Every statement of this process, in order: all pools of ours pass here. */
export async function statements(act: () => Promise<unknown>): Promise<Statement[]> {
  const seen: Statement[] = [];
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [first, second] = args as [string | { text: string; values?: unknown[] }, unknown];
    if (typeof first === 'string') seen.push({ text: first, values: Array.isArray(second) ? second : [] });
    else seen.push({ text: first.text, values: first.values ?? [] });
    return Reflect.apply(query, this, args) as never;
  };
  try {
    await act();
  } finally {
    pg.Client.prototype.query = query;
  }
  return seen;
}
