// The tables of messages.

import type { Generated, GeneratedAlways, JSONColumnType } from 'kysely';
import type { AccountId, ConversationId, MessageId, ReactionId } from '../ids.ts';

export interface MessageTables {
  messages: Messages;
  message_reads: MessageMarks & { read_at: Generated<Date> };
  message_hides: MessageMarks & { created_at: Generated<Date> };
  stars: { account_id: AccountId; message_id: MessageId; conversation_id: ConversationId; created_at: Generated<Date> };
  mentions: { message_id: MessageId; account_id: AccountId; conversation_id: ConversationId; created_at: Date };
  reactions: Reactions;
  search_entries: { message_id: MessageId; conversation_id: ConversationId; text: string; words: string };
}

interface Messages {
  id: GeneratedAlways<MessageId>;
  conversation_id: ConversationId;
  message_no: number;
  sender_id: AccountId;
  kind: Generated<string>;
  content: Generated<string>;
  media_url: string | null;
  thumbnail_url: string | null;
  media_seconds: number | null;
  file_name: string | null;
  file_size: number | null;
  metadata: JSONColumnType<Record<string, unknown>> | null;
  reply_to_id: MessageId | null;
  /** AI Messaging's free `conversation_id`; null is `conv_{a}_{b}`. */
  label: string | null;
  is_forwarded: Generated<boolean>;
  is_encrypted: Generated<boolean>;
  envelope: JSONColumnType<Record<string, unknown>> | null;
  sent_in: string;
  idempotency_key: string | null;
  request_hash: string | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  edited_at: Date | null;
  delivered_at: Date | null;
  read_at: Date | null;
  deleted_at: Date | null;
  deleted_by: AccountId | null;
}

interface MessageMarks {
  account_id: AccountId;
  conversation_id: ConversationId;
  message_no: number;
}

interface Reactions {
  id: GeneratedAlways<ReactionId>;
  message_id: MessageId;
  account_id: AccountId;
  emoji: string;
  created_at: Date;
  removed_at: Date | null;
}
