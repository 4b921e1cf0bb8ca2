// The tables as Kysely sees them; `migrations/` makes them. int8 arrives as number, timestamptz as Date.

import type { Generated, GeneratedAlways, JSONColumnType } from 'kysely';
import type { AccountId, ConversationId, MembershipId, MessageId, SessionId } from './ids.ts';

export interface Schema {
  server_values: { name: string; value: string };
  accounts: Accounts;
  sessions: Sessions;
  refresh_tokens: RefreshTokens;
  codes: Codes;
  blocks: { blocker_id: AccountId; blocked_id: AccountId; created_at: Generated<Date> };
  conversations: Conversations;
  memberships: Memberships;
  messages: Messages;
  message_reads: MessageMarks & { read_at: Generated<Date> };
  message_hides: MessageMarks & { created_at: Generated<Date> };
  stars: { account_id: AccountId; message_id: MessageId; conversation_id: ConversationId; created_at: Generated<Date> };
  changes: Changes;
  followers: { name: string; epoch: Generated<number>; xid: Generated<number>; id: Generated<number> };
  search_entries: { message_id: MessageId; conversation_id: ConversationId; text: string; words: string };
  idempotency_keys: {
    account_id: AccountId;
    key: string;
    route: string;
    request_hash: string;
    result: JSONColumnType<Record<string, unknown>> | null;
    created_at: Generated<Date>;
  };
}

interface Accounts {
  id: GeneratedAlways<AccountId>;
  username: string;
  username_chosen: Generated<boolean>;
  email: string | null;
  /** Through which dialects the e-mail was given: only there may others see it. */
  email_dialects: Generated<string[]>;
  email_verified_at: Date | null;
  phone: string | null;
  phone_verified_at: Date | null;
  password_hash: string | null;
  /** The session in which the password was set: a first phone verification in another session voids it. */
  password_session_id: SessionId | null;
  password_changed_at: Date | null;
  display_name: string | null;
  first_name: string | null;
  last_name: string | null;
  bio: string | null;
  avatar_url: string | null;
  avatar_thumbnail_url: string | null;
  social_links: JSONColumnType<Record<string, string>, string | undefined, string>;
  location: string | null;
  website: string | null;
  date_of_birth: Date | null;
  status: Generated<string>;
  status_message: string | null;
  language: string | null;
  metadata: JSONColumnType<Record<string, unknown>> | null;
  /** URGE's rank: FOUNDER, CO_FOUNDER, VERIFIED, REGULAR. */
  standing_role: Generated<string>;
  is_superuser: Generated<boolean>;
  /** URGE's badge: none, pending, approved, rejected. Apart from the phone's verification. */
  badge_status: Generated<string>;
  subscription_plan: Generated<string>;
  subscription_expires_at: Date | null;
  show_online_status: Generated<boolean>;
  show_last_seen: Generated<boolean>;
  show_profile_photo: Generated<boolean>;
  show_read_receipts: Generated<boolean>;
  /** Set by an administrator. */
  disabled_at: Date | null;
  /** When the account was last disabled, enabled, banned or let in again: what processes remember of it is old. */
  access_changed_at: Date | null;
  /** Set by the person; signing in again undoes it. */
  deactivated_at: Date | null;
  /** ACTIVE, SUSPENDED, BANNED. */
  standing: Generated<string>;
  banned_until: Date | null;
  last_seen_at: Date | null;
  created_in: string;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  deleted_at: Date | null;
}

interface Sessions {
  id: GeneratedAlways<SessionId>;
  account_id: AccountId;
  dialect: string;
  device: string | null;
  address: string | null;
  expires_at: Date;
  ended_at: Date | null;
  end_reason: string | null;
  last_used_at: Date | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

interface RefreshTokens {
  id: GeneratedAlways<number>;
  session_id: SessionId;
  token_hash: string;
  expires_at: Date;
  used_at: Date | null;
  created_at: Generated<Date>;
}

interface Codes {
  id: GeneratedAlways<number>;
  phone: string;
  purpose: string;
  nonce: string;
  address: string;
  failures: Generated<number>;
  expires_at: Date;
  used_at: Date | null;
  created_at: Generated<Date>;
}

interface Conversations {
  id: GeneratedAlways<ConversationId>;
  kind: 'direct' | 'group' | 'channel';
  /** `lower:higher` account id of a direct conversation: one per pair under any race. */
  direct_key: string | null;
  name: string | null;
  description: string | null;
  avatar_url: string | null;
  created_by: AccountId | null;
  created_in: string;
  is_public: Generated<boolean>;
  is_blocked: Generated<boolean>;
  only_admins_can_post: Generated<boolean>;
  only_admins_can_edit_info: Generated<boolean>;
  allow_member_invites: Generated<boolean>;
  require_admin_approval: Generated<boolean>;
  mute_notifications: Generated<boolean>;
  theme_color: string | null;
  invite_code: string | null;
  invite_enabled: Generated<boolean>;
  last_message_no: Generated<number>;
  last_change_no: Generated<number>;
  log_xid: Generated<number>;
  membership_version: Generated<number>;
  last_message_at: Date | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  deleted_at: Date | null;
}

interface Memberships {
  id: GeneratedAlways<MembershipId>;
  conversation_id: ConversationId;
  account_id: AccountId;
  role: Generated<string>;
  read_no: Generated<number>;
  read_at: Date | null;
  delivered_no: Generated<number>;
  cleared_no: Generated<number>;
  /** Hidden from the owner's lists until a message above this number arrives; null: not hidden. */
  hidden_no: number | null;
  archived_at: Date | null;
  muted_at: Date | null;
  muted_until: Date | null;
  favourite_at: Date | null;
  pinned_at: Date | null;
  joined_at: Generated<Date>;
  left_at: Date | null;
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
  /** Who did it, then whom it concerns. */
  subjects: AccountId[] | null;
  created_at: Generated<Date>;
}
