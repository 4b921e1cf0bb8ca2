// Words that somebody sends to devices: to people they talk with, or, who speaks for the server, to everybody. The words
// are stored once. Jobs enter them in the ledger, a bounded number of people each; each job is promised by the one before,
// in its transaction, and says where it begins: so nobody is passed over, and nobody is told twice, whatever dies.

import { sql } from 'kysely';
import { noSuchPerson } from '../accounts/people.ts';
import { isSuperuser } from '../accounts/superusers.ts';
import { prepared, type Asking, type Context, type Member, type System } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, AnnouncementId, Moment } from '../ids.ts';
import type { PushNotification, PushService } from '../ports.ts';
import { longestNews } from './audience.ts';
import type { Platform } from './devices.ts';
import { mayBeTold, occasion } from './occasions.ts';
import { hasRoom, serviceOf } from './plan.ts';

export interface NewAnnouncement {
  /** Null: everybody. */
  recipients: readonly AccountId[] | null;
  /** Only devices of these; null: all. */
  platforms: readonly Platform[] | null;
  type: string;
  category: string | null;
  title: string;
  body: string;
  /** By language, instead of title and body. */
  translations: Record<string, { title: string; body: string }> | null;
  data: Record<string, unknown> | null;
  imageUrl: string | null;
  clickAction: string | null;
  urgency: NonNullable<PushNotification['urgency']>;
  /** Null: at once. */
  scheduledAt: Moment | null;
}

/** People looked at in one job. */
const stepSize = 250;

/** So many of one announcement wait at most, or what people write to each other would wait behind it. */
const mostWaiting = 2_000;

/** Seconds until it is looked again whether fewer wait. */
const patience = 2;

/**
 * Promises words to devices. Superusers speak to anybody, and to everybody; others to themselves and to people they share
 * a chat with, unless one of the two has blocked the other. Throws `forbidden` (`not_a_superuser`, `not_acquainted`) and
 * `not_found` (`no_such_person`).
 */
