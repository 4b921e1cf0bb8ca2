// Registering by username, e-mail and password, as the product does whose first person finds channels to talk in.

import { sql } from 'kysely';
import { prepared, type Context, type Guest, type Member } from '../context.ts';
import { openStandardChannels } from '../conversations/channels.ts';
import type { SignedIn } from './sessions.ts';
import { emailTaken, signUp } from './sign-up.ts';

export interface Registration {
  email: string;
  username: string;
  password: string;
  avatarUrl: string | null;
}

/**
 * Makes an account and signs it in; the very first one also gets the standard channels. Throws `conflict`
 * (`email_taken`, looked at first, and `username_taken`) and `invalid` (`username_reserved`).
 */
export const register = prepared(
  'register',
  signUp.prepare,
  async (ctx: Context<Guest>, input: Registration, made): Promise<SignedIn> => {
    await refuseTakenEmail(ctx, input.email);
    const signedIn = await signUp(ctx, input, made);
    if (await isFirst(ctx)) {
      const { accountId, sessionId } = signedIn;
      const founder: Member = { kind: 'member', accountId, sessionId, dialect: ctx.actor.dialect };
      await openStandardChannels(ctx, founder);
    }
    return signedIn;
  },
);

async function refuseTakenEmail(ctx: Context<Guest>, email: string): Promise<void> {
  const taken = await ctx.tx
    .selectFrom('accounts')
    .select('id')
    .where(sql`lower(email)`, '=', sql`lower(${email})`)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (taken) throw emailTaken();
}

/** True once: of two at the same time the second waits for the first. */
async function isFirst(ctx: Context<Guest>): Promise<boolean> {
  const claimed = await ctx.tx
    .insertInto('server_values')
    .values({ name: `first-registration:${ctx.actor.dialect}`, value: new Date(ctx.now).toISOString() })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('name')
    .executeTakeFirst();
  return claimed !== undefined;
}
