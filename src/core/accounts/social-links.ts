// Where else a person is to be found.

import { sql } from 'kysely';
import type { Asking, Context, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import { tellAccountChanged } from './news.ts';

export type SocialLinks = Record<string, string>;

/** The caller's links. */
export async function socialLinks(asking: Asking<Member>, _input: object): Promise<SocialLinks> {
  const { social_links } = await asking.db
    .selectFrom('accounts')
    .select('social_links')
    .where('id', '=', asking.actor.accountId)
    .executeTakeFirstOrThrow();
  return social_links;
}

/** Replaces all of them. */
export async function replaceSocialLinks(ctx: Context<Member>, input: { links: SocialLinks }): Promise<void> {
  await ctx.tx
    .updateTable('accounts')
    .set({ social_links: JSON.stringify(input.links), updated_at: new Date(ctx.now) })
    .where('id', '=', ctx.actor.accountId)
    .execute();
  await tellAccountChanged(ctx, ctx.actor.accountId, 'profile');
}

/** Removes one, and answers the others. Throws `not_found` (`no_such_link`). */
export async function removeSocialLink(ctx: Context<Member>, input: { platform: string }): Promise<SocialLinks> {
  const removed = await ctx.tx
    .updateTable('accounts')
    .set({ social_links: sql<string>`social_links - ${input.platform}::text`, updated_at: new Date(ctx.now) })
    .where('id', '=', ctx.actor.accountId)
    .where(sql<boolean>`jsonb_exists(social_links, ${input.platform})`)
    .returning('social_links')
    .executeTakeFirst();
  if (!removed) throw new DomainError('not_found', 'no_such_link', 'This link is not set.');
  await tellAccountChanged(ctx, ctx.actor.accountId, 'profile');
  return removed.social_links;
}
