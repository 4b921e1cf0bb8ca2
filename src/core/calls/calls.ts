// One state machine for calls, reached from every wire alike: initiated → ongoing → ended.

import { randomBytes, randomInt } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { Actor, Context, Member, System } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, CallId } from '../ids.ts';
import { recordOwnChanges } from '../log.ts';
import type { Schema } from '../schema.ts';
import { callJson, type Call, type CallKind, type CallParticipant } from './shape.ts';

/** How long it rings before it counts as missed. */
export const ringSeconds = 60;
const mostInvited = 31;

type CallChange = 'call.ringing' | 'call.answered' | 'call.declined' | 'call.ended' | 'call.joined' | 'call.left';

/**
 * Rings people. Two people have at most one ringing call: asking again while it rings answers that call, and calling
 * somebody who is calling is refused. Throws `not_found` (`no_such_person`), `invalid` (`own_account`, `nobody_called`,
 * `too_many_called`), `forbidden` (`blocked`), `conflict` (`already_calling_you`, `account_unavailable`).
 */
export async function initiateCall(
  ctx: Context<Member>,
  input: { callees: readonly AccountId[]; kind: CallKind; isGroup: boolean },
): Promise<Call> {
  const self = ctx.actor.accountId;
  const callees = [...new Set(input.callees)];
  if (callees.includes(self)) throw new DomainError('invalid', 'own_account', 'You cannot call yourself.');
  if (callees.length === 0) throw new DomainError('invalid', 'nobody_called', 'A call needs somebody to call.');
  if (callees.length > mostInvited) {
    throw new DomainError('invalid', 'too_many_called', `A call can ring ${mostInvited} people at most.`);
  }
  await lockPeople(ctx, [self, ...callees]);
  await requireCallable(ctx, self, callees);
  const isGroup = input.isGroup || callees.length > 1;
  if (!isGroup) {
    const ringing = await ringingBetween(ctx, self, callees[0]!);
    if (ringing?.initiatedBy === self) return ringing;
    if (ringing) throw new DomainError('conflict', 'already_calling_you', 'This person is calling you.');
  }
  const now = new Date(ctx.now);
  const { id } = await ctx.tx
    .insertInto('calls')
    .values({
      channel_name: randomBytes(16).toString('base64url'),
      kind: input.kind,
      initiated_by: self,
      is_group: isGroup,
      ring_until: new Date(ctx.now + ringSeconds * 1000),
      started_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await invite(ctx, id, self, now);
  for (const callee of callees) await invite(ctx, id, callee, null);
  const call = await loadCall(ctx.tx, id);
  await tell(ctx, call, 'call.ringing', callees);
  return call;
}

/** Everyone concerned is locked in id order, so that two calls between the same people are made one after the other. */
async function lockPeople(ctx: Context<Member>, ids: readonly AccountId[]): Promise<void> {
  await sql`select id from accounts where id = any(${[...ids]}::bigint[]) order by id for no key update`.execute(
    ctx.tx,
  );
}

async function requireCallable(ctx: Context<Member>, self: AccountId, callees: readonly AccountId[]): Promise<void> {
  const { rows } = await sql<{ id: AccountId; available: boolean; estranged: boolean }>`
    select a.id, a.disabled_at is null and a.deactivated_at is null as available,
      exists (select 1 from blocks b where (b.blocker_id = ${self} and b.blocked_id = a.id)
        or (b.blocker_id = a.id and b.blocked_id = ${self})) as estranged
    from accounts a where a.id = any(${[...callees]}::bigint[]) and a.deleted_at is null`.execute(ctx.tx);
  if (rows.length < callees.length) throw new DomainError('not_found', 'no_such_person', 'User not found.');
  if (rows.some((row) => row.estranged)) throw new DomainError('forbidden', 'blocked', 'You cannot call this person.');
  if (!rows.every((row) => row.available)) {
    throw new DomainError('conflict', 'account_unavailable', 'This person cannot be called.');
  }
}

async function ringingBetween(ctx: Context<Member>, one: AccountId, other: AccountId): Promise<Call | undefined> {
  const { rows } = await sql<{ call: Call }>`
    select ${callJson} as call from calls c
    where c.status = 'initiated' and not c.is_group and c.ring_until > ${new Date(ctx.now)}
      and c.initiated_by in (${one}, ${other})
      and exists (select 1 from call_participants p where p.call_id = c.id and p.account_id = ${one})
      and exists (select 1 from call_participants p where p.call_id = c.id and p.account_id = ${other})
    limit 1`.execute(ctx.tx);
  return rows[0]?.call;
}

async function invite(ctx: Context<Member>, call: CallId, account: AccountId, joinedAt: Date | null): Promise<boolean> {
  const added = await ctx.tx
    .insertInto('call_participants')
    .values({
      call_id: call,
      account_id: account,
      uid: randomInt(1, 2 ** 31 - 1),
      invited_at: new Date(ctx.now),
      joined_at: joinedAt,
    })
    .onConflict((conflict) => conflict.columns(['call_id', 'account_id']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return added !== undefined;
}

/**
 * Takes a call. Again by the same person, while it lasts, is nothing new. Throws `not_found` (`no_such_call`),
 * `forbidden` (`not_in_call`), `conflict` (`own_call`, `call_over`).
 */
export async function answerCall(ctx: Context<Member>, input: { id: CallId }): Promise<Call> {
  const { call, own } = await hold(ctx, input.id);
  if (call.status === 'ended') throw callOver();
  if (call.initiatedBy === ctx.actor.accountId) {
    throw new DomainError('conflict', 'own_call', 'You cannot answer your own call.');
  }
  // Whoever was brought in while it rang is in the call already, and still the first to answer it.
  if (own.joinedAt !== null && own.leftAt === null && call.status === 'ongoing') return call;
  await joinRow(ctx, call.id);
  await ctx.tx
    .updateTable('calls')
    .set({ status: 'ongoing', answered_at: sql`coalesce(answered_at, ${new Date(ctx.now)})` })
    .where('id', '=', call.id)
    .execute();
  const answered = await loadCall(ctx.tx, call.id);
  await tell(ctx, answered, 'call.answered', othersIn(ctx, answered));
  return answered;
}

/**
 * Does not take a call. A call between two ends; in a group only this person is out, and it ends when nobody is left to
 * answer. Throws as `answerCall`.
 */
export async function declineCall(ctx: Context<Member>, input: { id: CallId }): Promise<Call> {
  const { call, own } = await hold(ctx, input.id);
  if (call.initiatedBy === ctx.actor.accountId && call.status !== 'ended') {
    throw new DomainError('conflict', 'own_call', 'You cannot decline your own call.');
  }
  if (call.status === 'ended' || own.joinedAt !== null) throw callOver();
  if (own.leftAt !== null) return call;
  await leaveRow(ctx, call.id, ctx.actor.accountId);
  const declined = await loadCall(ctx.tx, call.id);
  await tell(ctx, declined, 'call.declined', othersIn(ctx, declined));
  const alone = declined.participants.filter(isIn).length < 2;
  return alone && !isPending(declined) ? finish(ctx, declined, 'declined', { silent: !declined.isGroup }) : declined;
}

/**
 * Ends a call for all. Ended already: unchanged, though a rating is still kept. Ended by the caller before anybody
 * answered, it was missed. Throws `not_found` (`no_such_call`) and `forbidden` (`not_in_call`).
 */
export async function endCall(
  ctx: Context<Member>,
  input: { id: CallId; reason?: string | undefined; rating?: number | undefined },
): Promise<Call> {
  const { call } = await hold(ctx, input.id);
  if (input.rating !== undefined) await rate(ctx, call.id, input.rating);
  if (call.status === 'ended') return loadCall(ctx.tx, call.id);
  const missed = call.status === 'initiated' && call.initiatedBy === ctx.actor.accountId;
  return finish(ctx, call, missed ? 'missed' : (input.reason ?? 'user_ended'));
}

async function rate(ctx: Context<Member>, call: CallId, rating: number): Promise<void> {
  await ctx.tx
    .updateTable('call_participants')
    .set({ quality_rating: rating })
    .where('call_id', '=', call)
    .where('account_id', '=', ctx.actor.accountId)
    .execute();
}

/**
 * Brings people into a call that goes on; it becomes a group call. Whoever is in it already is left alone. Throws
 * `not_found` (`no_such_call`, `no_such_person`), `forbidden` (`not_in_call`, `blocked`), `conflict` (`call_over`).
 */
export async function addToCall(
  ctx: Context<Member>,
  input: { id: CallId; accounts: readonly AccountId[] },
): Promise<Call> {
  const { call } = await hold(ctx, input.id);
  if (call.status === 'ended') throw callOver();
  const present = new Set(call.participants.filter((each) => each.leftAt === null).map((each) => each.accountId));
  const added = [...new Set(input.accounts)].filter((id) => !present.has(id));
  if (added.length === 0) return call;
  if (present.size + added.length > mostInvited + 1) {
    throw new DomainError('invalid', 'too_many_called', `A call can hold ${mostInvited + 1} people at most.`);
  }
  await requireCallable(ctx, ctx.actor.accountId, added);
  for (const account of added) {
    if (!(await invite(ctx, call.id, account, new Date(ctx.now)))) await joinRow(ctx, call.id, account);
  }
  await ctx.tx.updateTable('calls').set({ is_group: true }).where('id', '=', call.id).execute();
  const grown = await loadCall(ctx.tx, call.id);
  await tell(ctx, grown, 'call.ringing', added);
  for (const account of added) {
    await tell(ctx, grown, 'call.joined', othersIn(ctx, grown, account), account);
  }
  return grown;
}

/** The caller is in the call, on the line. Again is nothing new. Throws as `answerCall`. */
export async function joinCall(ctx: Context<Member>, input: { id: CallId }): Promise<Call> {
  const { call, own } = await hold(ctx, input.id);
  if (call.status === 'ended') throw callOver();
  if (own.joinedAt !== null && own.leftAt === null) return call;
  if (call.status === 'initiated' && call.initiatedBy !== ctx.actor.accountId) return answerCall(ctx, input);
  await joinRow(ctx, call.id);
  const joined = await loadCall(ctx.tx, call.id);
  await tell(ctx, joined, 'call.joined', othersIn(ctx, joined));
  return joined;
}

/**
 * Somebody leaves, or whoever began the call sends them away; with at most one person left it ends. Throws `not_found`
 * (`no_such_call`), `forbidden` (`not_in_call`, `not_your_call`).
 */
export async function leaveCall(ctx: Context<Member>, input: { id: CallId; account?: AccountId }): Promise<Call> {
  const { call, own } = await hold(ctx, input.id);
  const self = ctx.actor.accountId;
  const leaver = input.account ?? self;
  if (leaver !== self && call.initiatedBy !== self) {
    throw new DomainError('forbidden', 'not_your_call', 'Only whoever began the call can send others away.');
  }
  if (call.status === 'ended') return call;
  if (leaver === self && own.joinedAt === null) return declineCall(ctx, input);
  if (call.status === 'initiated' && leaver === call.initiatedBy) return finish(ctx, call, 'missed');
  const there = call.participants.find((each) => each.accountId === leaver);
  if (!there) throw notInCall();
  if (there.leftAt !== null) return call;
  await leaveRow(ctx, call.id, leaver);
  const left = await loadCall(ctx.tx, call.id);
  await tell(ctx, left, 'call.left', othersIn(ctx, left, leaver), leaver);
  if (left.participants.filter(isIn).length > 1 || (call.status === 'initiated' && isPending(left))) return left;
  return finish(ctx, left, call.status === 'initiated' ? 'missed' : 'user_ended');
}

/** An account's last connection is gone: what it was ringing is missed, what it was in it has left. */
export async function vanish(ctx: Context<Member>, _input: object): Promise<void> {
  const { rows } = await sql<{ id: CallId }>`
    select c.id from call_participants p join calls c on c.id = p.call_id
    where p.account_id = ${ctx.actor.accountId} and p.joined_at is not null and p.left_at is null
      and c.status <> 'ended'
    order by c.id limit 100`.execute(ctx.tx);
  for (const { id } of rows) await leaveCall(ctx, { id });
}

/** Ends what has rung for too long: also what a process that died has left ringing. Answers how many, at most `limit`. */
export async function endUnanswered(ctx: Context<System>, input: { limit: number }): Promise<number> {
  const { rows } = await sql<{ id: CallId }>`
    select id from calls where status = 'initiated' and ring_until <= ${new Date(ctx.now)}
    order by ring_until limit ${input.limit} for update skip locked`.execute(ctx.tx);
  for (const { id } of rows) await finish(ctx, await loadCall(ctx.tx, id), 'missed');
  return rows.length;
}

/** Locks the call and lets its participants through. */
async function hold(ctx: Context<Member>, id: CallId): Promise<{ call: Call; own: CallParticipant }> {
  const locked = await ctx.tx.selectFrom('calls').select('id').where('id', '=', id).forUpdate().executeTakeFirst();
  if (!locked) throw noSuchCall();
  const call = await loadCall(ctx.tx, id);
  const own = call.participants.find((each) => each.accountId === ctx.actor.accountId);
  if (!own) throw notInCall();
  return { call, own };
}

/** The call is over, for everybody in it. */
export async function finish(
  ctx: Context<Actor>,
  call: Call,
  reason: string,
  options: { silent?: boolean } = {},
): Promise<Call> {
  const by = ctx.actor.kind === 'member' ? ctx.actor.accountId : null;
  await ctx.tx
    .updateTable('calls')
    .set({ status: 'ended', ended_at: new Date(ctx.now), ended_by: by, end_reason: reason })
    .where('id', '=', call.id)
    .execute();
  await ctx.tx
    .updateTable('call_participants')
    .set({ left_at: new Date(ctx.now) })
    .where('call_id', '=', call.id)
    .where('left_at', 'is', null)
    .execute();
  const ended = await loadCall(ctx.tx, call.id);
  // Between two, a decline says already that it is over.
  if (!options.silent) {
    const others = ended.participants.map((each) => each.accountId).filter((id) => id !== by);
    await tell(ctx, ended, 'call.ended', others);
  }
  return ended;
}

async function joinRow(ctx: Context<Member>, call: CallId, account: AccountId = ctx.actor.accountId): Promise<void> {
  await ctx.tx
    .updateTable('call_participants')
    .set({ joined_at: new Date(ctx.now), left_at: null })
    .where('call_id', '=', call)
    .where('account_id', '=', account)
    .execute();
}

async function leaveRow(ctx: Context<Member>, call: CallId, account: AccountId): Promise<void> {
  await ctx.tx
    .updateTable('call_participants')
    .set({ left_at: new Date(ctx.now) })
    .where('call_id', '=', call)
    .where('account_id', '=', account)
    .execute();
}

function isIn({ joinedAt, leftAt }: CallParticipant): boolean {
  return joinedAt !== null && leftAt === null;
}

/** Somebody may still answer. */
function isPending({ participants }: Call): boolean {
  return participants.some((each) => each.joinedAt === null && each.leftAt === null);
}

/** Everyone in the call but one. */
function othersIn(ctx: Context<Member>, call: Call, but: AccountId = ctx.actor.accountId): AccountId[] {
  return call.participants
    .filter((each) => each.leftAt === null && each.accountId !== but)
    .map((each) => each.accountId);
}

async function tell(
  ctx: Context<Actor>,
  call: Call,
  type: CallChange,
  accounts: readonly AccountId[],
  subject?: AccountId,
): Promise<void> {
  const by = subject ?? (ctx.actor.kind === 'member' ? ctx.actor.accountId : null);
  const told = [...new Set(by === null ? accounts : [...accounts, by])];
  const rows = await recordOwnChanges(ctx, {
    accounts: told,
    kind: type,
    subjectId: call.id,
    ...(by !== null && { subjects: [by] }),
  });
  const { connectionId } = ctx.actor.kind === 'member' ? ctx.actor : {};
  for (const { accountId, logged } of rows) {
    ctx.emit({
      type,
      call,
      by,
      logged,
      audience: { kind: 'accounts', accounts: [accountId] },
      ...(by !== null && { origin: { accountId: by, ...(connectionId !== undefined && { connectionId }) } }),
    });
  }
}

/** A call as it stands; whoever may see it is the caller's matter. */
export async function loadCall(db: Kysely<Schema>, id: CallId): Promise<Call> {
  const { rows } = await sql<{ call: Call }>`select ${callJson} as call from calls c where c.id = ${id}`.execute(db);
  return rows[0]!.call;
}

function noSuchCall(): DomainError {
  return new DomainError('not_found', 'no_such_call', 'Call not found.');
}

function notInCall(): DomainError {
  return new DomainError('forbidden', 'not_in_call', 'You are not part of this call.');
}

function callOver(): DomainError {
  return new DomainError('conflict', 'call_over', 'The call is over, or was answered.');
}

/**
 * Passes an offer, an answer or a candidate from one participant of a live call to another: how two browsers meet without
 * a vendor. Transient. Throws `not_found` (`no_such_call`), `forbidden` (`not_in_call`), `conflict` (`call_over`).
 */
export async function signal(
  ctx: Context<Member>,
  input: { id: CallId; to: AccountId; signal: Record<string, unknown> },
): Promise<void> {
  const call = await readCall(ctx.tx, input.id, ctx.actor.accountId);
  if (call.status === 'ended') throw callOver();
  if (!call.participants.some((each) => each.accountId === input.to && each.leftAt === null)) throw notInCall();
  ctx.emit({
    type: 'call.signal',
    callId: input.id,
    from: ctx.actor.accountId,
    signal: input.signal,
    audience: { kind: 'accounts', accounts: [input.to] },
  });
}

/** A call as one of its participants sees it. Throws `not_found` (`no_such_call`) and `forbidden` (`not_in_call`). */
export async function readCall(db: Kysely<Schema>, id: CallId, viewer: AccountId): Promise<Call> {
  const { rows } = await sql<{ call: Call }>`select ${callJson} as call from calls c where c.id = ${id}`.execute(db);
  const [found] = rows;
  if (!found) throw noSuchCall();
  if (!found.call.participants.some((each) => each.accountId === viewer)) throw notInCall();
  return found.call;
}
