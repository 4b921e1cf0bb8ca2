// What a group plans to do together, and who comes.

import { sql } from 'kysely';
import { namesOf } from '../accounts/names.ts';
import { originOf, type Asking, type Context, type Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { Event } from '../events.ts';
import type { AccountId, ConversationId, EventId, Moment } from '../ids.ts';
import { recordChange } from '../log.ts';
import { sayAsSystem } from '../messages/notices.ts';
import { moment } from '../sql.ts';
import { enterGroup, noSuchGroup } from './groups.ts';
import { enterable } from './membership.ts';
import type { Attendance } from './shape.ts';

/** Listed at once; the earliest of them. */
const mostListed = 500;

export interface EventPlan {
  title: string;
  description: string | null;
  location: string | null;
  startAt: Moment;
  endAt: Moment | null;
  isOnline: boolean;
  meetingLink: string | null;
  /** As many can be going. */
  maxAttendees: number | null;
}

export interface GroupEvent extends EventPlan {
  id: EventId;
  conversationId: ConversationId;
  goingCount: number;
  createdBy: AccountId;
  creatorName: string | null;
  createdAt: Moment;
  updatedAt: Moment;
}

/**
 * Plans an event, and says so in the group. Throws `not_found` (`no_such_conversation`, `no_such_group`), `forbidden`
 * (`not_a_member`, `role_too_low`) and `invalid` (`ends_before_start`).
 */
export async function planEvent(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; plan: EventPlan },
): Promise<GroupEvent> {
  const { conversationId, plan } = input;
  const self = ctx.actor.accountId;
  const { kind } = await enterGroup(ctx, conversationId, 'plan_events');
  if (plan.endAt !== null && plan.endAt < plan.startAt) {
    throw new DomainError('invalid', 'ends_before_start', 'An event cannot end before it starts.', {
      field: 'end_time',
    });
  }
  const now = new Date(ctx.now);
  const { id } = await ctx.tx
    .insertInto('group_events')
    .values({
      conversation_id: conversationId,
      title: plan.title,
      description: plan.description,
      location: plan.location,
      start_at: new Date(plan.startAt),
      end_at: plan.endAt === null ? null : new Date(plan.endAt),
      is_online: plan.isOnline,
      meeting_link: plan.meetingLink,
      max_attendees: plan.maxAttendees,
      created_by: self,
      created_at: now,
      updated_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await tell(ctx, { type: 'event.planned', conversationId, eventId: id, by: self });
  const [me] = await namesOf(ctx.tx, [self]);
  if (kind === 'group') {
    await sayAsSystem(ctx, { conversationId, notice: { said: 'planned', by: me!.shown, title: plan.title } });
  }
  return {
    ...plan,
    id,
    conversationId,
    goingCount: 0,
    createdBy: self,
    creatorName: me!.shown,
    createdAt: ctx.now,
    updatedAt: ctx.now,
  };
}

/**
 * A group's events, the earliest first. Throws `not_found` (`no_such_conversation`, `no_such_group`) and `forbidden`
 * (`not_a_member`).
 */
export async function groupEvents(
  asking: Asking<Member>,
  input: { conversationId: ConversationId },
): Promise<GroupEvent[]> {
  const { kind } = await enterable(asking, input.conversationId);
  if (kind === 'direct') throw noSuchGroup();
  const { rows } = await sql<GroupEvent>`
    select e.id, e.conversation_id as "conversationId", e.title, e.description, e.location,
      ${moment('e.start_at')} as "startAt", ${moment('e.end_at')} as "endAt", e.is_online as "isOnline",
      e.meeting_link as "meetingLink", e.max_attendees as "maxAttendees",
      (select count(*) from event_answers w where w.event_id = e.id and w.status = 'going') as "goingCount",
      e.created_by as "createdBy", coalesce(a.display_name, a.username) as "creatorName",
      ${moment('e.created_at')} as "createdAt", ${moment('e.updated_at')} as "updatedAt"
    from group_events e join accounts a on a.id = e.created_by
    where e.conversation_id = ${input.conversationId} and e.deleted_at is null
    order by e.start_at, e.id limit ${mostListed}`.execute(asking.db);
  return rows;
}

/**
 * Calls an event off: whoever planned it, or the founder. Throws as `planEvent` does, and `not_found` (`no_such_event`).
 */
export async function cancelEvent(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; eventId: EventId },
): Promise<void> {
  const { conversationId, eventId } = input;
  const self = ctx.actor.accountId;
  const { role } = await enterGroup(ctx, conversationId);
  const { created_by } = await find(ctx, conversationId, eventId);
  if (created_by !== self && role !== 'FOUNDER') {
    throw new DomainError('forbidden', 'role_too_low', 'Only its creator or the founder can delete an event.');
  }
  await ctx.tx
    .updateTable('group_events')
    .set({ deleted_at: new Date(ctx.now), updated_at: new Date(ctx.now) })
    .where('id', '=', eventId)
    .execute();
  await tell(ctx, { type: 'event.cancelled', conversationId, eventId, by: self });
}

/**
 * Says whether the caller comes; later answers replace earlier ones. Throws as above, and `conflict` (`event_full`) for
 * one more than can be going.
 */
export async function answerEvent(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; eventId: EventId; status: Attendance },
): Promise<void> {
  const { conversationId, eventId, status } = input;
  const self = ctx.actor.accountId;
  await enterGroup(ctx, conversationId);
  const { max_attendees } = await find(ctx, conversationId, eventId);
  const answers = await ctx.tx
    .selectFrom('event_answers')
    .select([
      sql<number>`count(*) filter (where status = 'going' and account_id <> ${self})`.as('others'),
      sql<string | null>`max(status) filter (where account_id = ${self})`.as('own'),
    ])
    .where('event_id', '=', eventId)
    .executeTakeFirstOrThrow();
  if (answers.own === status) return;
  if (status === 'going' && max_attendees !== null && answers.others >= max_attendees) {
    throw new DomainError('conflict', 'event_full', 'This event is full.');
  }
  const answer = { status, updated_at: new Date(ctx.now) };
  await ctx.tx
    .insertInto('event_answers')
    .values({ event_id: eventId, account_id: self, ...answer })
    .onConflict((conflict) => conflict.columns(['event_id', 'account_id']).doUpdateSet(answer))
    .execute();
  await tell(ctx, { type: 'event.answered', conversationId, eventId, by: self, status });
}

export function noSuchEvent(): DomainError {
  return new DomainError('not_found', 'no_such_event', 'Event not found.');
}

async function find(ctx: Context<Member>, conversationId: ConversationId, eventId: EventId) {
  const found = await ctx.tx
    .selectFrom('group_events')
    .select(['created_by', 'max_attendees'])
    .where('id', '=', eventId)
    .where('conversation_id', '=', conversationId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (!found) throw noSuchEvent();
  return found;
}

type EventNews =
  Omit<Event<'event.planned' | 'event.cancelled'>, 'audience'> | Omit<Event<'event.answered'>, 'audience'>;

async function tell(ctx: Context<Member>, news: EventNews): Promise<void> {
  const { conversationId } = news;
  const { change, membershipVersion } = await recordChange(ctx, {
    conversationId,
    kind: news.type,
    subjects: [news.by],
    subjectId: news.eventId,
    ...('status' in news && { detail: { status: news.status } }),
  });
  const audience = { kind: 'members', conversationId, membershipVersion } as const;
  ctx.emit({ ...news, change, audience, origin: originOf(ctx) });
}
