// The tables as Kysely sees them; `migrations/` makes them. int8 arrives as number, timestamptz as Date.

import type { Generated, GeneratedAlways, JSONColumnType } from 'kysely';
import type {
  AccountId,
  ActionId,
  BadgeRequestId,
  CallId,
  ConversationId,
  DeviceId,
  EventId,
  MediaId,
  MembershipId,
  MessageId,
  ReactionId,
  ReportId,
  RoleId,
  SessionId,
  UploadId,
} from './ids.ts';

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
  mentions: { message_id: MessageId; account_id: AccountId; conversation_id: ConversationId; created_at: Date };
  reactions: Reactions;
  moderator_roles: {
    account_id: AccountId;
    conversation_id: ConversationId | null;
    role: string;
    granted_by: AccountId | null;
    created_at: Date;
  };
  moderation_actions: ModerationActions;
  join_requests: { conversation_id: ConversationId; account_id: AccountId; created_at: Date };
  group_events: GroupEvents;
  event_answers: { event_id: EventId; account_id: AccountId; status: string; updated_at: Date };
  two_factor: TwoFactor;
  backup_codes: { account_id: AccountId; code_hash: string; used_at: Date | null };
  badge_requests: BadgeRequests;
  device_keys: DeviceKeys;
  followers: {
    name: string;
    epoch: Generated<number>;
    xid: Generated<number>;
    id: Generated<number>;
    part: Generated<number>;
  };
  devices: Devices;
  account_settings: {
    account_id: AccountId;
    screen: string;
    document: JSONColumnType<Record<string, unknown>>;
    updated_at: Generated<Date>;
  };
  deliveries: Deliveries;
  media: MediaFiles;
  uploads: Uploads;
  search_entries: { message_id: MessageId; conversation_id: ConversationId; text: string; words: string };
  idempotency_keys: {
    account_id: AccountId;
    key: string;
    route: string;
    request_hash: string;
    result: JSONColumnType<Record<string, unknown>> | null;
    created_at: Generated<Date>;
  };
  roles: Roles;
  account_roles: { account_id: AccountId; role_id: RoleId; created_at: Generated<Date> };
  reports: Reports;
  calls: Calls;
  call_participants: CallParticipants;
  location_points: LocationPoints;
  current_locations: CurrentLocations;
  location_shares: LocationShares;
  geofences: Geofences;
  geofence_events: GeofenceEvents;
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
  /** The country's calling code, or a number's first digits. */
  region: Generated<string>;
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

