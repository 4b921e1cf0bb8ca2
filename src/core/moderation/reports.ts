// Reports: what people tell the superusers, and what becomes of it: open, in progress, resolved.

import { sql } from 'kysely';
import type { Asking, Context, Member } from '../context.ts';
import { noSuchPerson } from '../accounts/people.ts';
import { isSuperuser, requireSuperuser } from '../accounts/superusers.ts';
import { enter, reach } from '../conversations/membership.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, ConversationId, MessageId, Moment, ReportId } from '../ids.ts';
import { moment } from '../sql.ts';

export const reportStatuses = ['open', 'in_progress', 'resolved'] as const;
export type ReportStatus = (typeof reportStatuses)[number];

/** What a report may point at; a message brings its conversation and its sender along. */
export interface Subject {
  messageId: MessageId | null;
  conversationId: ConversationId | null;
  accountId: AccountId | null;
}

export interface Report {
  id: ReportId;
  reporterId: AccountId;
  reporterName: string;
  title: string;
  content: string;
  status: ReportStatus;
  comment: string | null;
  resolvedAt: Moment | null;
  resolvedBy: AccountId | null;
  resolverName: string | null;
  subject: Subject;
  createdAt: Moment;
  updatedAt: Moment;
}

const reportJson = sql<Report>`json_build_object(
  'id', r.id, 'reporterId', r.reporter_id, 'reporterName', a.username, 'title', r.title, 'content', r.content,
  'status', r.status, 'comment', r.comment, 'resolvedAt', ${moment('r.resolved_at')}, 'resolvedBy', r.resolved_by,
  'resolverName', (select s.username from accounts s where s.id = r.resolved_by),
  'subject', json_build_object('messageId', r.message_id, 'conversationId', r.conversation_id, 'accountId', r.account_id),
  'createdAt', ${moment('r.created_at')}, 'updatedAt', ${moment('r.updated_at')})`;

/** All of the caller's own, newest first; of one status where it is named. */
export async function ownReports(asking: Asking<Member>, input: { status?: string }): Promise<Report[]> {
  return reportsWhere(asking, sql`r.reporter_id = ${asking.actor.accountId} and ${ofStatus(input.status)}`);
}

/** Everybody's, newest first, for a superuser. Throws `forbidden` (`not_a_superuser`). */
export async function allReports(asking: Asking<Member>, input: { status?: string }): Promise<Report[]> {
  await requireSuperuser(asking.db, asking.actor);
  return reportsWhere(asking, ofStatus(input.status));
}

/** One, for its reporter or a superuser. Throws `not_found` (`no_such_report`) and `forbidden` (`not_the_reporter`). */
export async function report(asking: Asking<Member>, input: { id: ReportId }): Promise<Report> {
  const [found] = await reportsWhere(asking, sql`r.id = ${input.id}`);
  if (!found) throw noSuchReport();
  const isTheirs = found.reporterId === asking.actor.accountId;
  if (!isTheirs && !(await isSuperuser(asking.db, asking.actor))) throw notTheReporter();
  return found;
}

export interface NewReport {
  title: string;
  content: string;
  about?: Partial<Subject>;
}

/**
 * Files a report. What it points at must be in the reporter's reach. Throws `not_found` (`no_such_message`,
 * `no_such_conversation`, `no_such_person`) and `forbidden` (`not_a_member`).
 */
