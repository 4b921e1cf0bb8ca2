// Who has read, and who has received: batched like sends, in the same lanes (DECISIONS 21 to 23).

import { sql, type Kysely } from 'kysely';
import type { BatchedCommand, BatchItem, Member } from '../context.ts';
import { noSuchConversation, notAMember } from '../conversations/membership.ts';
import type { Audience, ReceiptOf } from '../events.ts';
import type { AccountId, ConversationId, MessageId } from '../ids.ts';
import { nextLogXid } from '../log.ts';
import type { Schema } from '../schema.ts';

/** Above this many members receipts are kept, but told to nobody. */
const mostTold = 256;

/** A reader of more at once is told of the newest; the marks cover them all. */
const mostListed = 1000;

export interface Receipt {
  conversationId: ConversationId;
  /** These messages, or the whole conversation up to now. */
  messages: readonly MessageId[] | 'all';
}

export interface DeliveryReceipt extends Receipt {
  messages: readonly MessageId[];
}

/**
 * Marks as read, for the caller: the whole conversation, or single messages (kept as rows above the mark, and folded
 * into it once nothing unread is left below them). Answers how many are newly read: ids that are the caller's own,
 * deleted, already read or of another conversation count for nothing. Throws `not_found` (`no_such_conversation`) and
 * `forbidden` (`not_a_member`).
 */
export const markRead: BatchedCommand<Member, Receipt, number> = {
  name: 'markRead',
  lane: (receipt) => receipt.conversationId,
  run: (db, items) => receive(db, items, 'messages.read'),
};

/** Marks as received by a device of the caller's, where nobody's device had it before. As `markRead` otherwise. */
export const markDelivered: BatchedCommand<Member, DeliveryReceipt, number> = {
  name: 'markDelivered',
  lane: (receipt) => receipt.conversationId,
  run: (db, items) => receive(db, items, 'messages.delivered'),
};

type Item = BatchItem<Member, Receipt>;
type Kind = 'messages.read' | 'messages.delivered';

interface Row {
  conversation_id: ConversationId;
  account_id: AccountId | null;
  change_no: number | null;
  membership_version: number;
  members: number;
  shown: boolean;
  count: number;
  messages: ReceiptOf[] | null;
}

async function receive(db: Kysely<Schema>, items: readonly Item[], kind: Kind): Promise<(number | Error)[]> {
  const now = items[0]!.now;
  const { rows } = await (kind === 'messages.read' ? reading(items, now) : delivering(items, now)).execute(db);
  const answered = new Map<string, Row>();
  const existing = new Set<ConversationId>();
  for (const row of rows) {
    existing.add(row.conversation_id);
    if (row.account_id !== null) answered.set(`${row.conversation_id} ${row.account_id}`, row);
  }
  const told = new Set<Row>();
  return items.map((item) => {
    const { conversationId } = item.input;
    const row = answered.get(`${conversationId} ${item.actor.accountId}`);
    if (!row) return existing.has(conversationId) ? notAMember() : noSuchConversation();
    // Several calls of one person in one batch are one change.
    if (told.has(row) || row.change_no === null) return 0;
    told.add(row);
    tell(item, row, kind, now);
    return row.count;
  });
}

function tell(item: Item, row: Row, kind: Kind, now: number): void {
  const by = item.actor.accountId;
  const { conversationId } = item.input;
  const members: Audience = { kind: 'members', conversationId, membershipVersion: row.membership_version };
  const self: Audience = { kind: 'accounts', accounts: [by] };
  const common = {
    conversationId,
    by,
    messages: row.messages ?? [],
    audience: (row.shown || kind === 'messages.delivered') && row.members <= mostTold ? members : self,
    change: { conversationId, no: row.change_no! },
    origin: { accountId: by, ...(item.actor.connectionId && { connectionId: item.actor.connectionId }) },
  };
  if (kind === 'messages.read') item.emit({ type: kind, at: now, shown: row.shown, ...common });
  else item.emit({ type: kind, at: now, ...common });
}

