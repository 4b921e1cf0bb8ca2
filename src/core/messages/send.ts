// Sending: one statement for all messages that arrived while the previous statement was committing.

import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { BatchedCommand, BatchItem, Member } from '../context.ts';
import { noSuchConversation, notAMember } from '../conversations/membership.ts';
import { DomainError } from '../errors.ts';
import { keyReused } from '../idempotency.ts';
import type { Logged } from '../events.ts';
import type { ConversationId, MessageId } from '../ids.ts';
import { nextLogXid } from '../log.ts';
import type { Schema } from '../schema.ts';
import {
  authorJson,
  loadMessages,
  quotedJson,
  type Author,
  type Mentioned,
  type Message,
  type MessageKind,
  type Quoted,
} from './shape.ts';

export interface Draft {
  conversationId: ConversationId;
  kind: MessageKind;
  content: string;
  mediaUrl?: string | null;
  thumbnailUrl?: string | null;
  mediaSeconds?: number | null;
  fileName?: string | null;
  fileSize?: number | null;
  metadata?: Record<string, unknown> | null;
  replyToId?: MessageId | null;
  label?: string | null;
  isForwarded?: boolean;
  isEncrypted?: boolean;
  envelope?: Record<string, unknown> | null;
  /** Names that may be somebody's, exactly as spelled; the others mean nothing. */
  mentions?: readonly string[];
  /** Makes a retry harmless for the message's life: `hash` tells another request under the same key. */
  repeat?: { key: string; hash: string };
}

/**
 * Stores a message and tells the conversation. Throws `not_found` (`no_such_conversation`), `forbidden` (`not_a_member`,
 * `you_blocked`, `blocked_you`, `only_admins_post`), `invalid` (`no_such_reply`, `key_reused`). A retry with the same
 * key gets the first message again, and tells nobody.
 */
export const sendMessage: BatchedCommand<Member, Draft, Message> = {
  name: 'sendMessage',
  lane: (draft) => draft.conversationId,
  keepsKeys: true,
  run: sendAll,
};

type Item = BatchItem<Member, Draft>;

type Verdict =
  | 'ok'
  | 'known'
  | 'key_reused'
  | 'no_such_conversation'
  | 'not_a_member'
  | 'you_blocked'
  | 'blocked_you'
  | 'only_admins_post'
  | 'no_such_reply';

interface Row {
  ord: number;
  verdict: Verdict;
  id: MessageId | null;
  no: number;
  change_no: number;
  membership_version: number;
  author: Author;
  quoted: Quoted | null;
  mentioned: Mentioned[] | null;
  /** Where the log has the mention. */
  logged: Logged | null;
}

async function sendAll(db: Kysely<Schema>, items: readonly Item[]): Promise<(Message | Error)[]> {
  const firsts = new Map<string, number>();
  const firstOf = items.map((item, index) => {
    const { repeat } = item.input;
    if (!repeat) return index;
    const key = `${item.actor.accountId} ${repeat.key}`;
    const first = firsts.get(key) ?? index;
    firsts.set(key, first);
    return first;
  });
  const distinct = items.flatMap((item, index) => (firstOf[index] === index ? [{ item, index }] : []));

  const input = distinct.length === 1 ? oneRow(distinct[0]!.item, distinct[0]!.index) : manyRows(distinct);
  const names = namesIn(distinct);
  const { rows } = await statement(input, names.length > 0 ? naming(names) : plain).execute(db);

  const results = new Array<Message | Error>(items.length);
  const known: Row[] = [];
  for (const row of rows) {
    const item = items[row.ord]!;
    if (row.verdict === 'known') known.push(row);
    else if (row.verdict === 'ok') results[row.ord] = tell(item, row);
    else results[row.ord] = refusal(row.verdict);
  }
  if (known.length > 0) await fillKnown(db, items, known, results);
  for (const [index, first] of firstOf.entries()) {
    if (first === index) continue;
    const same = items[index]!.input.repeat!.hash === items[first]!.input.repeat!.hash;
    results[index] = same ? results[first]! : keyReused();
  }
  return results;
}

