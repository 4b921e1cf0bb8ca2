// The log: one row per durable change, written with it. The socket is a hint, the log is the truth (DECISIONS 19, 24).
//
// Order. Every durable change of a conversation takes the next `last_change_no` from the conversation's row, whose lock
// it holds until it commits. A log row is placed at (xid, id). A transaction id is not a commit order, so a reader stays
// below the oldest transaction still running: what it skipped could only be at or above that. And because a transaction
// may be older than one that changed the conversation before it, the row's xid is never lower than that of the
// conversation's previous row (`log_xid`): placing a row later than its own xid keeps the reader's promise, and makes
// (xid, id) agree with `change_no` inside every conversation.

import { sql, type Kysely } from 'kysely';
import type { Actor, Context } from './context.ts';
import { DomainError } from './errors.ts';
import type { AccountPart, Change, EventType, Logged, Preference } from './events.ts';
import type { Attendance } from './conversations/shape.ts';
import type { AccountId, ConversationId, MessageId, ReactionId } from './ids.ts';
import type { Schema } from './schema.ts';

/** The number of the present epoch (`epoch.ts`): what earlier ones hold is complete. */
export const logEpoch = sql<number>`coalesce((select value::integer from server_values where name = 'log-epoch'), 1)`;

/** Below it every transaction is over: nothing can appear there any more. */
export const horizon = sql<number>`pg_snapshot_xmin(pg_current_snapshot())::text::bigint`;

/**
 * As far as somebody may be said to have heard. Not past the newest row: the ids of transactions that left nothing are
 * given out again if PostgreSQL crashes before it has noted them, and a row could then appear behind.
 */
export const logHead = sql<number>`least(${horizon}, 1 + coalesce(
  (select h.xid from changes h where h.epoch = ${logEpoch} order by h.epoch desc, h.xid desc, h.id desc limit 1),
  (select h.xid from followers h where h.name = 'trimming' and h.epoch = ${logEpoch}), 0))`;

/** Where the next row of this conversation is placed. */
export const nextLogXid = sql<number>`greatest(log_xid, pg_current_xact_id()::text::bigint)`;

/** What a row says beside the ids that have columns: switches, and which part it was. Never content. */
export interface ChangeDetail {
  status?: Attendance;
  preference?: Preference;
  part?: AccountPart;
  /** False: what its reader showed nobody. */
  shown?: false;
  /** In an account's own stream: the conversation's row that tells the same change. */
  xid?: number;
  id?: number;
}

export interface Recorded {
  change: Change;
  membershipVersion: number;
  logged: Logged;
}

/**
 * Takes the conversation's next change number and writes its log row; the conversation's row stays locked until the
 * commit. `membership` also moves the membership version on. Throws `not_found` for a conversation that is gone.
 */
export async function recordChange(
  ctx: Context<Actor>,
  input: {
    conversationId: ConversationId;
    kind: EventType;
    messageId?: MessageId;
    reactionId?: ReactionId;
    /** Who did it, then whom it concerns. */
    subjects?: readonly AccountId[];
    /** The group's event, or the moderator's action. */
    subjectId?: number;
    detail?: ChangeDetail;
    membership?: boolean;
  },
): Promise<Recorded> {
  const { rows } = await sql<{ change_no: number; membership_version: number; xid: number; id: number }>`
    with advanced as (
      update conversations set
        last_change_no = last_change_no + 1,
        log_xid = ${nextLogXid},
        membership_version = membership_version + ${input.membership ? 1 : 0}
      where id = ${input.conversationId} and deleted_at is null
      returning last_change_no, log_xid, membership_version),
    logged as (
      insert into changes (xid, conversation_id, change_no, kind, message_id, reaction_id, subjects, subject_id, detail,
        created_at)
      select log_xid, ${input.conversationId}, last_change_no, ${input.kind}, ${input.messageId ?? null},
        ${input.reactionId ?? null}, ${input.subjects ? [...input.subjects] : null}::bigint[],
        ${input.subjectId ?? null}::bigint, ${jsonOf(input.detail)}::jsonb, ${new Date(ctx.now)} from advanced
      returning xid, id)
    select v.last_change_no as change_no, v.membership_version, l.xid, l.id from advanced v, logged l`.execute(ctx.tx);
  const recorded = rows[0];
  if (!recorded) throw new DomainError('not_found', 'no_such_conversation', 'Conversation not found.');
  return {
    change: { conversationId: input.conversationId, no: recorded.change_no },
    membershipVersion: recorded.membership_version,
    logged: { xid: recorded.xid, id: recorded.id },
  };
}