/**
 * The calls, the rows they lock (conversation first, then membership), and who asked for what, once per
 * person. Who talks to themselves is the recipient of what they say.
 */
function asked(items: readonly Item[]) {
  const singles = items.flatMap(({ input }, ord) =>
    input.messages === 'all' ? [] : input.messages.map((id) => ({ ord, id })),
  );
  return sql`input as materialized (
    select * from unnest(${items.map((_, ord) => ord)}::int[], ${items.map((i) => i.input.conversationId)}::bigint[],
      ${items.map((i) => i.actor.accountId)}::bigint[], ${items.map((i) => i.input.messages === 'all')}::boolean[])
      as i(ord, conversation_id, account_id, whole)),
  single as materialized (
    select i.conversation_id, i.account_id, w.message_id from unnest(${singles.map((one) => one.ord)}::int[],
      ${singles.map((one) => one.id)}::bigint[]) as w(ord, message_id) join input i on i.ord = w.ord),
  conversation as materialized (
    select c.id, c.membership_version, c.direct_key from conversations c
    where c.id in (select conversation_id from input) and c.deleted_at is null
    order by c.id for no key update),
  member as materialized (
    select m.conversation_id, m.account_id, m.read_no, m.cleared_no,
      c.direct_key is not distinct from m.account_id || ':' || m.account_id as is_alone
    from conversation c
    join memberships m on m.conversation_id = c.id
    where (m.conversation_id, m.account_id) in (select conversation_id, account_id from input) and m.left_at is null
    for no key update of m),
  person as (
    select b.*, a.show_read_receipts as shown,
      (select bool_or(i.whole) from input i
        where i.conversation_id = b.conversation_id and i.account_id = b.account_id) as whole
    from member b join accounts a on a.id = b.account_id)`;
}

/** What was read unseen stays so, whatever its reader shows later. */
const unlessShown = sql`case when not p.shown then '{"shown": false}'::jsonb end`;

/** The end of both statements: one change per person for whom something changed, and the answer. */
function recorded(kind: Kind, now: number) {
  return sql`changed as (
    select conversation_id, account_id, row_number() over (partition by conversation_id order by account_id) as place
    from (select distinct conversation_id, account_id from affected) d),
  advanced as (
    update conversations c set last_change_no = c.last_change_no + n.n, log_xid = ${nextLogXid}
    from (select conversation_id, count(*) as n from changed group by conversation_id) n
    where c.id = n.conversation_id
    returning c.id, c.last_change_no - n.n as change_base, c.log_xid),
  logged as (
    insert into changes (xid, conversation_id, change_no, kind, subjects, receipts, detail, created_at)
    select v.log_xid, h.conversation_id, v.change_base + h.place, ${kind}, array[h.account_id],
      array(select a.id from affected a where a.conversation_id = h.conversation_id and a.account_id = h.account_id
        order by a.message_no desc limit ${mostListed}),
      ${kind === 'messages.read' ? unlessShown : sql`null::jsonb`}, to_timestamp(${now}::bigint / 1000.0)
    from changed h join advanced v on v.id = h.conversation_id
    join person p on p.conversation_id = h.conversation_id and p.account_id = h.account_id
    order by h.conversation_id, h.place)
  select c.id as conversation_id, p.account_id, v.change_base + h.place as change_no, c.membership_version, p.shown,
    (select count(*) from memberships o where o.conversation_id = c.id and o.left_at is null) as members,
    (select count(*) from affected a where a.conversation_id = p.conversation_id and a.account_id = p.account_id)
      as count,
    (select json_agg(json_build_object('messageId', l.id, 'senderId', l.sender_id) order by l.message_no) from (
      select a.id, a.sender_id, a.message_no from affected a
      where a.conversation_id = p.conversation_id and a.account_id = p.account_id
      order by a.message_no desc limit ${mostListed}) l) as messages
  from conversation c
  left join person p on p.conversation_id = c.id
  left join changed h on h.conversation_id = p.conversation_id and h.account_id = p.account_id
  left join advanced v on v.id = h.conversation_id`;
}

