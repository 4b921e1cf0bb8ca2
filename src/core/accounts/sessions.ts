// A session is one sign-in: it makes tokens good and, when it ends, useless, on every process within two seconds.

import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Actor, Context, Guest, Member } from '../context.ts';
import type { AccountId, SessionId } from '../ids.ts';
import type { Schema } from '../schema.ts';
import { badToken, readToken, signToken, tokenDigest } from './tokens.ts';

export interface SignedIn {
  accountId: AccountId;
  sessionId: SessionId;
  accessToken: string;
  refreshToken: string;
}

/** Signs an account in through the guest's dialect. */
export async function openSession(
  ctx: Context<Guest>,
  account: { id: AccountId; username: string },
): Promise<SignedIn> {
  const { settings, now, actor } = ctx;
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
  const claims = { session: sessionId, account: account.id, dialect: actor.dialect, username: account.username };
  const accessToken = await signToken(settings, { ...claims, type: 'access' }, now);
  const refreshToken = await signToken(settings, { ...claims, type: 'refresh' }, now);
  await ctx.tx
    .insertInto('refresh_tokens')
    .values({
      session_id: sessionId,
      token_hash: tokenDigest(refreshToken),
      expires_at: expiresAt,
      used_at: null,
      created_at: new Date(now),
    })
    .execute();
  return { accountId: account.id, sessionId, accessToken, refreshToken };
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

/** Ends the caller's own session: its tokens are refused from now on, its sockets close. */
export async function signOut(ctx: Context<Member>, _input: object): Promise<void> {
  await endSessions(ctx, { account: ctx.actor.accountId, only: ctx.actor.sessionId, reason: 'logged_out' });
  await ctx.tx
    .updateTable('accounts')
    .set({ last_seen_at: new Date(ctx.now) })
    .where('id', '=', ctx.actor.accountId)
    .execute();
}

/** Ends sessions of an account: all, all but some, or only one. */
export async function endSessions(
  ctx: Context<Actor>,
  which: { account: AccountId; except?: readonly SessionId[]; only?: SessionId; reason: string },
): Promise<void> {
  let ending = ctx.tx
    .updateTable('sessions')
    .set({ ended_at: sql`clock_timestamp()`, end_reason: which.reason, updated_at: new Date(ctx.now) })
    .where('account_id', '=', which.account)
    .where('ended_at', 'is', null);
  if (which.except?.length) ending = ending.where('id', 'not in', which.except);
  if (which.only !== undefined) ending = ending.where('id', '=', which.only);
  const ended = await ending.returning('id').execute();
  if (ended.length === 0) return;
  ctx.emit({
    type: 'sessions.ended',
    sessions: ended.map((session) => session.id),
    reason: which.reason,
    audience: { kind: 'accounts', accounts: [which.account] },
  });
}

/**
 * Sessions that ended lately, and those whose account was lately disabled or enabled, by the database's clock. Every
 * process asks once a second, so that revocation needs no Redis; the window is wider than the interval because a
 * transaction commits after it took the time.
 */
export async function readRevocations(db: Kysely<Schema>): Promise<{ ended: SessionId[]; changed: SessionId[] }> {
  const { rows } = await sql<{ id: SessionId; ended: boolean }>`
    select id, true as ended from sessions where ended_at > clock_timestamp() - interval '15 seconds'
    union all
    select s.id, false from accounts a join sessions s on s.account_id = a.id and s.ended_at is null
    where a.access_changed_at > clock_timestamp() - interval '15 seconds'`.execute(db);
  return {
    ended: rows.filter((row) => row.ended).map((row) => row.id),
    changed: rows.filter((row) => !row.ended).map((row) => row.id),
  };
}
