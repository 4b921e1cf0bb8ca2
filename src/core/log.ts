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
import type { Change, EventType } from './events.ts';
import type { AccountId, ConversationId, MessageId, ReactionId } from './ids.ts';
import type { Schema } from './schema.ts';

/** Where the next row of this conversation is placed. */
export const nextLogXid = sql<number>`greatest(log_xid, pg_current_xact_id()::text::bigint)`;

export interface Recorded {
  change: Change;
  membershipVersion: number;
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
    membership?: boolean;
  },
): Promise<Recorded> {
  const { rows } = await sql<{ change_no: number; membership_version: number }>`
    with advanced as (
      update conversations set
        last_change_no = last_change_no + 1,
        log_xid = ${nextLogXid},
        membership_version = membership_version + ${input.membership ? 1 : 0}
      where id = ${input.conversationId} and deleted_at is null
      returning last_change_no, log_xid, membership_version),
    logged as (
      insert into changes (xid, conversation_id, change_no, kind, message_id, reaction_id, subjects, created_at)
      select log_xid, ${input.conversationId}, last_change_no, ${input.kind}, ${input.messageId ?? null},
        ${input.reactionId ?? null}, ${input.subjects ? [...input.subjects] : null}::bigint[], ${new Date(ctx.now)} from advanced)
    select last_change_no as change_no, membership_version from advanced`.execute(ctx.tx);
  const recorded = rows[0];
  if (!recorded) throw new DomainError('not_found', 'no_such_conversation', 'Conversation not found.');
  return {
    change: { conversationId: input.conversationId, no: recorded.change_no },
    membershipVersion: recorded.membership_version,
  };
}

/** Writes a change that concerns one account alone into that account's own stream. */
export async function recordOwnChange(
  ctx: Context<Actor>,
  input: {
    accountId: AccountId;
    kind: EventType;
    conversationId?: ConversationId;
    messageId?: MessageId;
  },
): Promise<void> {
  await sql`
    insert into changes (xid, account_id, conversation_id, kind, message_id, created_at)
    values (pg_current_xact_id()::text::bigint, ${input.accountId}, ${input.conversationId ?? null}, ${input.kind},
      ${input.messageId ?? null}, ${new Date(ctx.now)})`.execute(ctx.tx);
}

/** Writes one change of a conversation into the own stream of each of these accounts. */
export async function recordOwnChanges(
  ctx: Context<Actor>,
  input: { accounts: readonly AccountId[]; kind: EventType; conversationId: ConversationId },
): Promise<void> {
  await sql`
    insert into changes (xid, account_id, conversation_id, kind, created_at)
    select pg_current_xact_id()::text::bigint, account, ${input.conversationId}, ${input.kind}, ${new Date(ctx.now)}
    from unnest(${[...input.accounts]}::bigint[]) account`.execute(ctx.tx);
}

/** A place in the log. */
export interface LogPosition {
  epoch: number;
  xid: number;
  id: number;
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
      and xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    order by epoch, xid, id limit ${limit}`.execute(db);
  return rows;
}