function reading(items: readonly Item[], now: number) {
  return sql<Row>`with ${asked(items)},
  chosen as (
    select distinct p.conversation_id, p.account_id, m.message_no
    from person p join single w on w.conversation_id = p.conversation_id and w.account_id = p.account_id
    join messages m on m.id = w.message_id and m.conversation_id = p.conversation_id
    where m.message_no > p.read_no and (m.sender_id <> p.account_id or p.is_alone) and m.deleted_at is null
      and not exists (select 1 from message_reads r where r.conversation_id = m.conversation_id
        and r.account_id = p.account_id and r.message_no = m.message_no)),
  mark as (
    select p.*, case when p.whole then newest.no else coalesce(unread.message_no - 1, newest.no) end as new_no
    from person p
    cross join lateral (select coalesce(max(m.message_no), 0) as no from messages m
      where m.conversation_id = p.conversation_id) newest
    left join lateral (
      select m.message_no from messages m
      where not p.whole and m.conversation_id = p.conversation_id and m.message_no > p.read_no
        and (m.sender_id <> p.account_id or p.is_alone) and m.deleted_at is null
        and not exists (select 1 from message_reads r where r.conversation_id = m.conversation_id
          and r.account_id = p.account_id and r.message_no = m.message_no)
        and not exists (select 1 from chosen h where h.conversation_id = m.conversation_id
          and h.account_id = p.account_id and h.message_no = m.message_no)
      order by m.message_no limit 1) unread on true),
  affected as materialized (
    select m.id, m.conversation_id, k.account_id, m.message_no, m.sender_id, k.shown
    from mark k join messages m on m.conversation_id = k.conversation_id
    where m.message_no > greatest(k.read_no, k.cleared_no) and (m.sender_id <> k.account_id or k.is_alone)
      and m.deleted_at is null
      and (m.message_no <= k.new_no or exists (select 1 from chosen h where h.conversation_id = m.conversation_id
        and h.account_id = k.account_id and h.message_no = m.message_no))
      and not exists (select 1 from message_reads r where r.conversation_id = m.conversation_id
        and r.account_id = k.account_id and r.message_no = m.message_no)),
  moved as (
    update memberships m set read_no = k.new_no, read_at = to_timestamp(${now}::bigint / 1000.0)
    from mark k where m.conversation_id = k.conversation_id and m.account_id = k.account_id and k.new_no > m.read_no),
  folded as (
    delete from message_reads r using mark k
    where r.conversation_id = k.conversation_id and r.account_id = k.account_id and r.message_no <= k.new_no),
  kept as (
    insert into message_reads (conversation_id, account_id, message_no, read_at)
    select h.conversation_id, h.account_id, h.message_no, to_timestamp(${now}::bigint / 1000.0)
    from chosen h join mark k on k.conversation_id = h.conversation_id and k.account_id = h.account_id
    where h.message_no > k.new_no),
  stamped as (
    update messages m set read_at = to_timestamp(${now}::bigint / 1000.0),
      delivered_at = coalesce(m.delivered_at, to_timestamp(${now}::bigint / 1000.0))
    where m.id in (select a.id from affected a where a.shown) and m.read_at is null),
  ${recorded('messages.read', now)}`;
}

function delivering(items: readonly Item[], now: number) {
  return sql<Row>`with ${asked(items)},
  affected as materialized (
    select distinct on (m.id) m.id, m.conversation_id, p.account_id, m.message_no, m.sender_id
    from person p join single w on w.conversation_id = p.conversation_id and w.account_id = p.account_id
    join messages m on m.id = w.message_id and m.conversation_id = p.conversation_id
    where m.sender_id <> p.account_id and m.deleted_at is null and m.delivered_at is null
      and m.message_no > p.cleared_no
    order by m.id, p.account_id),
  stamped as (
    update messages m set delivered_at = to_timestamp(${now}::bigint / 1000.0)
    where m.id in (select a.id from affected a) and m.delivered_at is null),
  ${recorded('messages.delivered', now)}`;
}
