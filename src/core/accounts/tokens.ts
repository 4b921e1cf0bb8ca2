// Access and refresh tokens: JWTs bound to a session row. Checking one costs a hash and a map look-up, once it is known.

import { createHash, randomUUID } from 'node:crypto';
import { decodeJwt, errors as joseErrors, jwtVerify, SignJWT } from 'jose';
import type { Kysely } from 'kysely';
import type { CoreSettings, DialectName, Member } from '../context.ts';
import { DomainError, type ErrorDetails } from '../errors.ts';
import type { Event } from '../events.ts';
import type { AccountId, Moment, SessionId } from '../ids.ts';
import type { Schema } from '../schema.ts';

const mostRemembered = 50_000;

export interface TokenClaims {
  type: 'access' | 'refresh';
  sid: SessionId;
  aud: DialectName;
  expiresAt: Moment;
}

/** How strictly an access token is taken. */
export interface TokenRules {
  /** Seconds past its expiry that it is still good for; the session must live all the same. Default 0. */
  graceSeconds?: number;
}

/** Signs one token. `sub` is for the dialect's own clients; the server goes by `sid`. */
export function signToken(
  settings: CoreSettings,
  claims: {
    type: 'access' | 'refresh';
    session: SessionId;
    account: AccountId;
    dialect: DialectName;
    username: string;
  },
  now: Moment,
): Promise<string> {
  const seconds = claims.type === 'access' ? settings.accessTokenSeconds : settings.refreshTokenSeconds;
  const issued = Math.floor(now / 1000);
  return new SignJWT({ type: claims.type, sid: claims.session, username: claims.username })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(settings.subject(claims.dialect, claims.account))
    .setAudience(claims.dialect)
    .setJti(randomUUID())
    .setIssuedAt(issued)
    .setExpirationTime(issued + seconds)
    .sign(settings.secret);
}

/** Verifies signature, shape and kind; expiry is the caller's to judge. Throws `unauthenticated`. */
export async function readToken(
  settings: CoreSettings,
  token: string,
  type: TokenClaims['type'],
): Promise<TokenClaims> {
  try {
    const { payload } = await jwtVerify(token, settings.secret, {
      algorithms: ['HS256'],
      // Expiry is judged by the caller, who may have grace to give.
      currentDate: new Date(0),
    });
    const { sid, aud, exp } = payload;
    if (payload['type'] !== type || typeof sid !== 'number' || typeof aud !== 'string' || typeof exp !== 'number') {
      throw badToken();
    }
    return { type, sid: sid as SessionId, aud: aud as DialectName, expiresAt: exp * 1000 };
  } catch (error) {
    if (error instanceof joseErrors.JOSEError) throw badToken();
    throw error;
  }
}

/** Which dialect a token says it was issued by, whether that is true or not; null if it is no token at all. */
export function claimedDialect(token: string): string | null {
  try {
    const { aud } = decodeJwt(token);
    return typeof aud === 'string' ? aud : null;
  } catch {
    return null;
  }
}

/** What is stored of a refresh token. */
export function tokenDigest(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

export function badToken(details: ErrorDetails = {}): DomainError {
  return new DomainError('unauthenticated', 'bad_token', 'Could not validate credentials.', details);
}

/** Not `unauthenticated`: the token is good, and works again once the account is enabled. */
export function accountDisabled(): DomainError {
  return new DomainError('forbidden', 'account_disabled', 'This account is disabled.');
}

/** Remembers verified tokens with their sessions, and forgets them when the session ends. */
export class TokenCheck {
  readonly #db: Kysely<Schema>;
  readonly #settings: CoreSettings;
  readonly #now: () => Moment;
  readonly #known = new Map<string, { member: Member; expiresAt: Moment }>();
  readonly #bySession = new Map<SessionId, Set<string>>();

  constructor(db: Kysely<Schema>, settings: CoreSettings, now: () => Moment) {
    this.#db = db;
    this.#settings = settings;
    this.#now = now;
  }

  /**
   * The holder of an access token. Throws `unauthenticated` (forged, expired, of another kind, or its session ended) and
   * `forbidden` (`account_disabled`).
   */
  async check(token: string, rules: TokenRules = {}): Promise<Member> {
    const digest = tokenDigest(token);
    const known = this.#known.get(digest) ?? (await this.#verify(token, digest));
    if (known.expiresAt + (rules.graceSeconds ?? 0) * 1000 <= this.#now()) {
      throw new DomainError('unauthenticated', 'expired_token', 'Token has expired.');
    }
    return known.member;
  }

  /** Forgets the tokens of ended sessions. */
  forget(sessions: Iterable<SessionId>): void {
    for (const session of sessions) {
      for (const digest of this.#bySession.get(session) ?? []) this.#known.delete(digest);
      this.#bySession.delete(session);
    }
  }

  /** Forgets what these events end or change. */
  heed(events: readonly Event[]): void {
    for (const event of events) {
      if (event.type === 'sessions.ended' || event.type === 'access.changed') this.forget(event.sessions);
    }
  }

  async #verify(token: string, digest: string): Promise<{ member: Member; expiresAt: Moment }> {
    const claims = await readToken(this.#settings, token, 'access');
    const session = await this.#db
      .selectFrom('sessions')
      .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
      .select(['sessions.account_id', 'accounts.disabled_at'])
      .where('sessions.id', '=', claims.sid)
      .where('sessions.ended_at', 'is', null)
      .where('accounts.deleted_at', 'is', null)
      .executeTakeFirst();
    if (!session) throw badToken();
    if (session.disabled_at !== null) throw accountDisabled();
    const member: Member = {
      kind: 'member',
      accountId: session.account_id,
      sessionId: claims.sid,
      dialect: claims.aud,
    };
    const known = { member, expiresAt: claims.expiresAt };
    this.#remember(digest, claims.sid, known);
    return known;
  }

  #remember(digest: string, session: SessionId, known: { member: Member; expiresAt: Moment }): void {
    if (this.#known.size >= mostRemembered) {
      const [oldest, entry] = this.#known.entries().next().value!;
      this.#known.delete(oldest);
      this.#bySession.get(entry.member.sessionId)?.delete(oldest);
    }
    this.#known.set(digest, known);
    const digests = this.#bySession.get(session) ?? new Set();
    digests.add(digest);
    this.#bySession.set(session, digests);
  }
}
