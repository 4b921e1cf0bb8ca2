// A message and the people in it, in the core's own shape: plain JSON, times as milliseconds, ids as numbers.

import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { AccountId, ConversationId, MessageId, Moment, ReactionId } from '../ids.ts';
import type { Schema } from '../schema.ts';
import { moment } from '../sql.ts';

/** What others see of a person beside a message. `avatarUrl` is null when its owner hides it. */
export interface Author {
  id: AccountId;
  username: string;
  displayName: string | null;
  avatarUrl: string | null;
  /** To be shown only in the dialects it was given through (DECISIONS 4). */
  email: string | null;
  emailDialects: string[];
  /** ACTIVE, SUSPENDED or BANNED; over when `bannedUntil` has passed. */
  standing: string;
  bannedUntil: Moment | null;
  createdAt: Moment;
  updatedAt: Moment;
}

export type MessageKind =
  'text' | 'image' | 'video' | 'audio' | 'voice' | 'file' | 'sticker' | 'gif' | 'location' | 'contact' | 'system';

/** What the server says in a conversation on somebody's behalf; people by the names they had. */
export type SystemNotice = { by: string } & (
  | { said: 'joined' | 'asked' | 'left' }
  | { said: 'added'; people: string[]; others: number }
  | { said: 'removed' | 'founder'; person: string }
  | { said: 'renamed'; name: string }
  | { said: 'planned'; title: string }
);

/** The message a reply points at, as much as a reply shows of it. */
export interface Quoted {
  id: MessageId;
  sender: Author;
  kind: MessageKind;
  content: string;
  notice: SystemNotice | null;
  isDeleted: boolean;
  createdAt: Moment;
  updatedAt: Moment;
}

/** Somebody named in a message with `@`. */
export interface Mentioned {
  id: AccountId;
  username: string;
}

export interface Reaction {
  id: ReactionId;
  emoji: string;
  author: Author;
  createdAt: Moment;
}

export interface Message {
  id: MessageId;
  conversationId: ConversationId;
  /** Dense per conversation over messages: order and paging. */
  no: number;
  sender: Author;
  kind: MessageKind;
  /** `""` for media without a caption and for deleted messages. */
  content: string;
  /** What a message of kind `system` says, if it was stored; `content` has it in English. */
  notice: SystemNotice | null;
  mediaUrl: string | null;
  thumbnailUrl: string | null;
  mediaSeconds: number | null;
  fileName: string | null;
  fileSize: number | null;
  metadata: Record<string, unknown> | null;
  replyTo: Quoted | null;
  /** Each once, the older account first. */
  mentions: Mentioned[];
  /** Oldest first. */
  reactions: Reaction[];
  label: string | null;
  isForwarded: boolean;
  isEncrypted: boolean;
  envelope: Record<string, unknown> | null;
  createdAt: Moment;
  updatedAt: Moment;
  editedAt: Moment | null;
  /** The first other person's device that had it, and the first other reader. */
  deliveredAt: Moment | null;
  readAt: Moment | null;
  deletedAt: Moment | null;
  /** The viewer's own star; false in events, which everybody shares. */
  isStarred: boolean;
}

/** The FROM clause that `messageJson` needs: message `m`, its sender `s`, the message it replies to `r` and its sender. */
export const messageSource = sql`messages m
  join accounts s on s.id = m.sender_id
  left join messages r on r.id = m.reply_to_id
  left join accounts rs on rs.id = r.sender_id`;

/**
 * A message as JSON in the core's shape, for one viewer, or for everybody (`null`). Goes with `messageSource`. `sender`:
 * what stands there for now, where many messages are of few people.
 */
