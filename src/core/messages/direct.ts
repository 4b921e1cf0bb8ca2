// Messages between two people, across all of a person's direct conversations: for products that know no others.
//
// Every question is one statement. Lists walk each conversation's own index from its newest message and merge: what
// they cost grows with the page, not with what was ever said. Walking takes no more than that index holds; the messages of
// a page are then looked up one by one (`limit 1`), lest the planner read them all.

import { sql, type RawBuilder } from 'kysely';
import type { Asking, Member } from '../context.ts';
import { noSuchMessage, notAMember } from '../conversations/membership.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, ConversationId, MessageId } from '../ids.ts';
import type { Receipt } from './receipts.ts';
import { messageJson, messageSource, type Message } from './shape.ts';

export interface DirectMessage {
  message: Message;
  recipientId: AccountId;
  /** By its recipient; to its sender only as far as the recipient lets it be seen. */
  isRead: boolean;
}

/** The name of everything two people say, unless they label it otherwise. */
export function pairLabel(a: AccountId, b: AccountId): string {
  return `conv_${Math.min(a, b)}_${Math.max(a, b)}`;
}

/** The viewer's direct conversations, each with its default label and the viewer's marks. */
function own(viewer: AccountId) {
  return sql`select c.id, c.last_message_no, b.read_no, b.cleared_no,
      split_part(c.direct_key, ':', 1)::bigint as low, split_part(c.direct_key, ':', 2)::bigint as high,
      'conv_' || replace(c.direct_key, ':', '_') as label
    from memberships b join conversations c on c.id = b.conversation_id
    where b.account_id = ${viewer} and b.left_at is null and c.kind = 'direct' and c.deleted_at is null`;
}

// Of message `m` in the viewer's conversation `t`:

const recipient = sql<AccountId>`case when t.low = m.sender_id then t.high else t.low end`;

function isVisible(viewer: AccountId) {
  return sql<boolean>`(m.message_no > t.cleared_no and m.deleted_at is null
    and not exists (select 1 from message_hides h where h.conversation_id = m.conversation_id
      and h.account_id = ${viewer} and h.message_no = m.message_no))`;
}

function isReceived(viewer: AccountId) {
  return sql<boolean>`(m.sender_id <> ${viewer} or t.low = t.high)`;
}

function isUnread(viewer: AccountId) {
  return sql<boolean>`(m.message_no > t.read_no and ${isReceived(viewer)}
    and not exists (select 1 from message_reads d where d.conversation_id = m.conversation_id
      and d.account_id = ${viewer} and d.message_no = m.message_no))`;
}

function directJson(viewer: AccountId) {
  return sql<DirectMessage>`json_build_object('message', ${messageJson(viewer)}, 'recipientId', ${recipient},
    'isRead', case when ${isReceived(viewer)} then not ${isUnread(viewer)} else m.read_at is not null end)`;
}

export interface DirectRequest {
  direction: 'both' | 'sent' | 'received';
  unreadOnly: boolean;
  /** Only those that bear this label. */
  label?: string;
  /** Counted from the newest. */
  limit: number;
  offset: number;
}

/** A page of what the caller sent and received, the oldest of the page first. */
export async function directMessages(asking: Asking<Member>, input: DirectRequest): Promise<DirectMessage[]> {
  const viewer = asking.actor.accountId;
  const { direction, unreadOnly, label, limit, offset } = input;
  const reach = limit + offset;
  const wanted = sql.join(
    [
      isVisible(viewer),
      ...(direction === 'sent' ? [sql`m.sender_id = ${viewer}`] : []),
      ...(direction === 'received' ? [isReceived(viewer)] : []),
      ...(unreadOnly ? [isUnread(viewer)] : []),
    ],
    sql` and `,
  );
  const labelled =
    label === undefined ? [sql`true`] : [sql`m.label = ${label}`, sql`m.label is null and t.label = ${label}`];
  const newest = (count: number) =>
    sql.join(
      labelled.map(
        (among) => sql`(select m.message_no from messages m where m.conversation_id = t.id and ${among} and ${wanted}
          order by m.message_no desc limit ${count})`,
      ),
      sql` union all `,
    );
  const itsId = sql`lateral (select i.id from messages i
    where i.conversation_id = t.id and i.message_no = f.message_no limit 1)`;
  const { rows } = await sql<{ messages: DirectMessage[] }>`/* prepare */
    with mine as materialized (${own(viewer)}),
    lately as materialized (
      select t.*, n.id as newest from mine t
      cross join lateral (select max(f.message_no) as message_no from (${newest(1)}) f) f
      cross join ${itsId} n
      order by n.id desc limit ${reach}),
    page as (
      select t.*, n.id as message_id from lately t cross join lateral (${newest(reach)}) f cross join ${itsId} n
      order by n.id desc limit ${limit} offset ${offset})
    select coalesce(json_agg(one.direct order by t.message_id), '[]'::json) as messages
    from page t cross join lateral (
      select ${directJson(viewer)} as direct from ${messageSource} where m.id = t.message_id limit 1) one`.execute(
    asking.db,
  );
  return rows[0]!.messages;
}