/** A key seen before: the first message again, as it is now. What fails here fails these alone: the others are stored. */
async function fillKnown(
  db: Kysely<Schema>,
  items: readonly Item[],
  known: readonly Row[],
  results: (Message | Error)[],
): Promise<void> {
  const messages = await loadMessages(
    db,
    known.map((row) => row.id!),
    null,
  ).catch((error: unknown) => {
    for (const row of known) results[row.ord] = error instanceof Error ? error : new Error(String(error));
    return null;
  });
  if (!messages) return;
  const byId = new Map(messages.map((message) => [message.id, message]));
  for (const row of known) {
    results[row.ord] =
      byId.get(row.id!) ?? new Error(`message ${row.id} of ${items[row.ord]!.actor.accountId} is gone`);
  }
}

function tell(item: Item, row: Row): Message {
  const { input, actor, now } = item;
  const message: Message = {
    id: row.id!,
    conversationId: input.conversationId,
    no: row.no,
    sender: row.author,
    kind: input.kind,
    content: input.content,
    notice: null,
    mediaUrl: input.mediaUrl ?? null,
    thumbnailUrl: input.thumbnailUrl ?? null,
    mediaSeconds: input.mediaSeconds ?? null,
    fileName: input.fileName ?? null,
    fileSize: input.fileSize ?? null,
    metadata: input.metadata ?? null,
    replyTo: row.quoted,
    mentions: row.mentioned ?? [],
    reactions: [],
    label: input.label ?? null,
    isForwarded: input.isForwarded ?? false,
    isEncrypted: input.isEncrypted ?? false,
    envelope: input.envelope ?? null,
    createdAt: now,
    updatedAt: now,
    editedAt: null,
    deliveredAt: null,
    readAt: null,
    deletedAt: null,
    isStarred: false,
  };
  const { conversationId } = input;
  const origin = { accountId: actor.accountId, ...(actor.connectionId && { connectionId: actor.connectionId }) };
  item.emit({
    type: 'message.sent',
    message,
    change: { conversationId, no: row.change_no },
    audience: { kind: 'members', conversationId, membershipVersion: row.membership_version },
    origin,
  });
  if (message.mentions.length > 0) {
    item.emit({
      type: 'message.mentioned',
      message,
      isEdit: false,
      change: { conversationId, no: row.change_no + 1 },
      ...(row.logged && { logged: row.logged }),
      audience: { kind: 'accounts', accounts: message.mentions.map((one) => one.id) },
      origin,
    });
  }
  return message;
}

function refusal(verdict: Exclude<Verdict, 'ok' | 'known'>): DomainError {
  switch (verdict) {
    case 'key_reused':
      return keyReused();
    case 'no_such_conversation':
      return noSuchConversation();
    case 'not_a_member':
      return notAMember();
    case 'you_blocked':
      return new DomainError('forbidden', verdict, 'You have blocked this user.');
    case 'blocked_you':
      return new DomainError('forbidden', verdict, 'You cannot send messages to this user.');
    case 'only_admins_post':
      return new DomainError('forbidden', verdict, 'Only admins can post in this group.');
    case 'no_such_reply':
      return new DomainError('invalid', verdict, 'The message replied to is not in this conversation.', {
        field: 'reply_to_id',
      });
  }
}

/** What few messages have, as one JSON value; null for plain text, which then costs nothing. */
function extrasOf(draft: Draft): string | null {
  const { mediaUrl, thumbnailUrl, mediaSeconds, fileName, fileSize, metadata, label, envelope } = draft;
  const { isForwarded, isEncrypted } = draft;
  const extras = {
    mediaUrl,
    thumbnailUrl,
    mediaSeconds,
    fileName,
    fileSize,
    metadata,
    label,
    envelope,
    isForwarded,
    isEncrypted,
  };
  return Object.values(extras).some((value) => value) ? JSON.stringify(extras) : null;
}