export function messageJson(
  viewer: AccountId | null,
  sender: RawBuilder<unknown> = authorJson('s'),
): RawBuilder<Message> {
  const starred =
    viewer === null
      ? sql`false`
      : sql`exists (select 1 from stars st where st.account_id = ${viewer} and st.message_id = m.id)`;
  return sql<Message>`json_build_object(
    'id', m.id, 'conversationId', m.conversation_id, 'no', m.message_no, 'sender', ${sender},
    'kind', m.kind, 'content', m.content, 'notice', ${noticeIn('m')}, 'mediaUrl', m.media_url,
    'thumbnailUrl', m.thumbnail_url, 'mediaSeconds', m.media_seconds, 'fileName', m.file_name, 'fileSize', m.file_size,
    'metadata', case when m.kind <> 'system' then m.metadata end,
    'replyTo', case when r.id is not null then ${quotedJson} end,
    'mentions', ${mentionsJson}, 'reactions', ${reactionsJson},
    'label', m.label, 'isForwarded', m.is_forwarded, 'isEncrypted', m.is_encrypted, 'envelope', m.envelope,
    'createdAt', ${moment('m.created_at')}, 'updatedAt', ${moment('m.updated_at')},
    'editedAt', ${moment('m.edited_at')}, 'deliveredAt', ${moment('m.delivered_at')}, 'readAt', ${moment('m.read_at')},
    'deletedAt', ${moment('m.deleted_at')}, 'isStarred', ${starred})`;
}

/**
 * Whose photo is hidden has none here, and with a viewer nobody of whom one blocks the other: what everybody is sent
 * cannot tell its viewers apart.
 */
export function authorJson(alias: string, viewer: AccountId | null = null): RawBuilder<Author> {
  const column = (name: string) => sql.ref(`${alias}.${name}`);
  const photo = viewer === null ? sql`${column('show_profile_photo')}` : showsPhoto(alias, viewer);
  return sql<Author>`json_build_object('id', ${column('id')}, 'username', ${column('username')},
    'displayName', nullif(${column('display_name')}, ''), 'avatarUrl', case when ${photo} then ${column('avatar_url')} end,
    'email', ${column('email')}, 'emailDialects', ${column('email_dialects')}, 'standing', ${column('standing')},
    'bannedUntil', ${moment(`${alias}.banned_until`)}, 'createdAt', ${moment(`${alias}.created_at`)},
    'updatedAt', ${moment(`${alias}.updated_at`)})`;
}

function showsPhoto(alias: string, viewer: AccountId): RawBuilder<boolean> {
  const column = (name: string) => sql.ref(`${alias}.${name}`);
  return sql<boolean>`${column('id')} = ${viewer} or (${column('show_profile_photo')} and not exists (
    select 1 from blocks b where (b.blocker_id = ${viewer} and b.blocked_id = ${column('id')})
      or (b.blocker_id = ${column('id')} and b.blocked_id = ${viewer})))`;
}

const mentionsJson = sql<Mentioned[]>`(
  select coalesce(json_agg(json_build_object('id', p.id, 'username', p.username) order by p.id), '[]'::json)
  from mentions n join accounts p on p.id = n.account_id where n.message_id = m.id)`;

const reactionsJson = sql<Reaction[]>`(
  select coalesce(json_agg(json_build_object('id', x.id, 'emoji', x.emoji, 'author', ${authorJson('xa')},
    'createdAt', ${moment('x.created_at')}) order by x.id), '[]'::json)
  from reactions x join accounts xa on xa.id = x.account_id where x.message_id = m.id and x.removed_at is null)`;

/** The column holds it for messages that the server said; no client says these. */
function noticeIn(alias: string): RawBuilder<SystemNotice | null> {
  return sql`case when ${sql.ref(`${alias}.kind`)} = 'system' then ${sql.ref(`${alias}.metadata`)}->'notice' end`;
}

export const quotedJson = sql<Quoted>`json_build_object('id', r.id, 'sender', ${authorJson('rs')}, 'kind', r.kind,
  'content', r.content, 'notice', ${noticeIn('r')}, 'isDeleted', r.deleted_at is not null, 'createdAt', ${moment('r.created_at')},
  'updatedAt', ${moment('r.updated_at')})`;

/** Messages by id, in no particular order; who may see them is the caller's matter. */
export async function loadMessages(
  db: Kysely<Schema>,
  ids: readonly MessageId[],
  viewer: AccountId | null,
): Promise<Message[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<{ message: Message }>`
    select ${messageJson(viewer)} as message from ${messageSource} where m.id = any(${[...ids]}::bigint[])`.execute(db);
  return rows.map((row) => row.message);
}
