// What stands on each settings screen, and what it is until somebody changes it (contract, 10.2).

import { Type, type TSchema } from 'typebox';
import { Nullable } from '../fastapi.ts';
import { text, time, uuid } from './schemas.ts';

export interface Definition {
  defaults: Record<string, unknown>;
  /** What may be changed; all of it optional. */
  changed: Record<string, TSchema>;
  /** All that is answered. */
  shown: Record<string, TSchema>;
}

type Field = { schema: TSchema; value: unknown };

const yes: Field = { schema: Type.Boolean(), value: true };
const no: Field = { schema: Type.Boolean(), value: false };
const oneOf = (first: string, ...others: string[]): Field => ({ schema: Type.Enum([first, ...others]), value: first });

/** `fields` can be changed; `facts` are shown only. */
function define(fields: Record<string, Field>, facts: Record<string, TSchema> = {}): Definition {
  const schemas = Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema]));
  return {
    defaults: Object.fromEntries(Object.entries(fields).map(([name, { value }]) => [name, value])),
    changed: Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, Type.Optional(schema)])),
    shown: { user_id: uuid, ...schemas, ...facts, updated_at: Nullable(time) },
  };
}

const whoever = oneOf('contacts', 'everyone', 'nobody');

export const app = define({
  language: oneOf('en', 'id', 'jp', 'ko', 'cn'),
  theme: oneOf('system', 'light', 'dark'),
  font_size: oneOf('medium', 'small', 'large'),
  enable_animations: yes,
  enable_sounds: yes,
  enable_vibration: yes,
  enable_notifications: yes,
  enable_auto_download: yes,
  download_quality: oneOf('medium', 'low', 'high'),
  enable_location_services: no,
  enable_biometric: no,
  data_usage_mode: oneOf('unlimited', 'low', 'extreme'),
});

export const privacy = define(
  {
    show_last_seen: yes,
    show_online_status: yes,
    show_profile_photo: yes,
    show_about: yes,
    show_phone_number: no,
    allow_group_invites: yes,
    allow_contacts_to_add_me: yes,
    allow_strangers_to_add_me: no,
    who_can_see_my_story: whoever,
    who_can_call_me: whoever,
    who_can_add_me_to_groups: whoever,
    read_receipts: yes,
    typing_indicators: yes,
  },
  { blocked_users: Type.Array(uuid) },
);

export const profilePrivacy = define({
  show_email: no,
  show_phone_number: no,
  show_last_seen: yes,
  show_online_status: yes,
  allow_search_by_email: yes,
  allow_search_by_phone: yes,
  show_location: no,
  allow_location_sharing: no,
  profile_visibility: oneOf('contacts', 'public', 'private'),
  allow_friend_requests: yes,
  allow_group_invites: yes,
  allow_calls_from_contacts: yes,
  allow_calls_from_anyone: no,
});

export const security = define(
  {
    biometric_auth: no,
    screen_lock: no,
    lock_timeout: { schema: Type.Integer({ minimum: 0, maximum: 100_000 }), value: 30 },
    incognito_keyboard: no,
    show_security_notifications: yes,
    require_auth_for_sensitive_actions: yes,
  },
  {
    // Turned on and off by codes, not by a switch.
    two_factor_auth: Type.Boolean(),
    trusted_devices: Type.Array(text),
    security_logs: Type.Array(text),
    last_password_change: Nullable(time),
  },
);

export const account = define(
  { allow_data_collection: no, allow_analytics: no, allow_marketing: no },
  {
    is_active: Type.Boolean(),
    email_verified: Type.Boolean(),
    phone_verified: Type.Boolean(),
    account_created_at: Nullable(time),
    last_login_at: Nullable(time),
    last_active_at: Nullable(time),
    account_type: Type.Enum(['free', 'premium', 'business']),
    subscription_status: Type.Enum(['active', 'expired', 'cancelled']),
    subscription_expires_at: Nullable(time),
  },
);