function oneRow({ input, actor, now }: Item, ord: number): RawBuilder<unknown> {
  return sql`select ${ord}::int as ord, ${input.conversationId}::bigint as conversation_id,
    ${actor.accountId}::bigint as sender_id, ${input.kind}::text as kind, ${input.content}::text as content,
    ${input.replyToId ?? null}::bigint as reply_to_id, ${input.repeat?.key ?? null}::text as key,
    ${input.repeat?.hash ?? null}::text as hash, ${extrasOf(input)}::jsonb as extras, ${actor.dialect}::text as sent_in,
    ${now}::bigint as at`;
}

function manyRows(batch: readonly { item: Item; index: number }[]): RawBuilder<unknown> {
  const column = <T>(pick: (item: Item) => T) => batch.map(({ item }) => pick(item));
  return sql`select * from unnest(
    ${batch.map(({ index }) => index)}::int[], ${column((item) => item.input.conversationId)}::bigint[],
    ${column((item) => item.actor.accountId)}::bigint[], ${column((item) => item.input.kind)}::text[],
    ${column((item) => item.input.content)}::text[], ${column((item) => item.input.replyToId ?? null)}::bigint[],
    ${column((item) => item.input.repeat?.key ?? null)}::text[],
    ${column((item) => item.input.repeat?.hash ?? null)}::text[], ${column((item) => extrasOf(item.input))}::jsonb[],
    ${column((item) => item.actor.dialect)}::text[], ${column((item) => item.now)}::bigint[])
    as i(ord, conversation_id, sender_id, kind, content, reply_to_id, key, hash, extras, sent_in, at)`;
}

/**
 * Gate, numbers, message and log row in one statement (DECISIONS 19, 20). Rows are locked conversation first, in id
 * order, then the sender's membership; a row that changed while it was waited for is judged as it is now. Everything
 * the verdict needs of a conversation is therefore on its row, the numbers too: what is read under the lock is the
 * latest. Each draft then carries its own numbers, so that no step has to find it again: the cost grows with the batch,
 * not with its square. Single rows are looked up by `limit 1` laterals, and only where there is something to look up: a
 * plan made when the tables were empty would otherwise go on reading them whole.
 */
