// What one person sets on a conversation for themselves alone: archived, muted, favourite, cleared, hidden.

import { sql } from 'kysely';
import { originOf, type Context, type Member } from '../context.ts';
import type { Preference } from '../events.ts';
import type { ConversationId } from '../ids.ts';
import { recordOwnChange } from '../log.ts';
import { enter } from './membership.ts';

const columns = { archived: 'archived_at', muted: 'muted_at', favourite: 'favourite_at' } as const;

/**
 * Switches archived, muted or favourite on, off, or over. Answers how it stands. Throws `not_found`
 * (`no_such_conversation`) and `forbidden` (`not_a_member`).
 */
export async function setPreference(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; preference: keyof typeof columns; on: boolean | 'toggle' },
): Promise<boolean> {
  const { conversationId, preference } = input;
  await enter(ctx, conversationId);
  const column = sql.ref(columns[preference]);
  const { rows } = await sql<{ before: boolean; after: boolean }>`
    with mine as (
      select id, ${column} is not null as before from memberships
      where conversation_id = ${conversationId} and account_id = ${ctx.actor.accountId} for no key update)
    update memberships m set ${column} =
      case when ${input.on === 'toggle' ? sql`not mine.before` : sql`${input.on}::boolean`}
        then coalesce(m.${column}, ${new Date(ctx.now)}) end
    from mine where m.id = mine.id
    returning mine.before, m.${column} is not null as after`.execute(ctx.tx);
  const { before, after } = rows[0]!;
  if (before !== after) await tellPreference(ctx, conversationId, preference, after);
  return after;
}

/** Empties the caller's own view of the history; others keep theirs. Throws as above. */
export async function clearHistory(ctx: Context<Member>, input: { conversationId: ConversationId }): Promise<void> {
  await clear(ctx, input.conversationId, false);
  await tellPreference(ctx, input.conversationId, 'cleared', true);
}

/**
 * Takes a conversation off the caller's lists, without its history; a new message brings it back, with that message
 * alone. Throws as above.
 */
export async function hideConversation(ctx: Context<Member>, input: { conversationId: ConversationId }): Promise<void> {
  await clear(ctx, input.conversationId, true);
  await tellPreference(ctx, input.conversationId, 'hidden', true);
}

async function clear(ctx: Context<Member>, conversationId: ConversationId, hide: boolean): Promise<void> {
  const { lastMessageNo } = await enter(ctx, conversationId, { lock: true });
  const { accountId } = ctx.actor;
  await ctx.tx
    .updateTable('memberships')
    .set({
      cleared_no: lastMessageNo,
      read_no: sql<number>`greatest(read_no, ${lastMessageNo})`,
      ...(hide && { hidden_no: lastMessageNo }),
    })
    .where('conversation_id', '=', conversationId)
    .where('account_id', '=', accountId)
    .execute();
  for (const table of ['message_reads', 'message_hides'] as const) {
    await ctx.tx
      .deleteFrom(table)
      .where('conversation_id', '=', conversationId)
      .where('account_id', '=', accountId)
      .where('message_no', '<=', lastMessageNo)
      .execute();
  }
}

/** To the caller's other devices. */
export async function tellPreference(
  ctx: Context<Member>,
  conversationId: ConversationId,
  preference: Preference,
  on: boolean,
): Promise<void> {
  const { accountId } = ctx.actor;
  const logged = await recordOwnChange(ctx, {
    accountId,
    conversationId,
    kind: 'conversation.preference',
    detail: { preference },
    // What was said before it is gone, what is said after it is not.
    ...((preference === 'cleared' || preference === 'hidden') && on && { among: conversationId }),
  });
  ctx.emit({
    type: 'conversation.preference',
    conversationId,
    preference,
    on,
    logged,
    audience: { kind: 'accounts', accounts: [accountId] },
    origin: originOf(ctx),
  });
}
