// A message and the people in it, in the core's own shape: plain JSON, times as milliseconds, ids as numbers.

import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { AccountId, ConversationId, MessageId, Moment } from '../ids.ts';
import type { Schema } from '../schema.ts';
import { moment } from '../sql.ts';

/** What others see of a person beside a message. `avatarUrl` is null when its owner hides it. */
export interface Author {
  id: AccountId;
  username: string;
  displayName: string | null;
  avatarUrl: string | null;
}

export type MessageKind =
  | 'text'
  | 'image'
  | 'video'
  | 'audio'
  | 'voice'
  | 'file'
  | 'sticker'
  | 'gif'
  | 'location'
  | 'contact'
  | 'system';

/** The message a reply points at, as much as a reply shows of it. */
export interface Quoted {
  id: MessageId;
  sender: Author;
  kind: MessageKind;
  content: string;
  isDeleted: boolean;
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
  mediaUrl: string | null;
  thumbnailUrl: string | null;
  mediaSeconds: number | null;
  fileName: string | null;
  fileSize: number | null;
  metadata: Record<string, unknown> | null;
  replyTo: Quoted | null;
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

/** A message as JSON in the core's shape, for one viewer, or for everybody (`null`). Goes with `messageSource`. */
export function messageJson(viewer: AccountId | null): RawBuilder<Message> {
  const starred =
    viewer === null
      ? sql`false`
      : sql`exists (select 1 from stars st where st.account_id = ${viewer} and st.message_id = m.id)`;
  return sql<Message>`json_build_object(
    'id', m.id, 'conversationId', m.conversation_id, 'no', m.message_no, 'sender', ${authorJson('s')},
    'kind', m.kind, 'content', m.content, 'mediaUrl', m.media_url, 'thumbnailUrl', m.thumbnail_url,
    'mediaSeconds', m.media_seconds, 'fileName', m.file_name, 'fileSize', m.file_size, 'metadata', m.metadata,
    'replyTo', case when r.id is not null then ${quotedJson} end,
    'label', m.label, 'isForwarded', m.is_forwarded, 'isEncrypted', m.is_encrypted, 'envelope', m.envelope,
    'createdAt', ${moment('m.created_at')}, 'updatedAt', ${moment('m.updated_at')},
    'editedAt', ${moment('m.edited_at')}, 'deliveredAt', ${moment('m.delivered_at')}, 'readAt', ${moment('m.read_at')},
    'deletedAt', ${moment('m.deleted_at')}, 'isStarred', ${starred})`;
}

/** Whose photo is hidden has none here: what everybody is sent cannot tell its viewers apart. */
export function authorJson(alias: string): RawBuilder<Author> {
  const column = (name: string) => sql.ref(`${alias}.${name}`);
  return sql<Author>`json_build_object('id', ${column('id')}, 'username', ${column('username')},
    'displayName', ${column('display_name')},
    'avatarUrl', case when ${column('show_profile_photo')} then ${column('avatar_url')} end)`;
}

export const quotedJson = sql<Quoted>`json_build_object('id', r.id, 'sender', ${authorJson('rs')}, 'kind', r.kind,
  'content', r.content, 'isDeleted', r.deleted_at is not null)`;

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