/** Writes a change that is news to everybody, and has no place in its conversation's order. Answers its row. */
export async function recordPublicChange(
  ctx: Context<Actor>,
  input: { conversationId: ConversationId; kind: EventType; subjects: readonly AccountId[] },
): Promise<Logged> {
  const { rows } = await sql<Logged>`
    insert into changes (xid, conversation_id, kind, subjects, created_at)
    values (pg_current_xact_id()::text::bigint, ${input.conversationId}, ${input.kind}, ${[...input.subjects]}::bigint[],
      ${new Date(ctx.now)})
    returning xid, id`.execute(ctx.tx);
  return rows[0]!;
}

/** What is written into an account's own stream. */
export interface OwnChange {
  kind: EventType;
  conversationId?: ConversationId;
  messageId?: MessageId;
  /** The call, share or crossing that it is about. */
  subjectId?: number;
  /** Who did it, then whom it concerns. */
  subjects?: readonly AccountId[];
  detail?: ChangeDetail;
}

/**
 * Writes a change that concerns one account alone into that account's own stream. Answers its row. `among`: it means what
 * it means only between the changes of this conversation, whose row is locked, and is placed between them.
 */
export async function recordOwnChange(
  ctx: Context<Actor>,
  { accountId, ...change }: OwnChange & { accountId: AccountId; among?: ConversationId },
): Promise<Logged> {
  const [own] = await recordOwnChanges(ctx, { ...change, accounts: [accountId] });
  return own!.logged;
}

/**
 * Writes one change into the own stream of each of these accounts. Answers their rows. `of`: the conversation's row that
 * tells it; theirs are placed where that is, so that coming and going keep their order in every stream.
 */
export async function recordOwnChanges(
  ctx: Context<Actor>,
  {
    accounts,
    of,
    among,
    ...change
  }: OwnChange & {
    accounts: readonly AccountId[];
    of?: Logged;
    among?: ConversationId;
  },
): Promise<{ accountId: AccountId; logged: Logged }[]> {
  if (accounts.length === 0) return [];
  const { kind, conversationId = null, messageId = null, subjectId = null, subjects } = change;
  const placed =
    among === undefined
      ? sql`select coalesce(${of?.xid ?? null}::bigint, pg_current_xact_id()::text::bigint) as xid`
      : sql`update conversations set log_xid = ${nextLogXid} where id = ${among} returning log_xid as xid`;
  const { rows } = await sql<{ accountId: AccountId; xid: number; id: number }>`
    with placed as (${placed})
    insert into changes (xid, account_id, conversation_id, kind, message_id, subject_id, subjects, detail, created_at)
    select placed.xid, account, ${conversationId}::bigint,
      ${kind}, ${messageId}::bigint, ${subjectId}::bigint, ${subjects ? [...subjects] : null}::bigint[],
      ${jsonOf(of ? { ...change.detail, ...of } : change.detail)}::jsonb, ${new Date(ctx.now)}
    from placed, unnest(${[...accounts]}::bigint[]) account
    returning account_id as "accountId", xid, id`.execute(ctx.tx);
  return rows.map(({ accountId, xid, id }) => ({ accountId, logged: { xid, id } }));
}

function jsonOf(detail: ChangeDetail | undefined): string | null {
  return detail ? JSON.stringify(detail) : null;
}

/** A place in the log. */
export interface LogPosition {
  epoch: number;
  xid: number;
  id: number;
}

/** Below zero: `one` stands before `other`. A row just heard says no epoch: it is of the one it is held against. */
export function comparePositions(one: Logged & Partial<LogPosition>, other: LogPosition): number {
  return (one.epoch ?? other.epoch) - other.epoch || one.xid - other.xid || one.id - other.id;
}

export interface LogEntry extends LogPosition {
  kind: EventType;
  conversationId: ConversationId | null;
  messageId: MessageId | null;
}

/** The next rows after a position, in order, at most `limit`: only what no transaction can still come before. */
export async function readLog(db: Kysely<Schema>, after: LogPosition, limit: number): Promise<LogEntry[]> {
  const { rows } = await sql<LogEntry>`
    select epoch, xid, id, kind, conversation_id as "conversationId", message_id as "messageId" from changes
    where (epoch, xid, id) > (${after.epoch}, ${after.xid}, ${after.id})
      and (epoch, xid) < (${logEpoch}, ${horizon})
    order by epoch, xid, id limit ${limit}`.execute(db);
  return rows;
}
