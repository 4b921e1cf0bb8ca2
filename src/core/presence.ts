// Who is here, and who is typing: transient, delivered and forgotten.

import { sql, type Kysely } from 'kysely';
import { originOf, type Actor, type Context, type Member, type System } from './context.ts';
import { enter } from './conversations/membership.ts';
import type { AccountId, ConversationId, Moment } from './ids.ts';
import type { Schema } from './schema.ts';
import { moment } from './sql.ts';

/** Below this many connected accounts everyone hears of everyone (DECISIONS 30); above, those who share a small group. */
const mostForEveryone = 1000;
const smallGroup = 256;

/** An account's first connection opened, or its last one closed: keeps the time, and tells whom it may concern. */
export function changePresence(ctx: Context<Member>, input: { isOnline: boolean; connected: number }): Promise<void> {
  return tellPresence(ctx, { ...input, accountId: ctx.actor.accountId });
}

/** As `changePresence`, for an account whose process can no longer say it itself. */
export function correctPresence(
  ctx: Context<System>,
  input: { accountId: AccountId; isOnline: boolean; connected: number },
): Promise<void> {
  return tellPresence(ctx, input);
}

async function tellPresence(
  ctx: Context<Actor>,
  { accountId, isOnline, connected }: { accountId: AccountId; isOnline: boolean; connected: number },
): Promise<void> {
  const account = await ctx.tx
    .updateTable('accounts')
    .set({ last_seen_at: new Date(ctx.now) })
    .where('id', '=', accountId)
    .returning(['show_online_status', 'show_last_seen', moment('last_seen_at').as('last_seen')])
    .executeTakeFirst();
  if (!account?.show_online_status) return;
  const lastSeenAt = account.show_last_seen ? account.last_seen : null;
  await announcePresence(ctx, { accountId, isOnline, lastSeenAt, connected });
}

/** The news itself, to whomever it may concern; whether the person shows it is the caller's matter. */
export async function announcePresence(
  ctx: Context<Actor>,
  news: { accountId: AccountId; isOnline: boolean; lastSeenAt: Moment | null; connected: number },
): Promise<void> {
  const { accountId, isOnline, lastSeenAt, connected } = news;
  const estranged = await estrangedFrom(ctx.tx, accountId);
  const acquainted = await acquaintances(ctx.tx, accountId, estranged);
  ctx.emit({
    type: 'presence',
    accountId,
    isOnline,
    lastSeenAt,
    acquaintances: acquainted,
    audience:
      connected < mostForEveryone
        ? { kind: 'everyone', besides: [accountId, ...estranged] }
        : { kind: 'accounts', accounts: acquainted },
    origin: { accountId },
  });
}

async function estrangedFrom(db: Kysely<Schema>, account: AccountId): Promise<AccountId[]> {
  const { rows } = await sql<{ id: AccountId }>`
    select blocked_id as id from blocks where blocker_id = ${account}
    union select blocker_id from blocks where blocked_id = ${account}`.execute(db);
  return rows.map((row) => row.id);
}

/** People who share a direct conversation or a small group with the account. */
async function acquaintances(
  db: Kysely<Schema>,
  account: AccountId,
  besides: readonly AccountId[],
): Promise<AccountId[]> {
  const { rows } = await sql<{ id: AccountId }>`
    select distinct theirs.account_id as id
    from memberships mine join memberships theirs on theirs.conversation_id = mine.conversation_id
    where mine.account_id = ${account} and mine.left_at is null and theirs.left_at is null
      and theirs.account_id <> ${account} and theirs.account_id <> all(${[...besides]}::bigint[])
      and (select count(*) from (select 1 from memberships o where o.conversation_id = mine.conversation_id
        and o.left_at is null limit ${smallGroup + 1}) few) <= ${smallGroup}`.execute(db);
  return rows.map((row) => row.id);
}

/** The caller types, or stopped; who is blocked, or blocks, is not told. Throws `not_found` (`no_such_conversation`) and `forbidden` (`not_a_member`). */
export async function setTyping(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; isTyping: boolean },
): Promise<void> {
  const { conversationId, membershipVersion, isBlocked } = await enter(ctx, input.conversationId);
  if (isBlocked) return;
  const { accountId } = ctx.actor;
  const typist = await ctx.tx
    .selectFrom('accounts')
    .select(['username', 'display_name'])
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow();
  ctx.emit({
    type: 'typing',
    conversationId,
    by: accountId,
    name: typist.display_name ?? typist.username,
    username: typist.username,
    isTyping: input.isTyping,
    audience: { kind: 'members', conversationId, membershipVersion },
    origin: originOf(ctx),
  });
}

/**
 * The caller's connection follows a conversation from now on, or no longer; `isSilent`: it is as it was. Throws as
 * `setTyping` does.
 */
export async function moveInRoom(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; isEntering: boolean; isSilent: boolean },
): Promise<void> {
  const { conversationId, membershipVersion, isBlocked } = await enter(ctx, input.conversationId);
  if (isBlocked || input.isSilent) return;
  ctx.emit({
    type: input.isEntering ? 'room.entered' : 'room.left',
    conversationId,
    by: ctx.actor.accountId,
    audience: { kind: 'members', conversationId, membershipVersion },
    origin: originOf(ctx),
  });
}