function statement(rows: RawBuilder<unknown>, parts: Parts): RawBuilder<Row> {
  return sql<Row>`/* prepare */ with input as materialized (${rows}),
  conversation as materialized (
    select c.id, c.is_blocked, c.only_admins_can_post, c.is_public, c.last_message_no, c.last_change_no,
      c.membership_version, ${nextLogXid} as log_xid
    from conversations c
    where c.id in (select conversation_id from input) and c.deleted_at is null
    order by c.id for no key update),
  gate as materialized (
    select m.conversation_id, m.account_id, m.role from conversation c
    join memberships m on m.conversation_id = c.id
    where (m.conversation_id, m.account_id) in (select conversation_id, sender_id from input) and m.left_at is null
    for share of m),
  judged as materialized (
    select i.*, k.id as known_id, c.is_public, c.last_message_no, c.last_change_no, c.membership_version, c.log_xid, case
      when k.id is not null and k.request_hash = i.hash then 'known'
      when k.id is not null then 'key_reused'
      when i.key is not null and exists (
        select 1 from idempotency_keys u where u.account_id = i.sender_id and u.key = i.key and u.request_hash <> i.hash)
        then 'key_reused'
      when c.id is null then 'no_such_conversation'
      when (i.conversation_id, i.sender_id) not in (select conversation_id, account_id from gate) then 'not_a_member'
      when c.is_blocked and exists (
        select 1 from blocks b join memberships o on o.account_id = b.blocked_id
        where b.blocker_id = i.sender_id and o.conversation_id = i.conversation_id) then 'you_blocked'
      when c.is_blocked then 'blocked_you'
      when c.only_admins_can_post and (i.conversation_id, i.sender_id) in (
        select conversation_id, account_id from gate where role = 'MEMBER') then 'only_admins_post'
      when i.reply_to_id is not null and (
        select r.id from messages r where r.id = i.reply_to_id and r.conversation_id = i.conversation_id limit 1) is null
        then 'no_such_reply'
      else 'ok' end as verdict
    from input i
    left join lateral (select m.id, m.request_hash from messages m
      where i.key is not null and m.sender_id = i.sender_id and m.idempotency_key = i.key limit 1) k on true
    left join conversation c on c.id = i.conversation_id),
  ${parts.placed},
  advanced as (
    update conversations c set
      last_message_no = c.last_message_no + a.n,
      last_change_no = c.last_change_no + a.changes,
      log_xid = a.log_xid,
      last_message_at = greatest(c.last_message_at, to_timestamp(a.at / 1000.0))
    from (select conversation_id, count(*) as n, max(change_place + names::int) as changes, max(at) as at,
        max(log_xid) as log_xid
      from placed where verdict = 'ok' group by conversation_id) a
    where c.id = a.conversation_id),
  stored as (
    insert into messages (id, conversation_id, message_no, sender_id, kind, content, reply_to_id, idempotency_key,
      request_hash, sent_in, created_at, updated_at, media_url, thumbnail_url, media_seconds, file_name, file_size,
      metadata, label, envelope, is_forwarded, is_encrypted)
    overriding system value
    select a.id, a.conversation_id, a.last_message_no + a.place, a.sender_id, a.kind, a.content, a.reply_to_id, a.key,
      a.hash, a.sent_in, to_timestamp(a.at / 1000.0), to_timestamp(a.at / 1000.0), a.extras->>'mediaUrl',
      a.extras->>'thumbnailUrl', (a.extras->>'mediaSeconds')::int, a.extras->>'fileName',
      (a.extras->>'fileSize')::bigint, nullif(a.extras->'metadata', 'null'), a.extras->>'label',
      nullif(a.extras->'envelope', 'null'), coalesce((a.extras->>'isForwarded')::boolean, false),
      coalesce((a.extras->>'isEncrypted')::boolean, false)
    from placed a where a.verdict = 'ok'),
  ${parts.logged}
  select a.ord, a.verdict, a.id, a.last_message_no + a.place as no, a.last_change_no + a.change_place as change_no,
    a.membership_version, ${parts.mentioned} as mentioned, ${parts.mentionLogged} as logged,
    ${authorJson('author')} as author, case when r.id is not null then ${quotedJson} end as quoted
  from placed a
  join lateral (select * from accounts x where x.id = a.sender_id limit 1) author on true
  left join lateral (
    select * from messages x where a.reply_to_id is not null and x.id = a.reply_to_id limit 1) r on true
  left join lateral (select * from accounts x where x.id = r.sender_id limit 1) rs on true`;
}

/** What the statement says otherwise when somebody may be named: a mention is a change of its own, after its message's. */
interface Parts {
  /** `placed`: every draft with its place among the accepted ones of its conversation, and its id. */
  placed: RawBuilder<unknown>;
  logged: RawBuilder<unknown>;
  mentioned: RawBuilder<Mentioned[] | null>;
  mentionLogged: RawBuilder<Logged | null>;
}

const placeOf = sql`count(*) filter (where j.verdict = 'ok') over (partition by j.conversation_id order by j.ord)`;
const idOf = sql`case when p.verdict = 'ok' then nextval('messages_id_seq') else p.known_id end`;

