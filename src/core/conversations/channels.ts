// Channels: made by anybody, public or private, all members alike. Groups and direct conversations are listed with them.

import { sql } from 'kysely';
import { noSuchPerson } from '../accounts/people.ts';
import { originOf, type Actor, type Asking, type Context, type Member, type System } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { Event } from '../events.ts';
import type { AccountId, ConversationId, SessionId } from '../ids.ts';
import { recordChange, recordOwnChanges, recordPublicChange } from '../log.ts';
import { authorJson, type Author } from '../messages/shape.ts';
import { admit } from './members.ts';
import { enter, enterable, noSuchConversation, notAMember } from './membership.ts';
import { outlineJson, outlineOf } from './outline.ts';
import { requireRight } from './rights.ts';
import type { ConversationOutline } from './shape.ts';

export interface NewChannel {
  name: string;
  description: string | null;
  isPublic: boolean;
}

/** Makes a channel with the caller in it. Throws `conflict` (`channel_exists`): names are unique, private ones too. */
export async function createChannel(
  ctx: Context<Member>,
  input: NewChannel,
): Promise<{ conversationId: ConversationId }> {
  const conversationId = await insertChannel(ctx, input, ctx.actor.accountId);
  if (conversationId === null) {
    throw new DomainError('conflict', 'channel_exists', 'Channel with this name already exists', { field: 'name' });
  }
  const { accountId } = ctx.actor;
  await ctx.tx
    .insertInto('memberships')
    .values({
      conversation_id: conversationId,
      account_id: accountId,
      role: 'MEMBER',
      joined_at: new Date(ctx.now),
      joined_no: input.isPublic ? 0 : 1,
    })
    .execute();
  ctx.emit({
    type: 'conversation.created',
    conversationId,
    by: accountId,
    conversation: await outlineOf(ctx.tx, conversationId),
    origin: originOf(ctx),
    ...(await recordCreation(ctx, conversationId, input.isPublic)),
  });
  return { conversationId };
}

/** A public channel is news to everybody; a private one is the first of its own changes. */
async function recordCreation(
  ctx: Context<Member>,
  conversationId: ConversationId,
  isPublic: boolean,
): Promise<Pick<Event, 'audience' | 'change' | 'logged'>> {
  const { accountId } = ctx.actor;
  const created = { conversationId, kind: 'conversation.created', subjects: [accountId] } as const;
  if (isPublic) return { logged: await recordPublicChange(ctx, created), audience: { kind: 'everyone', besides: [] } };
  const { change, membershipVersion, logged } = await recordChange(ctx, created);
  await recordOwnChanges(ctx, { accounts: [accountId], conversationId, kind: 'conversation.created', of: logged });
  return { change, logged, audience: { kind: 'members', conversationId, membershipVersion } };
}

/** The row alone; null if the name is taken. */
async function insertChannel(
  ctx: Context<Actor>,
  { name, description, isPublic }: NewChannel,
  creator: AccountId | null,
): Promise<ConversationId | null> {
  const { rows } = await sql<{ id: ConversationId }>`
    insert into conversations (kind, name, description, is_public, created_by, created_in, created_at, updated_at)
    values ('channel', ${name}, ${description}, ${isPublic}, ${creator}, 'pythia', ${new Date(ctx.now)},
      ${new Date(ctx.now)})
    on conflict (name) where kind = 'channel' and created_in = 'pythia' and deleted_at is null do nothing
    returning id`.execute(ctx.tx);
  return rows[0]?.id ?? null;
}

/**
 * The caller comes into a public channel. Throws `not_found` (`no_such_conversation`), `conflict` (`already_member`) and
 * `forbidden` (`private_channel`).
 */
export async function joinChannel(ctx: Context<Member>, input: { conversationId: ConversationId }): Promise<void> {
  const { conversationId } = input;
  const { accountId } = ctx.actor;
  const room = await ctx.tx
    .selectFrom('conversations')
    .select(['kind', 'is_public'])
    .where('id', '=', conversationId)
    .where('deleted_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!room) throw noSuchConversation();
  if (room.kind !== 'channel' || !room.is_public) {
    const member = await ctx.tx
      .selectFrom('memberships')
      .select('id')
      .where('conversation_id', '=', conversationId)
      .where('account_id', '=', accountId)
      .where('left_at', 'is', null)
      .executeTakeFirst();
    if (member) throw alreadyMember();
    throw new DomainError('forbidden', 'private_channel', 'This channel is private');
  }
  const joined = await admit(ctx, { conversationId, accounts: [accountId] });
  if (joined.length === 0) throw alreadyMember();
}

/**
 * A member brings somebody in. Throws `not_found` (`no_such_conversation`, `no_such_person`), `forbidden`
 * (`not_a_member`, `direct_is_closed`, `role_too_low`) and `conflict` (`already_member`).
 */
export async function addToChannel(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; accountId: AccountId },
): Promise<void> {
  const { conversationId, accountId } = input;
  const passage = await enter(ctx, conversationId, { lock: true });
  if (passage.kind === 'direct') {
    throw new DomainError('forbidden', 'direct_is_closed', 'Nobody can be added to a direct conversation');
  }
  if (passage.kind === 'group') requireRight(passage, 'add_members');
  const person = await ctx.tx
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', accountId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (!person) throw noSuchPerson();
  const joined = await admit(ctx, { conversationId, accounts: [accountId] });
  if (joined.length === 0) throw alreadyMember();
}