export async function fileReport(ctx: Context<Member>, input: NewReport): Promise<{ id: ReportId }> {
  const { messageId, conversationId, accountId } = await subjectOf(ctx, input.about ?? {});
  return ctx.tx
    .insertInto('reports')
    .values({
      reporter_id: ctx.actor.accountId,
      title: input.title,
      content: input.content,
      message_id: messageId,
      conversation_id: conversationId,
      account_id: accountId,
      created_at: new Date(ctx.now),
      updated_at: new Date(ctx.now),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
}

/**
 * Its reporter says it otherwise, while it is open. Throws `not_found` (`no_such_report`), `forbidden`
 * (`not_the_reporter`) and `conflict` (`report_not_open`).
 */
export async function changeReport(
  ctx: Context<Member>,
  input: { id: ReportId; title?: string; content?: string },
): Promise<void> {
  const found = await lockReport(ctx, input.id);
  if (found.reporter_id !== ctx.actor.accountId) throw notTheReporter();
  if (found.status !== 'open') {
    throw new DomainError('conflict', 'report_not_open', 'Cannot update a report that is no longer open.');
  }
  const { title = found.title, content = found.content } = input;
  if (title === found.title && content === found.content) return;
  await ctx.tx
    .updateTable('reports')
    .set({ title, content, updated_at: new Date(ctx.now) })
    .where('id', '=', input.id)
    .execute();
}

/**
 * A superuser answers, and perhaps moves it on. Throws `forbidden` (`not_a_superuser`), `not_found` (`no_such_report`)
 * and `conflict` (`no_such_status`).
 */
export async function commentReport(
  ctx: Context<Member>,
  input: { id: ReportId; comment: string; status?: string },
): Promise<void> {
  await requireSuperuser(ctx.tx, ctx.actor);
  const found = await lockReport(ctx, input.id);
  const status = reportStatuses.find((each) => each === (input.status ?? found.status));
  if (!status) {
    throw new DomainError('conflict', 'no_such_status', `Invalid status. It is one of ${reportStatuses.join(', ')}.`);
  }
  await ctx.tx
    .updateTable('reports')
    .set({
      comment: input.comment,
      status,
      updated_at: new Date(ctx.now),
      ...(input.status === 'resolved' && { resolved_at: new Date(ctx.now), resolved_by: ctx.actor.accountId }),
    })
    .where('id', '=', input.id)
    .execute();
}

/** A superuser resolves it, perhaps with a word. Throws `forbidden` (`not_a_superuser`), `not_found` (`no_such_report`). */
export async function resolveReport(ctx: Context<Member>, input: { id: ReportId; comment?: string }): Promise<void> {
  await requireSuperuser(ctx.tx, ctx.actor);
  await lockReport(ctx, input.id);
  await ctx.tx
    .updateTable('reports')
    .set({
      status: 'resolved',
      resolved_at: new Date(ctx.now),
      resolved_by: ctx.actor.accountId,
      updated_at: new Date(ctx.now),
      ...(input.comment !== undefined && { comment: input.comment }),
    })
    .where('id', '=', input.id)
    .execute();
}

async function subjectOf(ctx: Context<Member>, about: Partial<Subject>): Promise<Subject> {
  const { messageId = null, conversationId = null, accountId = null } = about;
  if (accountId !== null) {
    const known = await ctx.tx
      .selectFrom('accounts')
      .select('id')
      .where('id', '=', accountId)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    if (!known) throw noSuchPerson();
  }
  if (messageId !== null) {
    const place = await reach(ctx, messageId);
    const { sender_id } = await ctx.tx
      .selectFrom('messages')
      .select('sender_id')
      .where('id', '=', messageId)
      .executeTakeFirstOrThrow();
    return { messageId, conversationId: place.conversationId, accountId: accountId ?? sender_id };
  }
  if (conversationId !== null) await enter(ctx, conversationId);
  return { messageId, conversationId, accountId };
}

async function reportsWhere(asking: Asking<Member>, condition: ReturnType<typeof ofStatus>): Promise<Report[]> {
  const { rows } = await sql<{ report: Report }>`
    select ${reportJson} as report from reports r join accounts a on a.id = r.reporter_id
    where ${condition} order by r.id desc`.execute(asking.db);
  return rows.map((row) => row.report);
}

function ofStatus(status: string | undefined) {
  return status === undefined ? sql<boolean>`true` : sql<boolean>`r.status = ${status}`;
}

async function lockReport(ctx: Context<Member>, id: ReportId) {
  const found = await ctx.tx
    .selectFrom('reports')
    .select(['reporter_id', 'status', 'title', 'content'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (!found) throw noSuchReport();
  return found;
}

export function noSuchReport(): DomainError {
  return new DomainError('not_found', 'no_such_report', 'Report not found.');
}

function notTheReporter(): DomainError {
  return new DomainError('forbidden', 'not_the_reporter', 'Not authorized: this is another user’s report.');
}
