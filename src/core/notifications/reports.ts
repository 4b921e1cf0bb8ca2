// What became of announcements, and of all that was sent to somebody's devices: read from the ledger.

import { sql } from 'kysely';
import { isSuperuser, requireSuperuser } from '../accounts/superusers.ts';
import type { Asking, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, AnnouncementId, DeviceId, Moment } from '../ids.ts';
import { moment } from '../sql.ts';
import type { Platform } from './devices.ts';

/** Recipients that a report lists. */
const mostListed = 1_000;

/** In the ledger's words: what its service took; what was lost for certain, or may have been. */
const taken = sql`v.state = 'delivered'`;
const failed = sql`v.state in ('refused', 'gone', 'given_up', 'unsure')`;
const open = sql`v.state in ('waiting', 'sending')`;

/** What one person was, or will be, told; over all their devices. */
export interface Told {
  /** Of the first of their devices' lines in the ledger. */
  id: number;
  accountId: AccountId;
  deviceId: DeviceId;
  title: string;
  body: string;
  isOpen: boolean;
  isTaken: boolean;
  vendorId: string | null;
  /** Why it was not taken, where it was not. */
  error: string | null;
  takenAt: Moment | null;
}

export interface AnnouncementReport {
  id: AnnouncementId;
  type: string;
  category: string | null;
  data: Record<string, unknown> | null;
  urgency: 'low' | 'normal' | 'high';
  createdAt: Moment;
  scheduledAt: Moment | null;
  /** Everybody is in the ledger. */
  finishedAt: Moment | null;
  /** How far it has come through the people, in whole per cent. */
  progress: number;
  /** Devices. */
  taken: number;
  failed: number;
  open: number;
  /** The first thousand people, by account. */
  told: Told[];
}

/** How an announcement of the caller's, or for a superuser anybody's, is doing. Throws `not_found` (`no_such_announcement`). */
export async function announcementReport(
  asking: Asking<Member>,
  input: { id: AnnouncementId },
): Promise<AnnouncementReport> {
  const { rows } = await sql<AnnouncementReport & { accountId: AccountId }>`
    select n.id, n.account_id as "accountId", n.type, n.category, n.data, n.urgency,
      ${moment('n.created_at')} as "createdAt", ${moment('n.scheduled_at')} as "scheduledAt",
      ${moment('n.finished_at')} as "finishedAt",
      case when n.finished_at is not null then 100 else least(99, 100 * n.reached / greatest(n.upto, 1)) end as progress,
      v.taken, v.failed, v.open,
      coalesce((select json_agg(t) from (
        select min(v.id) as id, v.account_id as "accountId", min(v.device_id) as "deviceId",
          coalesce(n.translations->min(a.language)->>'title', n.title) as title,
          coalesce(n.translations->min(a.language)->>'body', n.body) as body, bool_or(${open}) as "isOpen",
          bool_or(${taken}) as "isTaken", min(v.vendor_id) filter (where ${taken}) as "vendorId",
          case when not bool_or(${taken}) then min(v.outcome) filter (where not ${open}) end as error,
          min(${moment('v.updated_at')}) filter (where ${taken}) as "takenAt"
        from deliveries v join accounts a on a.id = v.account_id
        where v.kind = 'announcement' and v.subject_id = n.id and v.state <> 'dropped'
        group by v.account_id order by v.account_id limit ${mostListed}) t), '[]') as told
    from announcements n cross join lateral (
      select count(*) filter (where ${taken}) as taken, count(*) filter (where ${failed}) as failed,
        count(*) filter (where ${open}) as open
      from deliveries v where v.kind = 'announcement' and v.subject_id = n.id) v
    where n.id = ${input.id}`.execute(asking.db);
  const [found] = rows;
  const isTheirs = found?.accountId === asking.actor.accountId || (await isSuperuser(asking.db, asking.actor));
  if (!found || !isTheirs) {
    throw new DomainError('not_found', 'no_such_announcement', 'Announcement not found.');
  }
  return found;
}

export interface DeliveryStatistics {
  /** Devices told of something, or to be told; what was no news any more in the meantime does not count. */
  total: number;
  recipients: number;
  /** What was tried to its end. */
  sent: number;
  /** What the devices' services took. */
  delivered: number;
  failed: number;
  /** Of what was delivered: messages that have been read since. */
  read: number;
  platforms: Record<Platform, number>;
  kinds: Record<string, number>;
}

/**
 * What was sent since, to the caller, or to all: that is for superusers. Kinds are the ledger's; announcements count by
 * their own type. Throws `forbidden` (`not_a_superuser`).
 */
export async function deliveryStatistics(
  asking: Asking<Member>,
  input: { since: Moment; of: 'caller' | 'everybody' },
): Promise<DeliveryStatistics> {
  if (input.of === 'everybody') await requireSuperuser(asking.db, asking.actor);
  const { rows } = await sql<DeliveryStatistics>`
    with lines as materialized (
      select v.account_id, v.state, d.platform, coalesce(n.type, v.kind) as kind,
        v.kind = 'new_message' and ${taken} and exists (select 1 from messages m
          join memberships s on s.conversation_id = m.conversation_id and s.account_id = v.account_id
          where m.id = v.subject_id and (m.message_no <= s.read_no or exists (select 1 from message_reads r
            where r.conversation_id = m.conversation_id and r.account_id = v.account_id
              and r.message_no = m.message_no))) as is_read
      from deliveries v left join devices d on d.id = v.device_id
      left join announcements n on v.kind = 'announcement' and n.id = v.subject_id
      where v.device_id is not null and v.created_at >= ${new Date(input.since)} and v.state <> 'dropped'
        ${input.of === 'caller' ? sql`and v.account_id = ${asking.actor.accountId}` : sql``})
    select count(*) as total, count(distinct v.account_id) as recipients,
      count(*) filter (where ${taken} or ${failed}) as sent, count(*) filter (where ${taken}) as delivered,
      count(*) filter (where ${failed}) as failed, count(*) filter (where v.is_read) as read,
      json_build_object('ios', count(*) filter (where v.platform = 'ios'),
        'android', count(*) filter (where v.platform = 'android'),
        'web', count(*) filter (where v.platform = 'web')) as platforms,
      coalesce((select json_object_agg(k.kind, k.many) from (
        select kind, count(*) as many from lines group by kind order by many desc limit 100) k), '{}') as kinds
    from lines v`.execute(asking.db);
  return rows[0]!;
}
