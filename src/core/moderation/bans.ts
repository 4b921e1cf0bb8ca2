// Keeping somebody out: for a time (suspended) or until further notice (banned). Every session ends, in every dialect.

import { tellAccountChanged } from '../accounts/news.ts';
import { endSessions } from '../accounts/sessions.ts';
import type { Context, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId } from '../ids.ts';
import { recordAction } from './actions.ts';
import { requirePowerOver } from './ranks.ts';

interface Exclusion {
  accountId: AccountId;
  reason: string | null;
  /** Null: until it is lifted. */
  hours: number | null;
}

/** Throws `forbidden` (`rank_too_low`, `own_account`) and `not_found` (`no_such_person`), as all in this file. */
export async function banAccount(ctx: Context<Member>, input: Exclusion): Promise<void> {
  await requirePowerOver(ctx, input.accountId, 'ADMIN');
  await exclude(ctx, input, 'BANNED');
}

export async function suspendAccount(ctx: Context<Member>, input: Exclusion): Promise<void> {
  await requirePowerOver(ctx, input.accountId, 'MODERATOR');
  await exclude(ctx, input, 'SUSPENDED');
}

async function exclude(ctx: Context<Member>, input: Exclusion, standing: 'BANNED' | 'SUSPENDED'): Promise<void> {
  const { accountId, reason, hours } = input;
  await ctx.tx
    .updateTable('accounts')
    .set({
      standing,
      banned_until: hours === null ? null : new Date(ctx.now + hours * 3_600_000),
      updated_at: new Date(ctx.now),
    })
    .where('id', '=', accountId)
    .execute();
  const word = standing.toLowerCase();
  const notice = `Your account has been ${word}${reason ? `: ${reason}` : '.'}`;
  await endSessions(ctx, { account: accountId, reason: word, notice });
  const target = { type: 'USER', id: accountId } as const;
  const type = standing === 'BANNED' ? 'BAN_USER' : 'SUSPEND_USER';
  await recordAction(ctx, { type, target, reason, metadata: { hours } });
}

/** Lets somebody in again. Also throws `invalid` (`not_excluded`). */
export async function readmitAccount(
  ctx: Context<Member>,
  input: { accountId: AccountId; reason: string | null },
): Promise<void> {
  const { accountId, reason } = input;
  await requirePowerOver(ctx, accountId, 'MODERATOR');
  const { standing } = await ctx.tx
    .selectFrom('accounts')
    .select('standing')
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow();
  if (standing === 'ACTIVE') throw new DomainError('invalid', 'not_excluded', 'This user is not banned or suspended');
  if (standing === 'BANNED') await requirePowerOver(ctx, accountId, 'ADMIN');
  await ctx.tx
    .updateTable('accounts')
    .set({ standing: 'ACTIVE', banned_until: null, updated_at: new Date(ctx.now) })
    .where('id', '=', accountId)
    .execute();
  await tellAccountChanged(ctx, accountId, 'profile');
  const type = standing === 'BANNED' ? 'UNBAN_USER' : 'UNSUSPEND_USER';
  await recordAction(ctx, { type, target: { type: 'USER', id: accountId }, reason });
}
