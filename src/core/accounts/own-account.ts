// What becomes of one's own account: left for a while, or for good.

import { sql } from 'kysely';
import type { Asking, Context, Member } from '../context.ts';
import type { Moment } from '../ids.ts';
import { requireAnotherSuperuser } from './administer.ts';
import { noteActivities } from './activities.ts';
import { bury } from './delete.ts';
import { endSessions } from './sessions.ts';

/** Ends all sessions; until its owner signs in again, nobody can add the account to anything. */
export async function deactivateOwnAccount(ctx: Context<Member>, _input: object): Promise<void> {
  const { accountId } = ctx.actor;
  const now = new Date(ctx.now);
  await ctx.tx
    .updateTable('accounts')
    .set({ deactivated_at: now, last_seen_at: now, updated_at: now })
    .where('id', '=', accountId)
    .execute();
  await noteActivities(ctx, ['account_deactivated']);
  await endSessions(ctx, { account: accountId, reason: 'deactivated' });
}

/** Leaves a tombstone where the caller spoke. Throws `conflict` (`last_superuser`). */
export async function deleteOwnAccount(ctx: Context<Member>, _input: object): Promise<void> {
  await requireAnotherSuperuser(ctx, ctx.actor.accountId);
  await bury(ctx, ctx.actor.accountId);
}

/** Facts about the caller's account that no profile tells. */
export async function accountDates(
  asking: Asking<Member>,
  _input: object,
): Promise<{ passwordChangedAt: Moment | null; signedInAt: Moment | null }> {
  const { accountId } = asking.actor;
  const { rows } = await sql<{ changed: Date | null; signed: Date | null }>`
    select password_changed_at as changed,
      (select max(s.created_at) from sessions s where s.account_id = a.id) as signed
    from accounts a where a.id = ${accountId}`.execute(asking.db);
  const [found] = rows;
  return { passwordChangedAt: found?.changed?.getTime() ?? null, signedInAt: found?.signed?.getTime() ?? null };
}
