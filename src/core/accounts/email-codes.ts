// Proving that an e-mail address is one's own, by a code sent there. As with phones the code is derived, not stored.

import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Asking, Context, Member, System } from '../context.ts';
import { DomainError } from '../errors.ts';
import { noteActivities } from './activities.ts';
import { deriveCode, sameText, wrongCode } from './codes.ts';
import { tellAccountChanged } from './news.ts';

/** Mail is slower than a text message. */
const lifetimeSeconds = 900;
const mostFailures = 3;

/** In the last hour and day. An address counts by itself: whoever changes theirs often must not flood another's. */
const caps = { account: { hour: 5, day: 10 }, email: { hour: 5, day: 10 }, all: { day: 5_000 } } as const;

/**
 * Makes a code for the caller's address and promises to send it; an earlier one dies. Is the address proven already,
 * nothing is sent. Throws `invalid` (`no_email`) and `too_many` (`too_many_codes`).
 */
export async function requestEmailCode(ctx: Context<Member>, _input: object): Promise<void> {
  const { accountId } = ctx.actor;
  const { email, email_verified_at: verifiedAt } = await ctx.tx
    .selectFrom('accounts')
    .select(['email', 'email_verified_at'])
    .where('id', '=', accountId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  if (email === null) throw new DomainError('invalid', 'no_email', 'This account has no e-mail address.');
  if (verifiedAt !== null) return;
  if (ctx.settings.limits) await refuseTooMany(ctx, email);
  const { id } = await ctx.tx
    .insertInto('email_codes')
    .values({
      account_id: accountId,
      email,
      nonce: randomBytes(16).toString('base64url'),
      expires_at: new Date(ctx.now + lifetimeSeconds * 1000),
      used_at: null,
      created_at: new Date(ctx.now),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await ctx.enqueue({ name: 'send-email-code', data: { codeId: id } });
}

/** Until the commit others wait, so that no crowd slips through. */
async function refuseTooMany(ctx: Context<Member>, email: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('parlance_email_codes'))`.execute(ctx.tx);
  const hour = new Date(ctx.now - 3_600_000);
  const day = new Date(ctx.now - 86_400_000);
  const { rows } = await sql<Record<'ownHour' | 'ownDay' | 'emailHour' | 'emailDay' | 'all', number>>`
    select count(*) filter (where own and created_at > ${hour}) as "ownHour", count(*) filter (where own) as "ownDay",
      count(*) filter (where same and created_at > ${hour}) as "emailHour", count(*) filter (where same) as "emailDay",
      count(*) as "all"
    from (select created_at, account_id = ${ctx.actor.accountId} as own, lower(email) = lower(${email}) as same
      from email_codes where created_at > ${day}) sent`.execute(ctx.tx);
  const count = rows[0]!;
  const isFull =
    count.ownHour >= caps.account.hour ||
    count.ownDay >= caps.account.day ||
    count.emailHour >= caps.email.hour ||
    count.emailDay >= caps.email.day ||
    count.all >= caps.all.day;
  if (!isFull) return;
  throw new DomainError('too_many', 'too_many_codes', 'Too many codes requested. Try again later.', {
    retryAfter: 600,
  });
}

/**
 * The address is the caller's, as the latest code proves, which is used up; proven already, it stays so. Three wrong
 * tries kill a code. Throws `invalid` (`wrong_code`), keeping the counted failure.
 */
export async function verifyEmail(ctx: Context<Member>, input: { code: string }): Promise<void> {
  const { accountId } = ctx.actor;
  const latest = await ctx.tx
    .selectFrom('email_codes')
    .select(['id', 'email', 'nonce', 'failures', 'expires_at', 'used_at'])
    .where('account_id', '=', accountId)
    .orderBy('id', 'desc')
    .limit(1)
    .forUpdate()
    .executeTakeFirst();
  const alive =
    latest && latest.used_at === null && latest.failures < mostFailures && latest.expires_at.getTime() > ctx.now;
  if (!alive) throw wrongCode();
  if (!sameText(deriveCode(ctx.settings.secret, latest.email, 'email', latest.nonce), input.code.trim())) {
    await ctx.tx
      .updateTable('email_codes')
      .set({ failures: sql`failures + 1` })
      .where('id', '=', latest.id)
      .execute();
    throw wrongCode();
  }
  const now = new Date(ctx.now);
  // An address that was changed meanwhile is not the one that was proven.
  const proven = await ctx.tx
    .updateTable('accounts')
    .set({ email_verified_at: now, updated_at: now })
    .where('id', '=', accountId)
    .where('email', '=', latest.email)
    .returning('id')
    .executeTakeFirst();
  if (!proven) throw wrongCode();
  await ctx.tx.updateTable('email_codes').set({ used_at: now }).where('id', '=', latest.id).execute();
  await noteActivities(ctx, ['email_verified']);
  await tellAccountChanged(ctx, accountId, 'profile');
}

/** What the job sends, and in which language its reader wants it; null when the code has died since. */
export async function emailCodeToSend(
  asking: Asking<System>,
  input: { codeId: number },
): Promise<{ email: string; code: string; language: string | null } | null> {
  const row = await asking.db
    .selectFrom('email_codes as c')
    .innerJoin('accounts as a', 'a.id', 'c.account_id')
    .select(['c.email', 'c.nonce', 'c.expires_at', 'a.language'])
    .where('c.id', '=', input.codeId)
    .where('c.used_at', 'is', null)
    .where('a.deleted_at', 'is', null)
    .whereRef('a.email', '=', 'c.email')
    .executeTakeFirst();
  if (!row || row.expires_at.getTime() <= asking.now) return null;
  const { email, language } = row;
  return { email, language, code: deriveCode(asking.settings.secret, email, 'email', row.nonce) };
}
