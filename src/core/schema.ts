// The tables as Kysely sees them; `migrations/` makes them. int8 arrives as number, timestamptz as Date.

import type { Generated, GeneratedAlways, JSONColumnType } from 'kysely';
import type { AccountId, ConversationId, MessageId, ReactionId } from './ids.ts';
import type { ChangeDetail } from './log.ts';
import type { AccountTables } from './schema/accounts.ts';
import type { CallTables } from './schema/calls.ts';
import type { ConversationTables } from './schema/conversations.ts';
import type { LocationTables } from './schema/location.ts';
import type { MediaTables } from './schema/media.ts';
import type { MessageTables } from './schema/messages.ts';
import type { ModerationTables } from './schema/moderation.ts';
import type { NotificationTables } from './schema/notifications.ts';

/** The tables of every noun, and those that belong to none. */
export interface Schema
  extends
    AccountTables,
    ConversationTables,
    MessageTables,
    ModerationTables,
    NotificationTables,
    MediaTables,
    CallTables,
    LocationTables {
  server_values: { name: string; value: string };
  changes: Changes;
  followers: {
    name: string;
    epoch: Generated<number>;
    xid: Generated<number>;
    id: Generated<number>;
    part: Generated<number>;
  };
  idempotency_keys: {
    account_id: AccountId;
    key: string;
    route: string;
    request_hash: string;
    /** By the request's steps. */
    result: JSONColumnType<Record<string, { value?: unknown }>>;
    created_at: Generated<Date>;
  };
}

interface Changes {
  epoch: Generated<number>;
  xid: number;
  id: GeneratedAlways<number>;
  conversation_id: ConversationId | null;
  account_id: AccountId | null;
  change_no: number | null;
  kind: string;
  message_id: MessageId | null;
  /** Messages newly read or received. */
  receipts: MessageId[] | null;
  reaction_id: ReactionId | null;
  /** Who did it, then whom it concerns. */
  subjects: AccountId[] | null;
  /** What it is about: a call, a share, a crossing, a group's event, a moderator's action. */
  subject_id: number | null;
  /** Switches and ids that no column holds, never content. */
  detail: JSONColumnType<ChangeDetail> | null;
  created_at: Generated<Date>;
}
