// What somebody did with their own account, for their own eyes: the last of it.

import { sql } from 'kysely';
import type { Asking, Context, Member } from '../context.ts';
import type { Moment } from '../ids.ts';
import { moment } from '../sql.ts';

export type Action =
  | 'profile_updated'
  | 'avatar_changed'
  | 'avatar_removed'
  | 'status_changed'
  | 'privacy_updated'
  | 'email_verified'
  | 'account_deactivated';

export interface Activity {
  id: number;
  action: Action;
  createdAt: Moment;
}

/** So many of an account are kept. */
const mostKept = 200;

/** Writes down what the caller did, and forgets what is too long ago. */
export async function noteActivities(ctx: Context<Member>, actions: readonly Action[]): Promise<void> {
  if (actions.length === 0) return;
  const { accountId } = ctx.actor;
  await ctx.tx
    .insertInto('activities')
    .values(actions.map((action) => ({ account_id: accountId, action, created_at: new Date(ctx.now) })))
    .execute();
  await sql`delete from activities where account_id = ${accountId} and id <= (
    select id from activities where account_id = ${accountId} order by id desc offset ${mostKept} limit 1)`.execute(
    ctx.tx,
  );
}

/** What the caller did, newest first. */
export async function ownActivities(asking: Asking<Member>, input: { limit: number }): Promise<Activity[]> {
  const found = await asking.db
    .selectFrom('activities')
    .select(['id', 'action', moment('created_at').as('createdAt')])
    .where('account_id', '=', asking.actor.accountId)
    .orderBy('id', 'desc')
    .limit(input.limit)
    .execute();
  return found.map((row) => ({ ...row, action: row.action as Action }));
}
