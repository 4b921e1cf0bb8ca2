// Words sent to devices, as NeruTalk reads and writes them (contract, 5.10 and 6.5).

import { Type, type Static } from 'typebox';
import type { AnnouncementReport, DeliveryStatistics, Told } from '../../core/notifications/reports.ts';
import { LooseInteger, Nullable } from '../fastapi.ts';
import type { AccountId } from '../../core/ids.ts';
import { UserId } from './ids.ts';
import { time } from './presenters.ts';
import { count, flag, id, text, time as moment, uuid } from './schemas.ts';

const Priority = Type.Enum(['low', 'normal', 'high']);
const DeviceTypes = Type.Array(Type.Enum(['ios', 'android', 'web']), { maxItems: 3 });

const optional = (maxLength: number) => Type.Optional(Nullable(Type.String({ maxLength })));
const type = Type.String({ minLength: 1, maxLength: 50 });

/** Whom it is for. An empty list is the caller. */
export const recipients = {
  user_ids: Type.Optional(Nullable(Type.Array(UserId, { maxItems: 1_000 }))),
  recipient_user_ids: Type.Optional(Nullable(Type.Array(UserId, { maxItems: 1_000 }))),
};

/** How it is brought. */
export const manner = {
  priority: Type.Optional(Nullable(Priority)),
  image_url: Type.Optional(Nullable(Type.String({ maxLength: 2_048, pattern: '^https?://[^\\s]+$' }))),
  click_action: optional(255),
  scheduled_at: optional(40),
  device_types: Type.Optional(Nullable(DeviceTypes)),
};

/** What it says. */
export const words = {
  title: Type.String({ minLength: 1, maxLength: 255 }),
  body: Type.String({ minLength: 1, maxLength: 4_000 }),
  notification_type: Type.Optional(type),
  type: Type.Optional(type),
  category: optional(50),
  data: Type.Optional(Nullable(Type.Record(Type.String(), Type.Unknown()))),
};

const PushNotification = Type.Object({
  id,
  user_id: uuid,
  title: text,
  body: text,
  notification_type: text,
  type: text,
  category: Nullable(text),
  data: Nullable(Type.Record(Type.String(), Type.Unknown())),
  is_sent: flag,
  status: Type.Enum(['pending', 'sending', 'sent', 'delivered', 'failed', 'cancelled']),
  priority: Priority,
  recipient_user_ids: Type.Array(uuid),
  fcm_message_id: Nullable(text),
  error_message: Nullable(text),
  device_token_id: Nullable(id),
  is_delivered: flag,
  is_read: flag,
  created_at: moment,
  sent_at: Nullable(moment),
  scheduled_at: Nullable(moment),
  delivered_at: Nullable(moment),
  read_at: Nullable(moment),
});

export const Sent = Type.Object({
  success_count: count,
  failure_count: count,
  notifications: Type.Array(PushNotification),
  message: text,
});
export const Broadcast = Type.Object({ ...Sent.properties, broadcast_id: id });
export const Notifications = Type.Object({ notifications: Type.Array(PushNotification) });

export const Progress = Type.Object({
  id,
  status: Type.Enum(['pending', 'sending', 'sent']),
  progress: Type.Integer({ minimum: 0, maximum: 100 }),
  success_count: count,
  failure_count: count,
  pending_count: count,
  created_at: moment,
  scheduled_at: Nullable(moment),
  finished_at: Nullable(moment),
});

const breakdown = Type.Object({ ios: count, android: count, web: count });
const rate = Type.Number({ minimum: 0, maximum: 100 });
export const Statistics = Type.Object({
  total_sent: count,
  total_delivered: count,
  total_read: count,
  total_failed: count,
  delivery_rate: rate,
  read_rate: rate,
  device_breakdown: breakdown,
  notification_type_breakdown: Type.Record(Type.String(), count),
  total: count,
  total_recipients: count,
  delivered: count,
  failed: count,
  clicked: count,
  click_rate: rate,
  platform_breakdown: breakdown,
});

export const Days = Type.Object({ days: LooseInteger({ minimum: 1, maximum: 365, default: 30 }) });

/** One record per person: sent once a service has taken it for one of their devices, failed when none has. */
export function presentNotifications(
  report: AnnouncementReport,
  userId: (id: AccountId) => string,
): Static<typeof PushNotification>[] {
  return report.told.map((told) => ({
    id: told.id,
    user_id: userId(told.accountId),
    title: told.title,
    body: told.body,
    notification_type: report.type,
    type: report.type,
    category: report.category,
    data: report.data,
    is_sent: told.isTaken,
    status: statusOf(told),
    priority: report.urgency,
    recipient_user_ids: [userId(told.accountId)],
    fcm_message_id: told.vendorId,
    error_message: told.error,
    device_token_id: told.deviceId,
    is_delivered: told.isTaken,
    is_read: false,
    created_at: time(report.createdAt),
    sent_at: time(told.takenAt),
    scheduled_at: time(report.scheduledAt),
    delivered_at: time(told.takenAt),
    read_at: null,
  }));
}

function statusOf({ isTaken, isOpen }: Told): 'sent' | 'pending' | 'failed' {
  if (isTaken) return 'sent';
  return isOpen ? 'pending' : 'failed';
}

export function presentProgress(report: AnnouncementReport): Static<typeof Progress> {
  const isDone = report.finishedAt !== null && report.open === 0;
  const isBegun = report.finishedAt !== null || report.progress > 0;
  return {
    id: report.id,
    status: isDone ? 'sent' : isBegun ? 'sending' : 'pending',
    progress: report.progress,
    success_count: report.taken,
    failure_count: report.failed,
    pending_count: report.open,
    created_at: time(report.createdAt),
    scheduled_at: time(report.scheduledAt),
    finished_at: time(report.finishedAt),
  };
}

/** The ledger's kinds by the contract's three types. */
const typeOf: Record<string, string> = {
  new_message: 'message',
  incoming_call: 'call',
  missed_call: 'call',
  group_invite: 'system',
  share_started: 'system',
  share_ended: 'system',
  fence_crossed: 'system',
};

export function presentStatistics(statistics: DeliveryStatistics): Static<typeof Statistics> {
  const { sent, delivered, read, failed, platforms } = statistics;
  const types: Record<string, number> = {};
  for (const [kind, many] of Object.entries(statistics.kinds)) {
    const name = typeOf[kind] ?? kind;
    types[name] = (types[name] ?? 0) + many;
  }
  return {
    total_sent: sent,
    total_delivered: delivered,
    total_read: read,
    total_failed: failed,
    delivery_rate: percentage(delivered, sent),
    read_rate: percentage(read, delivered),
    device_breakdown: platforms,
    notification_type_breakdown: types,
    total: statistics.total,
    total_recipients: statistics.recipients,
    delivered,
    failed,
    clicked: 0,
    click_rate: 0,
    platform_breakdown: platforms,
  };
}

/** With two decimals; of nothing it is 0. */
function percentage(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 10_000) / 100;
}