const plain: Parts = {
  placed: sql`placed as materialized (
    select p.*, p.place as change_place, false as names, ${idOf} as id
    from (select j.*, ${placeOf} as place from judged j order by j.conversation_id, j.ord) p)`,
  logged: sql`logged as (
    insert into changes (xid, conversation_id, change_no, kind, message_id)
    select a.log_xid, a.conversation_id, a.last_change_no + a.change_place, 'message.sent', a.id
    from placed a where a.verdict = 'ok'
    order by a.conversation_id, a.place)`,
  mentioned: sql`null::json`,
  mentionLogged: sql`null::json`,
};

function namesIn(batch: readonly { item: Item; index: number }[]): { ord: number; name: string }[] {
  return batch.flatMap(({ item, index }) =>
    item.input.isEncrypted ? [] : (item.input.mentions ?? []).map((name) => ({ ord: index, name })),
  );
}

/** A name counts if it is a member's, or in a public channel anybody's, and neither of the two blocks the other. */
function naming(names: readonly { ord: number; name: string }[]): Parts {
  return {
    placed: sql`named as materialized (
    select j.ord, p.id, p.username, m.id is not null as is_member
    from unnest(${names.map(({ ord }) => ord)}::int[], ${names.map(({ name }) => name)}::text[]) as n(ord, name)
    join judged j on j.ord = n.ord and j.verdict = 'ok'
    join accounts p on lower(p.username) = lower(n.name) and p.username = n.name and p.deleted_at is null
    left join memberships m on m.conversation_id = j.conversation_id and m.account_id = p.id and m.left_at is null
    where (j.is_public or m.id is not null)
      and not exists (select 1 from blocks b where (b.blocker_id = p.id and b.blocked_id = j.sender_id)
        or (b.blocker_id = j.sender_id and b.blocked_id = p.id))),
  placed as materialized (
    select p.*, ${idOf} as id from (
      select k.*, k.place + coalesce(sum(k.names::int) over (partition by k.conversation_id order by k.ord
          rows between unbounded preceding and 1 preceding), 0) as change_place
      from (select j.*, ${placeOf} as place, j.ord in (select ord from named) as names from judged j) k
      order by k.conversation_id, k.ord) p),
  mentions_kept as (
    insert into mentions (message_id, account_id, conversation_id, created_at)
    select a.id, n.id, a.conversation_id, to_timestamp(a.at / 1000.0) from placed a join named n on n.ord = a.ord)`,
    logged: sql`logged as (
    insert into changes (xid, conversation_id, change_no, kind, message_id, subjects, created_at)
    select c.* from (
      select a.log_xid, a.conversation_id, a.last_change_no + a.change_place as change_no, 'message.sent', a.id,
        null::bigint[], to_timestamp(a.at / 1000.0)
      from placed a where a.verdict = 'ok'
      union all
      select a.log_xid, a.conversation_id, a.last_change_no + a.change_place + 1, 'message.mentioned', a.id,
        a.sender_id || array(select n.id from named n where n.ord = a.ord order by n.id), to_timestamp(a.at / 1000.0)
      from placed a where a.names) c
    order by c.conversation_id, c.change_no
    returning xid, id, conversation_id, change_no),
  logged_elsewhere as (
    insert into changes (xid, account_id, conversation_id, kind, message_id, detail)
    select l.xid, n.id, a.conversation_id, 'message.mentioned', a.id, jsonb_build_object('xid', l.xid, 'id', l.id)
    from placed a join named n on n.ord = a.ord and not n.is_member
    join logged l on l.conversation_id = a.conversation_id and l.change_no = a.last_change_no + a.change_place + 1)`,
    mentioned: sql`(select json_agg(json_build_object('id', n.id, 'username', n.username) order by n.id)
      from named n where n.ord = a.ord)`,
    mentionLogged: sql`(select json_build_object('xid', l.xid, 'id', l.id) from logged l
      where a.names and l.conversation_id = a.conversation_id and l.change_no = a.last_change_no + a.change_place + 1)`,
  };
}