export async function announce(ctx: Context<Member>, input: NewAnnouncement): Promise<{ id: AnnouncementId }> {
  const isOfficial = await isSuperuser(ctx.tx, ctx.actor);
  const recipients = input.recipients && [...new Set(input.recipients)].toSorted((one, other) => one - other);
  if (recipients) await requireAudience(ctx, recipients, isOfficial);
  else if (!isOfficial) throw new DomainError('forbidden', 'not_a_superuser', 'Not enough permissions.');
  const { upto } = await ctx.tx
    .selectFrom('accounts')
    .select((eb) => eb.fn.max('id').as('upto'))
    .executeTakeFirstOrThrow();
  const { id } = await ctx.tx
    .insertInto('announcements')
    .values({
      account_id: ctx.actor.accountId,
      is_official: isOfficial,
      recipients,
      platforms: input.platforms && [...input.platforms],
      type: input.type,
      category: input.category,
      title: input.title,
      body: input.body,
      translations: input.translations && JSON.stringify(input.translations),
      data: input.data && JSON.stringify(input.data),
      image_url: input.imageUrl,
      click_action: input.clickAction,
      urgency: input.urgency,
      reached: 0 as AccountId,
      upto: recipients?.at(-1) ?? upto ?? (0 as AccountId),
      scheduled_at: input.scheduledAt === null ? null : new Date(input.scheduledAt),
      created_at: new Date(ctx.now),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const after = input.scheduledAt === null ? 0 : Math.ceil((input.scheduledAt - ctx.now) / 1_000);
  await promise(ctx, id, 0 as AccountId, after);
  return { id };
}

async function requireAudience(ctx: Context<Member>, recipients: AccountId[], isOfficial: boolean): Promise<void> {
  const self = ctx.actor.accountId;
  const { rows } = await sql<{ acquainted: boolean }>`
    select a.id = ${self} or (
      exists (select 1 from memberships mine
        join memberships theirs on theirs.conversation_id = mine.conversation_id and theirs.left_at is null
        join conversations c on c.id = mine.conversation_id and c.deleted_at is null and c.kind <> 'channel'
        where mine.account_id = ${self} and mine.left_at is null and theirs.account_id = a.id)
      and not exists (select 1 from blocks b where (b.blocker_id = a.id and b.blocked_id = ${self})
        or (b.blocker_id = ${self} and b.blocked_id = a.id))) as acquainted
    from accounts a where a.id = any(${recipients}::bigint[]) and a.deleted_at is null`.execute(ctx.tx);
  if (isOfficial && rows.length < recipients.length) throw noSuchPerson();
  // Nobody learns who exists, or who has blocked them.
  if (!isOfficial && (rows.length < recipients.length || !rows.every((row) => row.acquainted))) {
    throw new DomainError('forbidden', 'not_acquainted', 'You share no chat with one of these people.');
  }
}

function promise(ctx: Context, id: AnnouncementId, from: AccountId, after = 0): Promise<void> {
  const data = { announcementId: id, from };
  return ctx.enqueue({ name: 'announce', data, ...(after > 0 && { after }) });
}

/**
 * Enters an announcement in the ledger for the next people after `from`, and promises those who follow them. Answers how
 * many deliveries now wait. A step that was taken already is not taken again.
 */
export const enterAnnouncement = prepared(
  'enterAnnouncement',
  async (asking: Asking<System>, _input: Step) => Object.keys(asking.ports.push.adapters) as PushService[],
  takeStep,
);

interface Step {
  id: AnnouncementId;
  from: AccountId;
}

async function takeStep(ctx: Context<System>, input: Step, services: PushService[]): Promise<number> {
  const announcement = await ctx.tx
    .selectFrom('announcements')
    .select(['reached', 'upto', 'recipients', 'platforms', 'scheduled_at', 'created_at'])
    .where('id', '=', input.id)
    .where('finished_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (!announcement || announcement.reached !== input.from) return 0;
  const isNews = (announcement.scheduled_at ?? announcement.created_at).getTime() > ctx.now - longestNews;
  if (isNews && (await isCrowded(ctx, input.id))) {
    await promise(ctx, input.id, input.from, patience);
    return 0;
  }
  const people = isNews ? await nextPeople(ctx, announcement) : [];
  const planned = await enter(ctx, input.id, people, { services, platforms: announcement.platforms });
  const reached = people.length < stepSize ? announcement.upto : people.at(-1)!;
  const isDone = reached >= announcement.upto;
  await ctx.tx
    .updateTable('announcements')
    .set({ reached, ...(isDone && { finished_at: new Date(ctx.now) }) })
    .where('id', '=', input.id)
    .execute();
  if (!isDone) await promise(ctx, input.id, reached);
  return planned;
}

async function isCrowded(ctx: Context<System>, id: AnnouncementId): Promise<boolean> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*) as waiting from (select 1 from deliveries where kind = 'announcement' and subject_id = ${id}
      and state = 'waiting' limit ${mostWaiting}) counted`.execute(ctx.tx);
  return rows[0]!.waiting >= mostWaiting;
}

async function nextPeople(
  ctx: Context<System>,
  { recipients, reached, upto }: { recipients: AccountId[] | null; reached: AccountId; upto: AccountId },
): Promise<AccountId[]> {
  if (recipients) return recipients.filter((id) => id > reached).slice(0, stepSize);
  const rows = await ctx.tx
    .selectFrom('devices')
    .select('account_id')
    .distinct()
    .where('retired_at', 'is', null)
    .where('account_id', '>', reached)
    .where('account_id', '<=', upto)
    .orderBy('account_id')
    .limit(stepSize)
    .execute();
  return rows.map((row) => row.account_id);
}

async function enter(
  ctx: Context<System>,
  id: AnnouncementId,
  people: AccountId[],
  { services, platforms }: { services: PushService[]; platforms: string[] | null },
): Promise<number> {
  if (people.length === 0) return 0;
  const now = new Date(ctx.now);
  const { numAffectedRows } = await sql`
    insert into deliveries (service, kind, subject_id, device_id, account_id, caused_by, state, due_at, created_at, updated_at)
    select ${serviceOf}, r.kind, r.subject_id, d.id, a.id, o.by, 'waiting', ${now}, ${now}, ${now}
    from (select account_id, 'announcement' as kind, ${id}::bigint as subject_id
      from unnest(${people}::bigint[]) people(account_id)) r
    cross join lateral (select * from devices where account_id = r.account_id and retired_at is null offset 0) d
    cross join lateral (select * from accounts where id = r.account_id offset 0) a
    cross join lateral ${occasion('r.kind', 'r.subject_id', ctx.now)} o
    where ${mayBeTold('r.kind', ctx.now)} and ${serviceOf} = any(${services}::text[]) and ${hasRoom}
      and (${platforms}::text[] is null or d.platform = any(${platforms}::text[]))
    order by a.id, d.id
    on conflict do nothing`.execute(ctx.tx);
  return Number(numAffectedRows ?? 0);
}