function alreadyMember(): DomainError {
  return new DomainError('conflict', 'already_member', 'Already a member of this channel');
}

/** A conversation with all who are in it, in the order in which they came. */
export interface Channel {
  outline: ConversationOutline;
  members: Author[];
}

/** Every public channel, oldest first. */
export async function publicChannels(asking: Asking<Member>, _input: object): Promise<ConversationOutline[]> {
  const { rows } = await sql<{ outline: ConversationOutline }>`
    select ${outlineJson} as outline from conversations c
    where c.kind = 'channel' and c.is_public and c.deleted_at is null order by c.created_at, c.id`.execute(asking.db);
  return rows.map((row) => row.outline);
}

/** All conversations the caller is in and has not hidden, the last one joined first. */
export async function ownChannels(asking: Asking<Member>, _input: object): Promise<Channel[]> {
  const viewer = asking.actor.accountId;
  const { rows } = await sql<Channel>`
    select ${outlineJson} as outline, ${membersJson(viewer)} as members
    from memberships m join conversations c on c.id = m.conversation_id
    where m.account_id = ${viewer} and m.left_at is null and c.deleted_at is null
      and (m.hidden_no is null or c.last_message_no > m.hidden_no)
    order by m.joined_at desc, c.created_at, c.id`.execute(asking.db);
  return rows;
}

/** One of them. Throws `not_found` (`no_such_conversation`) and `forbidden` (`not_a_member`). */
export async function channel(asking: Asking<Member>, input: { id: ConversationId }): Promise<Channel> {
  const viewer = asking.actor.accountId;
  const { rows } = await sql<Channel & { isMember: boolean }>`
    select m.id is not null as "isMember", ${outlineJson} as outline,
      case when m.id is not null then ${membersJson(viewer)} end as members
    from conversations c
    left join memberships m on m.conversation_id = c.id and m.account_id = ${viewer} and m.left_at is null
    where c.id = ${input.id} and c.deleted_at is null`.execute(asking.db);
  const [found] = rows;
  if (!found) throw noSuchConversation();
  if (!found.isMember) throw notAMember();
  return found;
}

function membersJson(viewer: AccountId) {
  return sql`(select coalesce(json_agg(${authorJson('a', viewer)} order by o.joined_at, o.id), '[]'::json)
    from memberships o join accounts a on a.id = o.account_id
    where o.conversation_id = c.id and o.left_at is null)`;
}

/** Who in a conversation is online, as far as they show it. Throws as `channel` does. */
export async function onlineIn(asking: Asking<Member>, input: { id: ConversationId }): Promise<AccountId[]> {
  const viewer = asking.actor.accountId;
  await enterable(asking, input.id);
  const { rows } = await sql<{ id: AccountId }>`
    select a.id from memberships o join accounts a on a.id = o.account_id
    where o.conversation_id = ${input.id} and o.left_at is null
      and (a.id = ${viewer} or (a.show_online_status and not exists (select 1 from blocks b
        where (b.blocker_id = ${viewer} and b.blocked_id = a.id) or (b.blocker_id = a.id and b.blocked_id = ${viewer}))))
    order by a.id`.execute(asking.db);
  const online = await asking.ports.cluster.online(rows.map((row) => row.id));
  return rows.flatMap(({ id }) => (online.has(id) ? id : []));
}

const standard = [
  { name: 'general', description: 'Anything and everything' },
  { name: 'random', description: 'What fits nowhere else' },
  { name: 'announcements', description: 'News for all' },
] as const;

/**
 * Sees to it that the three standard channels are there, the first of them the oldest, and that somebody is in all of
 * them. Existing names are kept as they are.
 */
export async function openStandardChannels(ctx: Context<Actor>, founder: Member | null): Promise<void> {
  const ids: ConversationId[] = [];
  for (const one of standard) {
    const made = await insertChannel(ctx, { ...one, isPublic: true }, founder?.accountId ?? null);
    ids.push(made ?? (await standardChannel(ctx, one.name)));
  }
  if (!founder) return;
  for (const conversationId of ids)
    await admit({ ...ctx, actor: founder }, { conversationId, accounts: [founder.accountId] });
}

/** The standard channels, with the product's oldest person in them, if there is one. Answers whom. */
export async function setUpChannels(ctx: Context<System>, _input: object): Promise<{ founder: string | null }> {
  const oldest = await ctx.tx
    .selectFrom('accounts')
    .select(['id', 'username'])
    .where('created_in', 'in', ['pythia', 'operator'])
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  const founder: Member | null = oldest
    ? { kind: 'member', accountId: oldest.id, sessionId: 0 as SessionId, dialect: 'pythia' }
    : null;
  await openStandardChannels(ctx, founder);
  return { founder: oldest?.username ?? null };
}

/** Its row stays locked until the commit. */
async function standardChannel(ctx: Context<Actor>, name: string): Promise<ConversationId> {
  const { id } = await ctx.tx
    .selectFrom('conversations')
    .select('id')
    .where('name', '=', name)
    .where('kind', '=', 'channel')
    .where('created_in', '=', 'pythia')
    .where('deleted_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  return id;
}