/**
 * One message of a direct conversation of the caller's. Throws `not_found` (`no_such_message`), also for messages of
 * groups and channels, and `forbidden` (`not_a_member`).
 */
export async function directMessage(asking: Asking<Member>, input: { id: MessageId }): Promise<DirectMessage> {
  const viewer = asking.actor.accountId;
  const { rows } = await sql<{ member: boolean; direct: DirectMessage | null }>`
    with mine as (${own(viewer)})
    select t.id is not null as member,
      case when ${isVisible(viewer)} then ${directJson(viewer)} end as direct
    from ${messageSource}
    join conversations c on c.id = m.conversation_id and c.kind = 'direct' and c.deleted_at is null
    left join mine t on t.id = m.conversation_id
    where m.id = ${input.id} and m.deleted_at is null`.execute(asking.db);
  const found = rows[0];
  if (!found) throw noSuchMessage();
  if (!found.member) throw notAMember();
  if (!found.direct) throw noSuchMessage();
  return found.direct;
}

/** What of some messages and conversations the caller's direct conversations hold. */
export interface DirectlyKnown {
  /** Null: it is there no longer, for the caller at least. */
  messages: { id: MessageId; direct: DirectMessage | null }[];
  conversations: { id: ConversationId; label: string }[];
}

/** Those of these messages and conversations that belong to the caller's direct ones; of others nothing is said. */
export async function directlyKnown(
  asking: Asking<Member>,
  input: { messages: readonly MessageId[]; conversations: readonly ConversationId[] },
): Promise<DirectlyKnown> {
  const viewer = asking.actor.accountId;
  const { rows } = await sql<DirectlyKnown>`
    with mine as (${own(viewer)})
    select
      (select coalesce(json_agg(json_build_object('id', m.id,
          'direct', case when ${isVisible(viewer)} then ${directJson(viewer)} end)), '[]'::json)
        from ${messageSource} join mine t on t.id = m.conversation_id
        where m.id = any(${[...input.messages]}::bigint[])) as messages,
      (select coalesce(json_agg(json_build_object('id', t.id, 'label', t.label)), '[]'::json)
        from mine t where t.id = any(${[...input.conversations]}::bigint[])) as conversations`.execute(asking.db);
  return rows[0]!;
}

/** All that bears one label, in whichever of the caller's direct conversations. */
export interface LabelSummary {
  label: string;
  otherId: AccountId;
  /** Null when there is no such account any more. */
  otherName: string | null;
  last: Message;
  unreadCount: number;
}

