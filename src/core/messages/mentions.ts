// Who is named in a message. At sending, that is part of the sending statement; here is what an edit changes, and the list.

import { sql, type RawBuilder } from 'kysely';
import { originOf, type Asking, type Context, type Member } from '../context.ts';
import type { AccountId, ConversationId, MessageId } from '../ids.ts';
import { recordChange, recordOwnChanges } from '../log.ts';
import { messageJson, messageSource, type Message } from './shape.ts';

/** Makes a message mention these names and no others. Answers who is named for the first time. */
export async function replaceMentions(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; messageId: MessageId; names: readonly string[] },
): Promise<AccountId[]> {
  const { conversationId, messageId } = input;
  const { accountId } = ctx.actor;
  const { rows } = await sql<{ id: AccountId }>`
    with named as materialized (
      select p.id from unnest(${[...input.names]}::text[]) as n(name)
      join conversations c on c.id = ${conversationId}
      join accounts p on lower(p.username) = lower(n.name) and p.username = n.name and p.deleted_at is null
      where (c.is_public or exists (select 1 from memberships m
          where m.conversation_id = c.id and m.account_id = p.id and m.left_at is null))
        and not ${blockBetween(accountId, sql`p.id`)}),
    dropped as (delete from mentions where message_id = ${messageId} and account_id not in (select id from named))
    insert into mentions (message_id, account_id, conversation_id, created_at)
    select ${messageId}, id, ${conversationId}, ${new Date(ctx.now)}::timestamptz from named order by id
    on conflict do nothing returning account_id as id`.execute(ctx.tx);
  return rows.map((row) => row.id);
}

/**
 * Who is named in a message of a public conversation without being in it: they see it among their mentions, and hear what
 * becomes of it. The conversation's row must be locked.
 */
export async function namedElsewhere(ctx: Context<Member>, messageId: MessageId): Promise<AccountId[]> {
  const { rows } = await sql<{ id: AccountId }>`
    select n.account_id as id from mentions n join conversations c on c.id = n.conversation_id and c.is_public
    where n.message_id = ${messageId} and not exists (
      select 1 from memberships m where m.conversation_id = c.id and m.account_id = n.account_id and m.left_at is null)
    order by n.account_id`.execute(ctx.tx);
  return rows.map((row) => row.id);
}

/** Tells people that an edit names them now: a change of its own, after the edit's. */
export async function tellMentioned(
  ctx: Context<Member>,
  message: Message,
  accounts: readonly AccountId[],
): Promise<void> {
  const { conversationId, id: messageId } = message;
  const { change, logged } = await recordChange(ctx, {
    conversationId,
    kind: 'message.mentioned',
    messageId,
    subjects: [ctx.actor.accountId, ...accounts],
  });
  const members = await ctx.tx
    .selectFrom('memberships')
    .select('account_id')
    .where('conversation_id', '=', conversationId)
    .where('account_id', 'in', [...accounts])
    .where('left_at', 'is', null)
    .execute();
  const here = new Set(members.map((row) => row.account_id));
  const elsewhere = accounts.filter((id) => !here.has(id));
  await recordOwnChanges(ctx, {
    accounts: elsewhere,
    conversationId,
    messageId,
    kind: 'message.mentioned',
    of: logged,
  });
  ctx.emit({
    type: 'message.mentioned',
    message,
    isEdit: true,
    change,
    logged,
    audience: { kind: 'accounts', accounts: [...accounts] },
    origin: originOf(ctx),
  });
}

/**
 * The messages that mention the caller, newest mention first: of conversations they are in, as far as they still see
 * them, and of public channels.
 */
export async function mentionsOf(asking: Asking<Member>, input: { limit: number; offset: number }): Promise<Message[]> {
  const viewer = asking.actor.accountId;
  const { rows } = await sql<{ message: Message }>`
    with page as (
      select n.message_id, n.created_at from mentions n
      join conversations c on c.id = n.conversation_id and c.deleted_at is null
      join messages v on v.id = n.message_id
      left join memberships b on b.conversation_id = c.id and b.account_id = ${viewer} and b.left_at is null
      where n.account_id = ${viewer} and (c.is_public or b.id is not null)
        and v.message_no > coalesce(b.cleared_no, 0)
        and not exists (select 1 from message_hides h where h.conversation_id = c.id and h.account_id = ${viewer}
          and h.message_no = v.message_no)
      order by n.created_at desc, n.message_id desc limit ${input.limit} offset ${input.offset})
    select ${messageJson(viewer)} as message from page join ${messageSource} on true where m.id = page.message_id
    order by page.created_at desc, page.message_id desc`.execute(asking.db);
  return rows.map((row) => row.message);
}

function blockBetween(one: AccountId, other: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from blocks b where (b.blocker_id = ${one} and b.blocked_id = ${other})
    or (b.blocker_id = ${other} and b.blocked_id = ${one}))`;
}