interface Reactions {
  id: GeneratedAlways<ReactionId>;
  message_id: MessageId;
  account_id: AccountId;
  emoji: string;
  created_at: Date;
  removed_at: Date | null;
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

interface GroupEvents {
  id: GeneratedAlways<EventId>;
  conversation_id: ConversationId;
  title: string;
  description: string | null;
  location: string | null;
  start_at: Date;
  end_at: Date | null;
  is_online: boolean;
  meeting_link: string | null;
  max_attendees: number | null;
  created_by: AccountId;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}

interface TwoFactor {
  account_id: AccountId;
  secret: string;
  /** Null: set up, and not yet proven by a code. */
  enabled_at: Date | null;
  last_step: Generated<number>;
  failures: Generated<number>;
  failing_since: Date | null;
  created_at: Date;
}

interface BadgeRequests {
  id: GeneratedAlways<BadgeRequestId>;
  account_id: AccountId;
  full_name: string;
  reason: string;
  social_proof: string | null;
  created_at: Date;
}

interface DeviceKeys {
  account_id: AccountId;
  device_id: string;
  algorithm: string;
  public_key: string;
  created_at: Date;
  updated_at: Date;
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
  created_at: Generated<Date>;
}

interface Roles {
  id: GeneratedAlways<RoleId>;
  name: string;
  description: string | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
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

interface Devices {
  id: GeneratedAlways<DeviceId>;
  account_id: AccountId;
  /** The session that registered it: when that is ended, the device hears nothing more. */
  session_id: SessionId | null;
  dialect: string;
  platform: 'ios' | 'android' | 'web';
  address: string;
  keys: JSONColumnType<{ p256dh: string; auth: string }> | null;
  device_id: string | null;
  app_version: string | null;
  device_name: string | null;
  os_version: string | null;
  failures: Generated<number>;
  last_used_at: Generated<Date>;
  retired_at: Date | null;
  retire_reason: string | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

interface Deliveries {
  id: GeneratedAlways<number>;
  service: 'app' | 'browser' | 'sms';
  adapter: string | null;
  kind: string;
  subject_id: number;
  device_id: DeviceId | null;
  account_id: AccountId | null;
  conversation_id: ConversationId | null;
  caused_by: AccountId | null;
  state: string;
  attempts: Generated<number>;
  outcome: string | null;
  vendor_id: string | null;
  due_at: Date | null;
  claimed_at: Date | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

interface MediaFiles {
  id: GeneratedAlways<MediaId>;
  account_id: AccountId;
  /** In the file's address, where it is the only right that is needed: random. */
  name: string;
  key: string;
  kind: 'image' | 'video' | 'audio' | 'document';
  type: string;
  file_name: string;
  size: number;
  width: number | null;
  height: number | null;
  seconds: number | null;
  thumbnail_key: string | null;
  thumbnail_size: number | null;
  created_at: Generated<Date>;
  deleted_at: Date | null;
}

interface Uploads {
  id: GeneratedAlways<UploadId>;
  account_id: AccountId;
  /** Where the client puts it, and who may: the client knows it. */
  incoming_key: string;
  /** What it will be called, and where it will be kept. */
  name: string;
  key: string;
  file_name: string;
  /** As claimed. */
  type: string;
  expires_at: Date;
  media_id: MediaId | null;
  created_at: Generated<Date>;
}

interface LocationPoints {
  id: GeneratedAlways<number>;
  account_id: AccountId;
  latitude: number;
  longitude: number;
  accuracy: number | null;
  altitude: number | null;
  speed: number | null;
  heading: number | null;
  address: string | null;
  device_at: Date;
  created_at: Generated<Date>;
}

interface CurrentLocations {
  account_id: AccountId;
  point_id: number;
  latitude: number;
  longitude: number;
  cell_y: number;
  cell_x: number;
  device_at: Date;
  created_at: Date;
}

interface LocationShares {
  id: GeneratedAlways<number>;
  account_id: AccountId;
  target_account_id: AccountId | null;
  target_conversation_id: ConversationId | null;
  precision: Generated<'exact' | 'street' | 'district'>;
  expires_at: Date | null;
  duration_minutes: number | null;
  is_live: Generated<boolean>;
  update_interval: Generated<number>;
  created_at: Generated<Date>;
  stopped_at: Date | null;
}

interface Geofences {
  id: GeneratedAlways<number>;
  account_id: AccountId;
  name: string;
  description: string | null;
  latitude: number;
  longitude: number;
  radius_meters: number;
  notify_on_entry: Generated<boolean>;
  notify_on_exit: Generated<boolean>;
  is_active: Generated<boolean>;
  is_inside: Generated<boolean>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  deleted_at: Date | null;
}

interface GeofenceEvents {
  id: GeneratedAlways<number>;
  geofence_id: number;
  account_id: AccountId;
  kind: 'entry' | 'exit';
  latitude: number;
  longitude: number;
  accuracy: number | null;
  created_at: Generated<Date>;
}

interface Calls {
  id: GeneratedAlways<CallId>;
  channel_name: string;
  kind: 'video' | 'audio';
  status: Generated<'initiated' | 'ongoing' | 'ended'>;
  initiated_by: AccountId;
  is_group: Generated<boolean>;
  ring_until: Date;
  started_at: Generated<Date>;
  answered_at: Date | null;
  ended_at: Date | null;
  ended_by: AccountId | null;
  end_reason: string | null;
}

interface CallParticipants {
  id: GeneratedAlways<number>;
  call_id: CallId;
  account_id: AccountId;
  uid: number;
  invited_at: Date;
  joined_at: Date | null;
  left_at: Date | null;
  quality_rating: number | null;
}
