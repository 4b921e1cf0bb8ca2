// The badge of a verified person: asked for here, given by whoever runs the server.

import type { Asking, Context, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { BadgeRequestId, Moment } from '../ids.ts';
import { moment } from '../sql.ts';
import { tellAccountChanged } from './news.ts';

/** An account younger than this has nothing to be verified by. */
const youngest = 7 * 86_400_000;

export type BadgeStatus = 'none' | 'pending' | 'approved' | 'rejected';

/** How the caller's badge stands, and when they last asked for it. */
export async function badge(
  asking: Asking<Member>,
  _input: object,
): Promise<{ status: BadgeStatus; requestedAt: Moment | null }> {
  const { accountId } = asking.actor;
  const found = await asking.db
    .selectFrom('accounts as a')
    .leftJoin('badge_requests as r', 'r.account_id', 'a.id')
    .select(['a.badge_status', moment('r.created_at').as('requested_at')])
    .where('a.id', '=', accountId)
    .orderBy('r.id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  return { status: found.badge_status as BadgeStatus, requestedAt: found.requested_at };
}

/**
 * Asks for the badge; again after a rejection. Throws `conflict` (`badge_approved`, `badge_pending`) and `invalid`
 * (`account_too_young`).
 */
export async function requestBadge(
  ctx: Context<Member>,
  input: { fullName: string; reason: string; socialProof: string | null },
): Promise<{ id: BadgeRequestId; requestedAt: Moment }> {
  const { accountId } = ctx.actor;
  const account = await ctx.tx
    .selectFrom('accounts')
    .select(['badge_status', 'created_at'])
    .where('id', '=', accountId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  if (account.badge_status === 'approved') {
    throw new DomainError('conflict', 'badge_approved', 'Your account is verified already.');
  }
  if (account.badge_status === 'pending') {
    throw new DomainError('conflict', 'badge_pending', 'Your verification request is being looked at.');
  }
  if (ctx.now - account.created_at.getTime() < youngest) {
    throw new DomainError('invalid', 'account_too_young', 'An account must be 7 days old to be verified.');
  }
  const { id } = await ctx.tx
    .insertInto('badge_requests')
    .values({
      account_id: accountId,
      full_name: input.fullName,
      reason: input.reason,
      social_proof: input.socialProof,
      created_at: new Date(ctx.now),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await ctx.tx
    .updateTable('accounts')
    .set({ badge_status: 'pending', updated_at: new Date(ctx.now) })
    .where('id', '=', accountId)
    .execute();
  await tellAccountChanged(ctx, accountId, 'profile');
  return { id, requestedAt: ctx.now };
}
