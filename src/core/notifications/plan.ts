// Notifications follow the log, as the search index does: a send promises nothing, the stored message is the promise.
// A step reads the next rows and writes down, in the ledger, who is away and wants to know. Nothing is sent here.

import { sql, type Kysely } from 'kysely';
import { prepared, type Asking, type Context, type System } from '../context.ts';
import type { AccountId, ConversationId, DeviceId } from '../ids.ts';
import { readLog, type LogEntry, type LogPosition } from '../log.ts';
import type { PushService } from '../ports.ts';
import type { Schema } from '../schema.ts';
import { circumstances, longestNews, wantsToKnow, type ConversationNoticeKind } from './audience.ts';
import { mayBeTold, occasion, occasionOf, occasionSources, type OccasionKind } from './occasions.ts';

const follower = 'notifications';

/** Log rows read in one step. */
const stepSize = 200;

/** Members looked at in one step: a row with a larger audience takes several. */
const mostMembers = 250;

/** A device that so much waits for gets no more: FCM keeps no more than this for a phone either. */
const mostOpen = 100;

/** In milliseconds: a call overtakes whatever else waits, since it is over in a minute. */
const headStart = 86_400_000;

interface Cursor extends LogPosition {
  part: number;
}

interface Recipient {
  deviceId: DeviceId;
  accountId: AccountId;
  service: PushService;
  kind: ConversationNoticeKind | OccasionKind;
  subjectId: number;
  conversationId: ConversationId | null;
  causedBy: AccountId | null;
}

interface Plan {
  from: Cursor;
  to: Cursor;
  recipients: Recipient[];
}

/**
 * One step of the follower: plans notifications for what the log says happened since the last step. Answers whether it
 * came further, and how many deliveries now wait. Another process may have taken the same step meanwhile: then this one
 * writes nothing.
 */
export const planNotifications = prepared(
  'planNotifications',
  preparePlan,
  async (ctx: Context<System>, _input: object, plan: Plan | null): Promise<{ further: boolean; planned: number }> => {
    if (!plan || !(await takeCursor(ctx, plan.from))) return { further: false, planned: 0 };
    await ctx.tx.updateTable('followers').set(plan.to).where('name', '=', follower).execute();
    return { further: true, planned: await enter(ctx, plan.recipients) };
  },
);

async function preparePlan(asking: Asking<System>, _input: object): Promise<Plan | null> {
  const { db, ports } = asking;
  const from = await db
    .selectFrom('followers')
    .select(['epoch', 'xid', 'id', 'part'])
    .where('name', '=', follower)
    .executeTakeFirst();
  if (!from) return null;
  const entries = await readLog(db, from, stepSize);
  const last = entries.at(-1);
  if (!last) return null;
  const services = Object.keys(ports.push.adapters) as PushService[];
  if (services.length === 0) return { from, to: { ...place(last), part: 0 }, recipients: [] };

  const { page, isLarge } = await pageOf(db, entries);
  const accounts = isLarge ? await membersAfter(db, page.at(-1)!.conversationId!, from.part) : null;
  const recipients = [
    ...(await recipientsOf(asking, page, accounts, services)),
    ...(await concernedBy(asking, page, services)),
  ];
  const listening = await ports.cluster.listening([...new Set(recipients.map((one) => one.accountId))]);
  return {
    from,
    to: nextCursor(from, page, accounts),
    recipients: recipients.filter((one) => !listening.has(one.accountId)),
  };
}

/** As many rows as have an audience that can be looked at in one step; or, last, one whose audience is larger. */
async function pageOf(db: Kysely<Schema>, entries: LogEntry[]): Promise<{ page: LogEntry[]; isLarge: boolean }> {
  const sizes = await audienceSizes(db, entries);
  const page: LogEntry[] = [];
  let members = 0;
  for (const [index, entry] of entries.entries()) {
    const size = sizes[index]!;
    if (members > 0 && members + size > mostMembers) break;
    page.push(entry);
    members += size;
    if (members > mostMembers) return { page, isLarge: true };
  }
  return { page, isLarge: false };
}

