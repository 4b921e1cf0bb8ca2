// The shapes of /operations: what its answers look like, and how each is made.

import { Type, type Static } from 'typebox';
import type { Latency } from './adapters/metrics/latencies.ts';
import type { LoggedChange } from './core/account-changes.ts';
import type { Moment } from './core/ids.ts';
import {
  deliveryServices,
  deliveryStates,
  type Attempt,
  type Delivery,
  type Named,
} from './core/notifications/ledger.ts';
import type { SettingInForce } from './config.ts';
import { Nullable } from './dialects/fastapi.ts';
import type { PublicIds } from './dialects/public-ids.ts';

const Count = Type.Integer({ minimum: 0 });
const Time = Type.String({ format: 'date-time' });
const Uuid = Type.String({ format: 'uuid' });
const Person = Nullable(Type.Object({ id: Uuid, username: Type.String() }));

const deliveryFields = {
  id: Type.Integer(),
  sent_as: Type.String({ description: 'What the vendor is told: the same in every attempt' }),
  service: Type.Enum([...deliveryServices]),
  adapter: Nullable(Type.String()),
  kind: Type.String(),
  state: Type.Enum([...deliveryStates]),
  attempts: Count,
  outcome: Nullable(Type.String()),
  vendor_id: Nullable(Type.String()),
  account: Person,
  conversation_id: Nullable(Uuid),
  can_replay: Type.Boolean(),
  due_at: Nullable(Time),
  created_at: Time,
  updated_at: Time,
};
export const DeliveryLine = Type.Object(deliveryFields);
const AttemptLine = Type.Object({
  no: Count,
  adapter: Nullable(Type.String()),
  began_at: Time,
  ended_at: Nullable(Time),
  outcome: Nullable(Type.String({ description: 'Null: it is under way' })),
  reason: Nullable(Type.String()),
  vendor_id: Nullable(Type.String()),
  asked_by: Person,
});
export const DeliveryDetail = Type.Object({ ...deliveryFields, history: Type.Array(AttemptLine) });
export const DeliveryPath = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) });

export const SettingLine = Type.Object({
  name: Type.String(),
  aliases: Type.Array(Type.String()),
  value: Type.Unknown({ description: 'As it is read; of a secret always null' }),
  is_set: Type.Boolean(),
  is_default: Type.Boolean(),
  is_secret: Type.Boolean(),
  meaning: Type.String(),
});

const Milliseconds = Nullable(Type.Number());
const LatencyFigures = Type.Object({
  count: Count,
  refused: Count,
  failed: Count,
  p50_ms: Milliseconds,
  p95_ms: Milliseconds,
  p99_ms: Milliseconds,
});
export const Figures = Type.Object({
  process: Type.Object({
    id: Type.Integer(),
    version: Type.String(),
    node: Type.String(),
    started_at: Time,
    uptime_seconds: Count,
    memory: Type.Object({ rss: Count, heap_used: Count, heap_total: Count }),
  }),
  connections: Type.Record(Type.String(), Count),
  frames: Type.Object({ delivered: Count, slow_cut: Count, filled_from_log: Count, missing_from_log: Count }),
  sends: Type.Object({ since_start: Count, last_minute: Count }),
  commands: Type.Array(Type.Object({ name: Type.String(), since_start: LatencyFigures, last_minute: LatencyFigures })),
  deliveries: Type.Array(Type.Object({ service: Type.String(), state: Type.String(), count: Count })),
  jobs: Type.Array(Type.Object({ name: Type.String(), waiting: Count, active: Count, failed: Count })),
});

const ChangeLine = Type.Object({
  at: Time,
  kind: Type.String(),
  stream: Type.Enum(['own', 'conversation']),
  conversation_id: Nullable(Uuid),
  change_no: Nullable(Type.Integer()),
  message_id: Nullable(Uuid),
  by: Nullable(Uuid),
  concerning: Type.Array(Uuid),
  detail: Nullable(Type.Record(Type.String(), Type.Unknown())),
});
export const Changes = Type.Object({ changes: Type.Array(ChangeLine), cursor: Type.String(), more: Type.Boolean() });
export const Trimmed = Type.Object({ detail: Type.String(), message: Type.String(), cursor: Type.String() });

const at = (moment: Moment) => new Date(moment).toISOString();
const perhaps = (moment: Moment | null) => (moment === null ? null : at(moment));
const person = (ids: PublicIds, named: Named | null) =>
  named && { id: ids.toUuid('account', named.id), username: named.username };

export function presentDelivery(ids: PublicIds, { account, ...one }: Delivery): Static<typeof DeliveryLine> {
  return {
    id: one.id,
    sent_as: `parlance-${one.id}`,
    service: one.service,
    adapter: one.adapter,
    kind: one.kind,
    state: one.state,
    attempts: one.attempts,
    outcome: one.outcome,
    vendor_id: one.vendorId,
    account: person(ids, account),
    conversation_id: one.conversationId && ids.toUuid('conversation', one.conversationId),
    can_replay: one.state !== 'waiting' && one.state !== 'sending',
    due_at: perhaps(one.dueAt),
    created_at: at(one.createdAt),
    updated_at: at(one.updatedAt),
  };
}

export function presentDetail(
  ids: PublicIds,
  { history, ...one }: Delivery & { history: Attempt[] },
): Static<typeof DeliveryDetail> {
  const attempts = history.map(({ no, adapter, outcome, reason, ...attempt }) => ({
    no,
    adapter,
    began_at: at(attempt.beganAt),
    ended_at: perhaps(attempt.endedAt),
    outcome,
    reason,
    vendor_id: attempt.vendorId,
    asked_by: person(ids, attempt.askedBy),
  }));
  return { ...presentDelivery(ids, one), history: attempts };
}

export function presentSetting({ isSet, isDefault, isSecret, ...setting }: SettingInForce): Static<typeof SettingLine> {
  return { ...setting, aliases: [...setting.aliases], is_set: isSet, is_default: isDefault, is_secret: isSecret };
}

export function describeProcess(version: string): Static<typeof Figures>['process'] {
  const { rss, heapUsed, heapTotal } = process.memoryUsage();
  return {
    id: process.pid,
    version,
    node: process.version,
    started_at: at(Date.now() - process.uptime() * 1_000),
    uptime_seconds: Math.floor(process.uptime()),
    memory: { rss, heap_used: heapUsed, heap_total: heapTotal },
  };
}

export function presentLatency({ count, refused, failed, p50, p95, p99 }: Latency): Static<typeof LatencyFigures> {
  return { count, refused, failed, p50_ms: p50, p95_ms: p95, p99_ms: p99 };
}

export function presentChange(ids: PublicIds, one: LoggedChange): Static<typeof ChangeLine> {
  return {
    at: at(one.at),
    kind: one.kind,
    stream: one.stream,
    conversation_id: one.conversationId && ids.toUuid('conversation', one.conversationId),
    change_no: one.changeNo,
    message_id: one.messageId && ids.toUuid('message', one.messageId),
    by: one.by && ids.toUuid('account', one.by),
    concerning: one.concerning.map((id) => ids.toUuid('account', id)),
    detail: one.detail && { ...one.detail },
  };
}
