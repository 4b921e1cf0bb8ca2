// The tables of accounts.

import type { Generated, GeneratedAlways, JSONColumnType } from 'kysely';
import type { AccountId, BadgeRequestId, RoleId, SessionId } from '../ids.ts';

export interface AccountTables {
  accounts: Accounts;
  sessions: Sessions;
  refresh_tokens: RefreshTokens;
  codes: Codes;
  email_codes: EmailCodes;
  two_factor: TwoFactor;
  backup_codes: { account_id: AccountId; code_hash: string; used_at: Date | null };
  device_keys: DeviceKeys;
  blocks: { blocker_id: AccountId; blocked_id: AccountId; created_at: Generated<Date> };
  account_settings: {
    account_id: AccountId;
    screen: string;
    document: JSONColumnType<Record<string, unknown>>;
    updated_at: Generated<Date>;
  };
  roles: Roles;
  account_roles: { account_id: AccountId; role_id: RoleId; created_at: Generated<Date> };
  badge_requests: BadgeRequests;
  activities: Activities;
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

interface EmailCodes {
  id: GeneratedAlways<number>;
  account_id: AccountId;
  email: string;
  nonce: string;
  failures: Generated<number>;
  expires_at: Date;
  used_at: Date | null;
  created_at: Generated<Date>;
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

interface DeviceKeys {
  account_id: AccountId;
  device_id: string;
  algorithm: string;
  public_key: string;
  created_at: Date;
  updated_at: Date;
}

interface Roles {
  id: GeneratedAlways<RoleId>;
  name: string;
  description: string | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

interface BadgeRequests {
  id: GeneratedAlways<BadgeRequestId>;
  account_id: AccountId;
  full_name: string;
  reason: string;
  social_proof: string | null;
  created_at: Date;
}

interface Activities {
  id: GeneratedAlways<number>;
  account_id: AccountId;
  action: string;
  created_at: Generated<Date>;
}