/** How many members each row may concern, counted no further than matters. */
async function audienceSizes(db: Kysely<Schema>, entries: LogEntry[]): Promise<number[]> {
  const concerned = new Set(entries.filter((entry) => isForMembers(entry)).map((entry) => entry.conversationId!));
  const { rows } = await sql<{ id: ConversationId; size: number }>`
    select c.id, (select count(*) from (select 1 from memberships s where s.conversation_id = c.id
      and s.left_at is null limit ${mostMembers + 1}) few) as size
    from unnest(${[...concerned]}::bigint[]) c(id)`.execute(db);
  const sizes = new Map(rows.map((row) => [row.id, row.size]));
  return entries.map((entry) => {
    if (isForMembers(entry)) return sizes.get(entry.conversationId!) ?? 0;
    return entry.kind === 'members.joined' || occasionSources.includes(entry.kind) ? 1 : 0;
  });
}

function isForMembers({ kind, conversationId }: LogEntry): boolean {
  return conversationId !== null && (kind === 'message.sent' || kind === 'conversation.created');
}

async function membersAfter(db: Kysely<Schema>, conversationId: ConversationId, part: number): Promise<AccountId[]> {
  const rows = await db
    .selectFrom('memberships')
    .select('account_id')
    .where('conversation_id', '=', conversationId)
    .where('left_at', 'is', null)
    .where('account_id', '>', part as AccountId)
    .orderBy('account_id')
    .limit(mostMembers)
    .execute();
  return rows.map((row) => row.account_id);
}

/** Nothing can appear between the cursor and the row that comes next: `part` of that row is a place. */
function nextCursor(from: Cursor, page: LogEntry[], accounts: AccountId[] | null): Cursor {
  if (accounts === null || accounts.length < mostMembers) return { ...place(page.at(-1)!), part: 0 };
  return { ...place(page.at(-2) ?? from), part: accounts.at(-1)! };
}

function place({ epoch, xid, id }: LogPosition): LogPosition {
  return { epoch, xid, id };
}

/** The devices to notify. `accounts`: of the members, only these. */
async function recipientsOf(
  asking: Asking<System>,
  page: LogEntry[],
  accounts: AccountId[] | null,
  services: PushService[],
): Promise<Recipient[]> {
  const column = (name: keyof LogPosition) => page.map((entry) => entry[name]);
  const { rows } = await sql<Recipient>`
    with happened as materialized (
      select l.id, l.kind, l.message_id, l.conversation_id, l.subjects, l.created_at,
        coalesce(m.sender_id, l.subjects[1]) as by
      from unnest(${column('epoch')}::int[], ${column('xid')}::bigint[], ${column('id')}::bigint[]) p(epoch, xid, id)
      join changes l on (l.epoch, l.xid, l.id) = (p.epoch, p.xid, p.id) and l.change_no is not null
      left join messages m on m.id = l.message_id
      where l.kind = 'message.sent' and m.id is not null
        or l.kind in ('members.joined', 'conversation.created') and l.created_at > ${new Date(asking.now - longestNews)}),
    concerned as materialized (
      select h.*, s.account_id from happened h join memberships s on s.conversation_id = h.conversation_id
      where h.kind <> 'members.joined' and s.left_at is null
        ${accounts === null ? sql`` : sql`and s.account_id = any(${accounts}::bigint[])`}
      union all
      select h.*, joined from happened h cross join unnest(h.subjects[2:]) joined where h.kind = 'members.joined')
    select d.id as "deviceId", s.account_id as "accountId", ${serviceOf} as service,
      case h.kind when 'message.sent' then 'new_message' else 'group_invite' end as kind,
      coalesce(h.message_id, h.id) as "subjectId", h.conversation_id as "conversationId", h.by as "causedBy"
    from concerned h
    cross join lateral (select * from devices where account_id = h.account_id and retired_at is null offset 0) d
    ${circumstances('h.conversation_id', 'h.account_id', 'h.message_id')}
    where ${wantsToKnow('h.by', asking.now)} and ${serviceOf} = any(${services}::text[])
      and (h.kind = 'message.sent' or c.kind <> 'direct')
      and ${hasRoom}
    order by h.id, d.id`.execute(asking.db);
  return rows;
}

