// What claimed deliveries say, read in the moment of the attempt: whatever is no news any more has no row.

import { sql } from 'kysely';
import type { Context, DialectName, System } from '../context.ts';
import type { AccountId, ConversationId, DeviceId, MessageId, Moment } from '../ids.ts';
import type { MessageKind } from '../messages/shape.ts';
import type { PushDevice, PushNotification, PushService } from '../ports.ts';
import { moment } from '../sql.ts';
import { circumstances, wantsToKnow, type ConversationNoticeKind } from './audience.ts';
import type { Notice } from './notice.ts';
import { languageOf, mayBeTold, occasion, type OccasionKind } from './occasions.ts';
import { serviceOf } from './plan.ts';
import { notificationSwitch } from './settings.ts';

/** Characters of a message, and of a name, that a notification shows. */
const longestText = 200;
const longestName = 100;

/** A delivery to attempt now. */
export interface Claim extends Pick<PushNotification, 'sound' | 'vibration' | 'urgency' | 'lifetime'> {
  id: number;
  attempt: number;
  claimedAt: Moment;
  device: PushDevice;
  deviceId: DeviceId;
  dialect: DialectName;
  notice: Notice;
}

interface DeliveryRow {
  id: number;
  attempt: number;
  claimed_at: Moment;
  device_id: DeviceId;
  service: PushService;
  platform: PushDevice['platform'];
  address: string;
  keys: PushDevice['keys'];
  dialect: DialectName;
  language: string | null;
  sound: boolean;
  vibration: boolean;
  by: AccountId | null;
  by_name: string | null;
  by_avatar: string | null;
}

interface MessageRow extends DeliveryRow {
  kind: ConversationNoticeKind;
  conversation_id: ConversationId;
  conversation_name: string;
  is_group: boolean;
  message_id: MessageId | null;
  message_kind: MessageKind | null;
  text: string | null;
}

interface OccasionRow extends DeliveryRow {
  kind: OccasionKind;
  about: Record<string, unknown>;
}

/** Columns of delivery `v` at device `d` of account `a`, caused by account `b`. */
const deliveryColumns = sql`v.id, v.attempts as attempt, ${moment('v.claimed_at')} as claimed_at, v.kind,
  d.id as device_id, ${serviceOf} as service, d.platform, d.address, d.keys, d.dialect, ${languageOf} as language,
  ${notificationSwitch('v.account_id', 'sound')} as sound,
  ${notificationSwitch('v.account_id', 'vibration')} as vibration,
  b.id as by, coalesce(b.display_name, b.username) as by_name,
  case when b.show_profile_photo then b.avatar_url end as by_avatar`;

/** What each of these deliveries says, oldest first; those that nobody wants any more are not among them. */
export async function readClaims(ctx: Context<System>, ids: readonly number[]): Promise<Claim[]> {
  const claims = [...(await messageClaims(ctx, ids)), ...(await occasionClaims(ctx, ids))];
  return claims.toSorted((one, other) => one.id - other.id);
}

async function messageClaims(ctx: Context<System>, ids: readonly number[]): Promise<Claim[]> {
  const { rows } = await sql<MessageRow>`
    select ${deliveryColumns}, c.id as conversation_id, coalesce(c.name, '') as conversation_name,
      c.kind <> 'direct' as is_group, m.id as message_id, m.kind as message_kind,
      case when not m.is_encrypted and ${notificationSwitch('v.account_id', 'showPreview')}
        then left(m.content, ${longestText * 2}) end as text
    from (select *, case kind when 'new_message' then subject_id end as of_message from deliveries
      where id = any(${[...ids]}::bigint[]) and kind in ('new_message', 'group_invite') offset 0) v
    cross join lateral (select * from devices where id = v.device_id and account_id = v.account_id offset 0) d
    cross join lateral (select * from accounts where id = v.caused_by offset 0) b
    ${circumstances('v.conversation_id', 'v.account_id', 'v.of_message')}
    where (v.kind <> 'new_message' or m.id is not null)
      and ${wantsToKnow('v.caused_by', ctx.now)}`.execute(ctx.tx);
  return rows.map((row) => {
    const occasionOf = {
      conversationId: row.conversation_id,
      conversationName: beginning(row.conversation_name, longestName),
      isGroup: row.is_group,
      by: byOf(row),
      language: row.language,
    };
    if (row.kind === 'group_invite') return claimOf(row, { kind: row.kind, ...occasionOf });
    return claimOf(row, {
      kind: row.kind,
      ...occasionOf,
      messageId: row.message_id!,
      messageKind: row.message_kind!,
      text: row.text && beginning(row.text, longestText),
    });
  });
}

async function occasionClaims(ctx: Context<System>, ids: readonly number[]): Promise<Claim[]> {
  const { rows } = await sql<OccasionRow>`
    select ${deliveryColumns}, o.about
    from (select * from deliveries
      where id = any(${[...ids]}::bigint[]) and kind not in ('new_message', 'group_invite') offset 0) v
    cross join lateral (select * from devices where id = v.device_id and account_id = v.account_id offset 0) d
    cross join lateral (select * from accounts where id = v.account_id offset 0) a
    cross join lateral ${occasion('v.kind', 'v.subject_id', ctx.now)} o
    left join accounts b on b.id = o.by
    where ${mayBeTold('v.kind', ctx.now)}`.execute(ctx.tx);
  return rows.map((row) => {
    const notice = {
      kind: row.kind,
      ...row.about,
      by: row.by === null ? null : byOf(row),
      language: row.language,
    } as Notice;
    if (notice.kind === 'announcement') return claimOf(row, { ...notice, data: notice.data ?? {} });
    return claimOf(row, notice, notice.kind === 'incoming_call' ? (notice.ringsUntil - ctx.now) / 1_000 : undefined);
  });
}

/** `lifetime`: seconds after which it is no news any more; not said: as long as its service keeps it. */
function claimOf(row: DeliveryRow, notice: Notice, lifetime?: number): Claim {
  const { id, attempt, claimed_at: claimedAt, device_id: deviceId, dialect, sound, vibration } = row;
  const { service, platform, address, keys } = row;
  return {
    id,
    attempt,
    claimedAt,
    deviceId,
    dialect,
    notice,
    sound,
    vibration,
    device: { service, platform, address, keys },
    ...(notice.kind === 'announcement' && { urgency: notice.urgency }),
    ...(lifetime !== undefined && { lifetime: Math.max(1, Math.ceil(lifetime)) }),
  };
}

function byOf({ by, by_name: name, by_avatar: avatarUrl }: DeliveryRow) {
  return { id: by!, name: beginning(name ?? '', longestName), avatarUrl };
}

/** Cut between characters, never inside one. */
function beginning(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
