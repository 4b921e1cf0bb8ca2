// The tables of moderation.

import type { Generated, GeneratedAlways, JSONColumnType } from 'kysely';
import type { AccountId, ActionId, ConversationId, MessageId, ReportId } from '../ids.ts';

export interface ModerationTables {
  moderator_roles: {
    account_id: AccountId;
    conversation_id: ConversationId | null;
    role: string;
    granted_by: AccountId | null;
    created_at: Date;
  };
  moderation_actions: ModerationActions;
  reports: Reports;
}

interface ModerationActions {
  id: GeneratedAlways<ActionId>;
  admin_id: AccountId;
  action_type: string;
  target_type: string;
  target_id: number;
  reason: string | null;
  metadata: JSONColumnType<Record<string, unknown>> | null;
  created_at: Date;
}

interface Reports {
  id: GeneratedAlways<ReportId>;
  reporter_id: AccountId;
  title: string;
  content: string;
  status: Generated<'open' | 'in_progress' | 'resolved'>;
  comment: string | null;
  resolved_at: Date | null;
  resolved_by: AccountId | null;
  /** What it points at, if at anything. */
  message_id: MessageId | null;
  conversation_id: ConversationId | null;
  account_id: AccountId | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}