/** The devices of those whom something concerns that is no conversation's: a call, a share, a fence of theirs. */
async function concernedBy(asking: Asking<System>, page: LogEntry[], services: PushService[]): Promise<Recipient[]> {
  const entries = page.filter((entry) => occasionSources.includes(entry.kind));
  if (entries.length === 0) return [];
  const column = (name: keyof LogPosition) => entries.map((entry) => entry[name]);
  const { rows } = await sql<Recipient>`
    with happened as materialized (
      select l.id, l.account_id, l.subject_id, ${occasionOf} as kind
      from unnest(${column('epoch')}::int[], ${column('xid')}::bigint[], ${column('id')}::bigint[]) p(epoch, xid, id)
      join changes l on (l.epoch, l.xid, l.id) = (p.epoch, p.xid, p.id)
      where l.account_id is not null and l.subject_id is not null)
    select d.id as "deviceId", w.account_id as "accountId", ${serviceOf} as service, w.kind,
      w.subject_id as "subjectId", null as "conversationId", o.by as "causedBy"
    from happened w
    cross join lateral (select * from devices where account_id = w.account_id and retired_at is null offset 0) d
    cross join lateral (select * from accounts where id = w.account_id offset 0) a
    cross join lateral ${occasion('w.kind', 'w.subject_id', asking.now)} o
    where ${mayBeTold('w.kind', asking.now)} and ${serviceOf} = any(${services}::text[]) and ${hasRoom}
    order by w.id, d.id`.execute(asking.db);
  return rows;
}

/** Less waits for device `d` than a device may have waiting. */
export const hasRoom = sql<boolean>`(select count(*) from (select 1 from deliveries open where open.device_id = d.id
  and open.state in ('waiting', 'sending') limit ${sql.lit(mostOpen)}) counted) < ${sql.lit(mostOpen)}`;

/** Which service reaches device `d`. */
export const serviceOf = sql<PushService>`case when d.keys is null then 'app' else 'browser' end`;

/** True if nobody has moved the follower on since. */
async function takeCursor(ctx: Context<System>, from: Cursor): Promise<boolean> {
  const found = await ctx.tx
    .selectFrom('followers')
    .select('name')
    .where('name', '=', follower)
    .where('epoch', '=', from.epoch)
    .where('xid', '=', from.xid)
    .where('id', '=', from.id)
    .where('part', '=', from.part)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  return found !== undefined;
}

/** Each device and subject has one line in the ledger, however often this is tried. */
async function enter(ctx: Context<System>, recipients: Recipient[]): Promise<number> {
  if (recipients.length === 0) return 0;
  const column = <T>(pick: (one: Recipient) => T) => recipients.map(pick);
  const { numAffectedRows } = await sql`
    insert into deliveries (service, kind, subject_id, device_id, account_id, conversation_id, caused_by, state, due_at,
      created_at, updated_at)
    select r.*, 'waiting', case r.kind when 'incoming_call' then ${new Date(ctx.now - headStart)}::timestamptz
      else ${new Date(ctx.now)} end, ${new Date(ctx.now)}, ${new Date(ctx.now)}
    from unnest(${column((one) => one.service)}::text[], ${column((one) => one.kind)}::text[],
      ${column((one) => one.subjectId)}::bigint[], ${column((one) => one.deviceId)}::bigint[],
      ${column((one) => one.accountId)}::bigint[], ${column((one) => one.conversationId)}::bigint[],
      ${column((one) => one.causedBy)}::bigint[])
      r(service, kind, subject_id, device_id, account_id, conversation_id, caused_by)
    on conflict do nothing`.execute(ctx.tx);
  return Number(numAffectedRows ?? 0);
}
