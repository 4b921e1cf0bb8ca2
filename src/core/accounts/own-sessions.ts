// The caller's own sessions: seen, ended one by one, ended all at once.

import type { Kysely } from 'kysely';
import type { Asking, Context, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, Moment, SessionId } from '../ids.ts';
import type { Schema } from '../schema.ts';
import { moment } from '../sql.ts';
import { endSessions } from './sessions.ts';
import { tokenDigest } from './tokens.ts';

export interface Session {
  id: SessionId;
  accountId: AccountId;
  device: string | null;
  address: string | null;
  expiresAt: Moment;
  createdAt: Moment;
}

/** Those that have not ended, through whatever dialect they were opened. */
export async function ownSessions(asking: Asking<Member>, _input: object): Promise<Session[]> {
  return sessionsOf(asking.db, asking.actor.accountId);
}

/** Those of an account that have not ended, oldest first. */
export function sessionsOf(db: Kysely<Schema>, account: AccountId): Promise<Session[]> {
  return db
    .selectFrom('sessions')
    .select([
      'id',
      'account_id as accountId',
      'device',
      'address',
      moment('expires_at').as('expiresAt'),
      moment('created_at').as('createdAt'),
    ])
    .where('account_id', '=', account)
    .where('ended_at', 'is', null)
    .orderBy('id')
    .execute();
}

/** Ends one of them, the current one too. Throws `not_found` (`no_such_session`). */
export async function endOwnSession(ctx: Context<Member>, input: { id: SessionId }): Promise<void> {
  const ended = await endSessions(ctx, { account: ctx.actor.accountId, only: input.id, reason: 'ended_by_owner' });
  if (ended.length === 0) throw new DomainError('not_found', 'no_such_session', 'Session not found.');
}

/** Ends all of them. */
export async function signOutEverywhere(ctx: Context<Member>, _input: object): Promise<void> {
  await endSessions(ctx, { account: ctx.actor.accountId, reason: 'logged_out_everywhere' });
}

/** Uses a refresh token of the caller's up; one that is unknown, or another's, is passed over. */
export async function spendRefreshToken(ctx: Context<Member>, input: { refreshToken: string }): Promise<void> {
  await ctx.tx
    .updateTable('refresh_tokens')
    .from('sessions')
    .set({ used_at: new Date(ctx.now) })
    .whereRef('sessions.id', '=', 'refresh_tokens.session_id')
    .where('sessions.account_id', '=', ctx.actor.accountId)
    .where('refresh_tokens.token_hash', '=', tokenDigest(input.refreshToken))
    .where('refresh_tokens.used_at', 'is', null)
    .execute();
}
