// A session is one sign-in: it makes tokens good and, when it ends, useless, on every process within two seconds.

import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Actor, Context, Guest, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, SessionId } from '../ids.ts';
import type { Schema } from '../schema.ts';
import { tellAccountChanged } from './news.ts';
import { accountDisabled, badToken, readToken, signToken, tokenDigest } from './tokens.ts';

export interface SignedIn {
  accountId: AccountId;
  sessionId: SessionId;
  accessToken: string;
  refreshToken: string;
}

/** Signs an account in through the guest's dialect. Throws `forbidden` (`account_banned`). */
export async function openSession(
  ctx: Context<Guest>,
  account: { id: AccountId; username: string },
): Promise<SignedIn> {
  const { settings, now, actor } = ctx;
  await refuseExcluded(ctx, account.id);
  const expiresAt = new Date(now + settings.refreshTokenSeconds * 1000);
  const { id: sessionId } = await ctx.tx
    .insertInto('sessions')
    .values({
      account_id: account.id,
      dialect: actor.dialect,
      device: actor.device?.slice(0, 255) ?? null,
      address: actor.address,
      expires_at: expiresAt,
      ended_at: null,
      end_reason: null,
      last_used_at: new Date(now),
      created_at: new Date(now),
      updated_at: new Date(now),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const tokens = await issueTokens(ctx, { session: sessionId, account: account.id, username: account.username });
  await tellAccountChanged(ctx, account.id, 'sessions');
  return { accountId: account.id, sessionId, ...tokens };
}

/** Shares the account's row until the commit, so that a ban meanwhile waits for the session it is to end. */
async function refuseExcluded(ctx: Context<Guest>, id: AccountId): Promise<void> {
  const { standing, banned_until } = await ctx.tx
    .selectFrom('accounts')
    .select(['standing', 'banned_until'])
    .where('id', '=', id)
    .forShare()
    .executeTakeFirstOrThrow();
  if (standing === 'ACTIVE' || (banned_until !== null && banned_until.getTime() <= ctx.now)) return;
  throw new DomainError('forbidden', 'account_banned', `This account is ${standing.toLowerCase()}.`);
}

/** A new pair for a session, which lives as long as its newest refresh token. */
async function issueTokens(
  { settings, now, actor, tx }: Context<Guest>,
  holder: { session: SessionId; account: AccountId; username: string },
): Promise<{ accessToken: string; refreshToken: string }> {
  const claims = { ...holder, dialect: actor.dialect };
  const accessToken = await signToken(settings, { ...claims, type: 'access' }, now);
  const refreshToken = await signToken(settings, { ...claims, type: 'refresh' }, now);
  const expiresAt = new Date(now + settings.refreshTokenSeconds * 1000);
  await tx
    .insertInto('refresh_tokens')
    .values({
      session_id: holder.session,
      token_hash: tokenDigest(refreshToken),
      expires_at: expiresAt,
      used_at: null,
      created_at: new Date(now),
    })
    .execute();
  await tx
    .updateTable('sessions')
    .set({ expires_at: expiresAt, last_used_at: new Date(now), updated_at: new Date(now) })
    .where('id', '=', holder.session)
    .where('expires_at', '<', expiresAt)
    .execute();
  return { accessToken, refreshToken };
}

/**
 * Makes a new access token and leaves the refresh token as it is (URGE: its client never stores a new one, and refreshes
 * several times at once). Throws `unauthenticated`: forged, expired, of another dialect, or its session ended.
 */
export async function refreshAccess(ctx: Context<Guest>, input: { refreshToken: string }): Promise<SignedIn> {
  const claims = await readToken(ctx.settings, input.refreshToken, 'refresh');
  if (claims.aud !== ctx.actor.dialect || claims.expiresAt <= ctx.now) throw badToken();
  const session = await ctx.tx
    .selectFrom('refresh_tokens')
    .innerJoin('sessions', 'sessions.id', 'refresh_tokens.session_id')
    .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
    .select(['sessions.id', 'sessions.account_id', 'accounts.username'])
    .where('refresh_tokens.token_hash', '=', tokenDigest(input.refreshToken))
    .where('sessions.ended_at', 'is', null)
    .where('accounts.deleted_at', 'is', null)
    .executeTakeFirst();
  if (!session) throw badToken();
  const accessToken = await signToken(
    ctx.settings,
    {
      type: 'access',
      session: session.id,
      account: session.account_id,
      dialect: claims.aud,
      username: session.username,
    },
    ctx.now,
  );
  return {
    accountId: session.account_id,
    sessionId: session.id,
    accessToken,
    refreshToken: input.refreshToken,
  };
}

/**
 * Spends a refresh token and makes a new pair (AI Messaging; NeruTalk with some grace, as its client may refresh twice at
 * once). A token that was spent longer before than that is in the wrong hands, or was: its session ends. Throws `unauthenticated`: forged, expired, spent, of another dialect, or its session ended; and
 * `forbidden` (`account_disabled`), which leaves the token good.
 */
export async function rotateRefresh(
  ctx: Context<Guest>,
  input: { refreshToken: string; graceSeconds?: number },
): Promise<SignedIn> {
  const claims = await readToken(ctx.settings, input.refreshToken, 'refresh');
  if (claims.aud !== ctx.actor.dialect || claims.expiresAt <= ctx.now) throw badToken();
  const found = await ctx.tx
    .selectFrom('refresh_tokens')
    .innerJoin('sessions', 'sessions.id', 'refresh_tokens.session_id')
    .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
    .select(['refresh_tokens.id', 'refresh_tokens.used_at', 'accounts.username', 'accounts.disabled_at'])
    .select(['sessions.id as session', 'sessions.account_id as account'])
    .where('refresh_tokens.token_hash', '=', tokenDigest(input.refreshToken))
    .where('sessions.ended_at', 'is', null)
    .where('accounts.deleted_at', 'is', null)
    .forUpdate('refresh_tokens')
    .executeTakeFirst();
  if (!found) throw badToken();
  const { session, account, username } = found;
  const { graceSeconds } = input;
  const graceUntil = graceSeconds === undefined ? -Infinity : (found.used_at?.getTime() ?? 0) + graceSeconds * 1000;
  if (found.used_at !== null && ctx.now >= graceUntil) {
    await endSessions(ctx, { account, only: session, reason: 'refresh_token_reused' });
    throw badToken({ keepsChanges: true });
  }
  if (found.disabled_at !== null) throw accountDisabled();
  await ctx.tx
    .updateTable('refresh_tokens')
    .set({ used_at: found.used_at ?? new Date(ctx.now) })
    .where('id', '=', found.id)
    .execute();
  return { accountId: account, sessionId: session, ...(await issueTokens(ctx, { session, account, username })) };
}

/** Ends the caller's own session: its tokens are refused from now on, its sockets close. */
export async function signOut(ctx: Context<Member>, _input: object): Promise<void> {
  await endSessions(ctx, { account: ctx.actor.accountId, only: ctx.actor.sessionId, reason: 'logged_out' });
  await ctx.tx
    .updateTable('accounts')
    .set({ last_seen_at: new Date(ctx.now) })
    .where('id', '=', ctx.actor.accountId)
    .execute();
}

/** Ends sessions of an account: all, all but some, or only one. Answers which. */
export async function endSessions(
  ctx: Context<Actor>,
  which: { account: AccountId; except?: readonly SessionId[]; only?: SessionId; reason: string; notice?: string },
): Promise<SessionId[]> {
  let ending = ctx.tx
    .updateTable('sessions')
    .set({ ended_at: sql`clock_timestamp()`, end_reason: which.reason, updated_at: new Date(ctx.now) })
    .where('account_id', '=', which.account)
    .where('ended_at', 'is', null);
  if (which.except?.length) ending = ending.where('id', 'not in', which.except);
  if (which.only !== undefined) ending = ending.where('id', '=', which.only);
  const ended = (await ending.returning('id').execute()).map((session) => session.id);
  if (ended.length > 0) {
    await tellAccountChanged(ctx, which.account, 'sessions');
    ctx.emit({
      type: 'sessions.ended',
      sessions: ended,
      reason: which.reason,
      ...(which.notice !== undefined && { notice: which.notice }),
      audience: { kind: 'accounts', accounts: [which.account] },
    });
  }
  return ended;
}

/**
 * Sessions that ended lately, those whose account was lately disabled or enabled, and which of these are now barred, by
 * the database's clock. Every
 * process asks once a second, so that revocation needs no Redis; the window is wider than the interval because a
 * transaction commits after it took the time.
 */
export async function readRevocations(
  db: Kysely<Schema>,
): Promise<{ ended: SessionId[]; changed: SessionId[]; barred: SessionId[] }> {
  const { rows } = await sql<{ id: SessionId; ended: boolean; barred: boolean }>`
    select id, true as ended, false as barred from sessions where ended_at > clock_timestamp() - interval '15 seconds'
    union all
    select s.id, false, a.disabled_at is not null from accounts a join sessions s on s.account_id = a.id and s.ended_at is null
    where a.access_changed_at > clock_timestamp() - interval '15 seconds'`.execute(db);
  return {
    ended: rows.filter((row) => row.ended).map((row) => row.id),
    changed: rows.filter((row) => !row.ended).map((row) => row.id),
    barred: rows.filter((row) => row.barred).map((row) => row.id),
  };
}
