// Tables as they would be if they had come from a server that has counted far more transactions.

import type { Database } from '../../src/adapters/database/index.ts';

/** Further than a server counts in a lifetime of tests. */
const farAhead = 1_000_000_000_000;

/** Moves every transaction id in the log, and in who follows it, far ahead. */
export async function countFarAhead({ pool }: Pick<Database, 'pool'>): Promise<void> {
  await pool.query(`update changes set xid = xid + ${farAhead},
    detail = case when detail ? 'xid' then jsonb_set(detail, '{xid}', to_jsonb((detail->>'xid')::bigint + ${farAhead}))
      else detail end`);
  await pool.query(`update followers set xid = xid + ${farAhead} where epoch > 0`);
  await pool.query(`update conversations set log_xid = log_xid + ${farAhead} where log_xid > 0`);
}
