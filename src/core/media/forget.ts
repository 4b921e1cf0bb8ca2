// What becomes of a deleted account's files: those that nobody else shows go too.

import { sql, type RawBuilder } from 'kysely';
import type { Context, System } from '../context.ts';
import type { AccountId } from '../ids.ts';

const atOnce = 200;

/** The last part of the address in a column: a file's name, wherever it is read. */
export function nameInAddress(column: string): RawBuilder<string> {
  return sql<string>`substring(${sql.ref(column)} from '([^/?#]+)(?:[?#].*)?$')`;
}

/**
 * Ends files of an account that no message, conversation or other account shows; answers whether there may be more.
 * `avatar` is the name of the picture it had. Encrypted messages do not tell which files they show: of an account that
 * has sent any, only that picture goes.
 */
export async function forgetMedia(
  ctx: Context<System>,
  { accountId, avatar }: { accountId: AccountId; avatar: string | null },
): Promise<boolean> {
  const { rows } = await sql<{ key: string }>`
    update media set deleted_at = ${new Date(ctx.now)} where id in (
      select f.id from media f where f.account_id = ${accountId} and f.deleted_at is null
        and not exists (select 1 from messages m
          where m.media_url is not null and ${nameInAddress('m.media_url')} = f.name and m.deleted_at is null)
        and f.name not in (
          select ${nameInAddress('avatar_url')} from conversations where ${nameInAddress('avatar_url')} is not null and deleted_at is null
          union all
          select ${nameInAddress('avatar_url')} from accounts where ${nameInAddress('avatar_url')} is not null)
        and (f.name = ${avatar}
          or not exists (select 1 from messages m where m.sender_id = ${accountId} and m.is_encrypted))
      order by f.id limit ${atOnce})
    returning key`.execute(ctx.tx);
  for (const { key } of rows) await ctx.enqueue({ name: 'remove-media', data: { key } });
  return rows.length === atOnce;
}
