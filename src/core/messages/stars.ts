// Stars: one person's own marks on messages.

import { sql } from 'kysely';
import { originOf, type Asking, type Context, type Member } from '../context.ts';
import { notAMember, noSuchMessage, reach } from '../conversations/membership.ts';
import type { ConversationId, MessageId } from '../ids.ts';
import { recordOwnChange } from '../log.ts';
import { messageJson, messageSource, type Message } from './shape.ts';

/** Stars a message; again is nothing new. Throws `not_found` (`no_such_message`) and `forbidden` (`not_a_member`). */
export async function starMessage(ctx: Context<Member>, input: { messageId: MessageId }): Promise<void> {
  const { conversationId, messageId } = await reach(ctx, input.messageId);
  const { accountId } = ctx.actor;
  const starred = await ctx.tx
    .insertInto('stars')
    .values({
      account_id: accountId,
      message_id: messageId,
      conversation_id: conversationId,
      created_at: new Date(ctx.now),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('message_id')
    .executeTakeFirst();
  if (starred) await tell(ctx, conversationId, messageId, true);
}

/** Takes the star off, if there is one. Throws `not_found` (`no_such_message`) and `forbidden` (`not_a_member`). */
export async function unstarMessage(ctx: Context<Member>, input: { messageId: MessageId }): Promise<void> {
  const { accountId } = ctx.actor;
  const place = await ctx.tx
    .selectFrom('messages as m')
    .leftJoin('memberships as s', (join) =>
      join.onRef('s.conversation_id', '=', 'm.conversation_id').on('s.account_id', '=', accountId),
    )
    .select(['m.conversation_id', 's.id as membership'])
    .where('m.id', '=', input.messageId)
    .executeTakeFirst();
  if (!place) throw noSuchMessage();
  if (place.membership === null) throw notAMember();
  const removed = await ctx.tx
    .deleteFrom('stars')
    .where('account_id', '=', accountId)
    .where('message_id', '=', input.messageId)
    .returning('message_id')
    .executeTakeFirst();
  if (removed) await tell(ctx, place.conversation_id, input.messageId, false);
}

async function tell(
  ctx: Context<Member>,
  conversationId: ConversationId,
  messageId: MessageId,
  starred: boolean,
): Promise<void> {
  const { accountId } = ctx.actor;
  const logged = await recordOwnChange(ctx, { accountId, conversationId, messageId, kind: 'message.starred' });
  ctx.emit({
    type: 'message.starred',
    conversationId,
    messageId,
    starred,
    logged,
    audience: { kind: 'accounts', accounts: [accountId] },
    origin: originOf(ctx),
  });
}

export interface StarredPage {
  messages: Message[];
  total: number;
  hasMore: boolean;
}

/** The caller's starred messages that they can still see, newest message first. */
export async function starredMessages(
  asking: Asking<Member>,
  input: { limit: number; offset: number },
): Promise<StarredPage> {
  const viewer = asking.actor.accountId;
  const visible = sql`stars st
    join messages v on v.id = st.message_id
    join memberships b on b.conversation_id = v.conversation_id and b.account_id = st.account_id
    where st.account_id = ${viewer} and b.left_at is null and v.deleted_at is null and v.message_no > b.cleared_no
      and not exists (select 1 from message_hides h where h.conversation_id = v.conversation_id
        and h.account_id = ${viewer} and h.message_no = v.message_no)`;
  const { rows } = await sql<{ total: number; messages: Message[] }>`
    select (select count(*) from ${visible}) as total,
      coalesce((select json_agg(${messageJson(viewer)} order by m.id desc)
        from (select v.id as starred_id from ${visible} order by v.id desc
          limit ${input.limit} offset ${input.offset}) page
        join ${messageSource} on true where m.id = page.starred_id), '[]'::json) as messages`.execute(asking.db);
  const { total, messages } = rows[0]!;
  return { messages, total, hasMore: input.offset + messages.length < total };
}
