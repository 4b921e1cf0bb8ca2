// The tables of notifications.

import type { Generated, GeneratedAlways, JSONColumnType } from 'kysely';
import type { AccountId, AnnouncementId, ConversationId, DeviceId, SessionId } from '../ids.ts';

export interface NotificationTables {
  devices: Devices;
  deliveries: Deliveries;
  delivery_attempts: DeliveryAttempts;
  announcements: Announcements;
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
  language: string | null;
  failures: Generated<number>;
  last_used_at: Generated<Date>;
  retired_at: Date | null;
  retire_reason: string | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

interface Deliveries {
  id: GeneratedAlways<number>;
  service: 'app' | 'browser' | 'sms' | 'mail' | 'webhook';
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
  /** The superuser who asked for the attempt that waits. */
  asked_by: AccountId | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

interface DeliveryAttempts {
  delivery_id: number;
  no: number;
  adapter: string | null;
  asked_by: AccountId | null;
  began_at: Date;
  ended_at: Date | null;
  outcome: string | null;
  reason: string | null;
  vendor_id: string | null;
}

interface Announcements {
  id: GeneratedAlways<AnnouncementId>;
  account_id: AccountId;
  is_official: boolean;
  recipients: AccountId[] | null;
  platforms: string[] | null;
  type: string;
  category: string | null;
  title: string;
  body: string;
  translations: JSONColumnType<Record<string, { title: string; body: string }>> | null;
  data: JSONColumnType<Record<string, unknown>> | null;
  image_url: string | null;
  click_action: string | null;
  urgency: 'low' | 'normal' | 'high';
  /** The accounts up to `reached` are in the ledger; those up to `upto` will be. */
  reached: AccountId;
  upto: AccountId;
  scheduled_at: Date | null;
  created_at: Generated<Date>;
  finished_at: Date | null;
}
