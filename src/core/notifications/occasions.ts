// What concerns one person and no conversation: calls, shared places, fences, announcements. An occasion is a row for as
// long as it is news: it is looked up when a delivery is planned, and again at each attempt.

import { sql, type RawBuilder } from 'kysely';
import { ringSeconds } from '../calls/calls.ts';
import { isOpen } from '../location/access.ts';
import type { Moment } from '../ids.ts';
import { moment } from '../sql.ts';
import { isReachable, longestNews } from './audience.ts';
import { notificationSwitch } from './settings.ts';

/** How the ledger calls them. */
export type OccasionKind =
  'incoming_call' | 'missed_call' | 'share_started' | 'share_ended' | 'fence_crossed' | 'announcement';

/** The kind that a row of an account's own stream, alias `l`, may be an occasion of; null: none. */
export const occasionOf = sql<OccasionKind | null>`case l.kind when 'call.ringing' then 'incoming_call'
  when 'call.ended' then 'missed_call' when 'share.started' then 'share_started' when 'share.stopped' then 'share_ended'
  when 'fence.crossed' then 'fence_crossed' end`;

/** Kinds of log rows that `occasionOf` knows. */
export const occasionSources: readonly string[] = [
  'call.ringing',
  'call.ended',
  'share.started',
  'share.stopped',
  'fence.crossed',
];

/**
 * The occasion `(kind, subject)` for account `a` at device `d`, as one row `(by, about)`, or none when it is no news to
 * them. `kind` and `subject` are columns. `by` is who caused it; null: nobody whom blocks or mutes could concern. Where
 * somebody is is never part of what it says of itself.
 */
export function occasion(kind: string, subject: string, now: Moment): RawBuilder<unknown> {
  const is = (name: OccasionKind) => sql`${sql.ref(kind)} = ${sql.lit(name)}`;
  const id = sql.ref(subject);
  const recently = new Date(now - longestNews);
  const aboutCall = sql`json_build_object('callId', c.id, 'callKind', c.kind, 'channelName', c.channel_name,
    'isGroup', c.is_group, 'ringsUntil', ${moment('p.invited_at')} + ${ringSeconds * 1_000}::bigint)`;
  return sql`(
    select c.initiated_by as by, ${aboutCall} as about
    from calls c join call_participants p on p.call_id = c.id and p.account_id = a.id
    where ${is('incoming_call')} and c.id = ${id} and c.initiated_by <> a.id and c.status <> 'ended' and p.left_at is null
      and coalesce(p.joined_at = p.invited_at, true) and p.invited_at > ${new Date(now - ringSeconds * 1_000)}
    union all
    select c.initiated_by, ${aboutCall}
    from calls c join call_participants p on p.call_id = c.id and p.account_id = a.id
    where ${is('missed_call')} and c.id = ${id} and c.initiated_by <> a.id and c.end_reason = 'missed'
      and p.joined_at is null and p.left_at = c.ended_at and c.ended_at > ${recently}
    union all
    select h.account_id, json_build_object('shareId', h.id) from location_shares h
    where ${is('share_started')} and h.id = ${id} and h.target_account_id = a.id and ${isOpen('h', now)}
    union all
    select h.account_id, json_build_object('shareId', h.id) from location_shares h
    where ${is('share_ended')} and h.id = ${id} and h.target_account_id = a.id and h.stopped_at > ${recently}
    union all
    select null, json_build_object('fenceId', f.id, 'fenceName', f.name, 'crossing', e.kind)
    from geofence_events e join geofences f on f.id = e.geofence_id
    where ${is('fence_crossed')} and e.id = ${id} and e.account_id = a.id and e.created_at > ${recently}
      and f.deleted_at is null and case e.kind when 'entry' then f.notify_on_entry else f.notify_on_exit end
    union all
    select case when not n.is_official and n.account_id <> a.id then n.account_id end, json_build_object(
      'announcementId', n.id, 'type', n.type, 'data', n.data, 'imageUrl', n.image_url, 'clickAction', n.click_action,
      'urgency', n.urgency, 'title', coalesce(n.translations->${languageOf}->>'title', n.title),
      'body', coalesce(n.translations->${languageOf}->>'body', n.body))
    from announcements n
    where ${is('announcement')} and n.id = ${id}
      and coalesce(n.scheduled_at, n.created_at) > ${recently})`;
}

/** In which the owner `a` of device `d` wants to be spoken to: as they chose, else as the device asked. */
export const languageOf = sql<string | null>`coalesce(a.language, d.language)`;

/**
 * True if account `a` may be told of occasion `o` of this kind at device `d`: it is reachable, they want to know, neither
 * has blocked the other, and they have not muted what the two write to each other.
 */
export function mayBeTold(kind: string, now: Moment): RawBuilder<boolean> {
  return sql<boolean>`(${isReachable(now)}
    and (${sql.ref(kind)} not in ('incoming_call', 'missed_call') or ${notificationSwitch('a.id', 'calls')})
    and (o.by is null or not exists (select 1 from blocks b where (b.blocker_id = a.id and b.blocked_id = o.by)
      or (b.blocker_id = o.by and b.blocked_id = a.id)))
    and (o.by is null or not exists (select 1 from conversations v
      join memberships s on s.conversation_id = v.id and s.account_id = a.id
      where v.direct_key = least(a.id, o.by) || ':' || greatest(a.id, o.by)
        and coalesce(s.muted_until > ${new Date(now)}, s.muted_at is not null))))`;
}