/** What the caller's direct messages are labelled, the last spoken of first. */
export async function labelSummaries(asking: Asking<Member>, _input: object): Promise<LabelSummary[]> {
  const viewer = asking.actor.accountId;
  const other = sql`case when m.sender_id = ${viewer} then ${recipient} else m.sender_id end`;
  const newest = (among: RawBuilder<unknown>) =>
    sql`(select m.id from messages m where m.conversation_id = t.id and ${among} and ${isVisible(viewer)}
      order by m.message_no desc limit 1)`;
  const { rows } = await sql<{ summaries: LabelSummary[] }>`/* prepare */
    with recursive mine as materialized (${own(viewer)}),
    -- From one label to the next, however many messages bear it.
    labels as (
      select t.id, (select min(m.label) from messages m where m.conversation_id = t.id and m.label is not null) as label
      from mine t
      union all
      select l.id, (select min(m.label) from messages m where m.conversation_id = l.id and m.label > l.label)
      from labels l where l.label is not null),
    newest as (
      select l.label, ${newest(sql`m.label = l.label`)} as id, t.id as conversation_id
      from labels l join mine t on t.id = l.id where l.label is not null
      union all
      select t.label, ${newest(sql`m.label is null`)}, t.id from mine t),
    groups as (
      select distinct on (label) label, id, conversation_id from newest where id is not null order by label, id desc),
    unread as (
      select coalesce(m.label, t.label) as label, count(*) as n
      from mine t join messages m on m.conversation_id = t.id and m.message_no > t.read_no
      where t.last_message_no > t.read_no and ${isUnread(viewer)} and ${isVisible(viewer)} group by 1)
    select coalesce(json_agg(one.summary order by g.id desc), '[]'::json) as summaries
    from groups g join mine t on t.id = g.conversation_id left join unread u on u.label = g.label
    cross join lateral (
      select json_build_object('label', g.label, 'otherId', ${other},
        'otherName', (select a.username from accounts a where a.id = ${other} and a.deleted_at is null),
        'last', ${messageJson(viewer)}, 'unreadCount', coalesce(u.n, 0)) as summary
      from ${messageSource} where m.id = g.id limit 1) one`.execute(asking.db);
  return rows[0]!.summaries;
}

/** How many the caller received and has not read: exact. */
export async function directUnreadCount(asking: Asking<Member>, _input: object): Promise<number> {
  const viewer = asking.actor.accountId;
  const { rows } = await sql<{ unread: number }>`/* prepare */
    with mine as materialized (${own(viewer)})
    select count(*) as unread from mine t
    join messages m on m.conversation_id = t.id and m.message_no > t.read_no
    where t.last_message_no > t.read_no and ${isUnread(viewer)} and ${isVisible(viewer)}`.execute(asking.db);
  return rows[0]!.unread;
}

/** What `markRead` must be told so that all the caller received is read, or all that bears a label. */
export async function directReceipts(asking: Asking<Member>, input: { label?: string }): Promise<Receipt[]> {
  const viewer = asking.actor.accountId;
  const { label } = input;
  const named = label === undefined ? sql<boolean>`true` : sql<boolean>`coalesce(m.label, t.label) = ${label}`;
  const { rows } = await sql<{ conversationId: ConversationId; messages: MessageId[] | null; all: boolean }>`
    with mine as materialized (${own(viewer)})
    select t.id as "conversationId", bool_and(${named}) as all,
      case when not bool_and(${named}) then array_agg(m.id) filter (where ${named}) end as messages
    from mine t join messages m on m.conversation_id = t.id and m.message_no > t.read_no
    where t.last_message_no > t.read_no and ${isUnread(viewer)} and m.deleted_at is null
    group by t.id having bool_or(${named})`.execute(asking.db);
  return rows.map(({ conversationId, messages, all }) => ({
    conversationId,
    messages: all ? 'all' : (messages ?? []),
  }));
}

/**
 * The caller's direct conversation with somebody, if there is one yet. Throws `not_found` (`no_such_recipient`).
 */
export async function directWith(asking: Asking<Member>, input: { with: AccountId }): Promise<ConversationId | null> {
  const self = asking.actor.accountId;
  const key = `${Math.min(self, input.with)}:${Math.max(self, input.with)}`;
  const found = await asking.db
    .selectFrom('accounts')
    .leftJoin('conversations', (join) =>
      join.on('conversations.direct_key', '=', key).on('conversations.deleted_at', 'is', null),
    )
    .select('conversations.id')
    .where('accounts.id', '=', input.with)
    .where('accounts.deleted_at', 'is', null)
    .executeTakeFirst();
  if (!found) throw new DomainError('not_found', 'no_such_recipient', 'Recipient not found.');
  return found.id;
}
