// Sharing one's position: with a person, with a conversation, or with everybody; until it ends.

import { sql } from 'kysely';
import { noSuchPerson } from '../accounts/people.ts';
import { originOf, type Actor, type Asking, type Context, type Member, type System } from '../context.ts';
import { enter } from '../conversations/membership.ts';
import { DomainError } from '../errors.ts';
import type { Audience } from '../events.ts';
import type { AccountId, ConversationId, Moment } from '../ids.ts';
import { recordOwnChanges } from '../log.ts';
import { estranged, isOpen, shown } from './access.ts';
import type { Precision } from './geo.ts';
import { shareJson, type Position, type Share } from './shape.ts';

export interface NewShare {
  /** One of the two, or neither: everybody. */
  with?: AccountId | null;
  in?: ConversationId | null;
  precision: Precision;
  expiresAt: Moment | null;
  durationMinutes: number | null;
  isLive: boolean;
  updateInterval: number;
}

/**
 * Opens a share, and tells whom it is for. Throws `not_found` (`no_such_person`, `no_such_conversation`), `forbidden`
 * (`not_a_member`, `blocked`) and `invalid` (`own_account`).
 */
export async function openShare(ctx: Context<Member>, input: NewShare): Promise<Share> {
  const self = ctx.actor.accountId;
  if (input.with === self) {
    throw new DomainError('invalid', 'own_account', 'You always see your own location.', { field: 'target_user_id' });
  }
  if (typeof input.with === 'number') await requirePerson(ctx, input.with);
  if (typeof input.in === 'number') await enter(ctx, input.in);
  const { id } = await ctx.tx
    .insertInto('location_shares')
    .values({
      account_id: self,
      target_account_id: input.with ?? null,
      target_conversation_id: input.in ?? null,
      precision: input.precision,
      expires_at: input.expiresAt === null ? null : new Date(input.expiresAt),
      duration_minutes: input.durationMinutes,
      is_live: input.isLive,
      update_interval: input.updateInterval,
      created_at: new Date(ctx.now),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const share = await loadShare(ctx, id);
  await tell(ctx, share, 'share.started');
  return share;
}

async function requirePerson(ctx: Context<Member>, id: AccountId): Promise<void> {
  const { rows } = await sql<{ estranged: boolean }>`
    select ${estranged(sql`${ctx.actor.accountId}`, sql.ref('a.id'))} as estranged
    from accounts a where a.id = ${id} and a.deleted_at is null`.execute(ctx.tx);
  if (!rows[0]) throw noSuchPerson();
  if (rows[0].estranged) throw new DomainError('forbidden', 'blocked', 'You cannot share with this person.');
}

export interface ShareChange {
  id: number;
  expiresAt?: Moment | null;
  durationMinutes?: number | null;
  isLive?: boolean;
  updateInterval?: number;
  precision?: Precision;
}

/** Changes an open share of the caller's; one that ran out stays over. Throws `not_found` (`no_such_share`). */
export async function changeShare(ctx: Context<Member>, input: ShareChange): Promise<Share> {
  const changed = await ctx.tx
    .updateTable('location_shares')
    .set({
      ...(input.expiresAt !== undefined && {
        expires_at: input.expiresAt === null ? null : new Date(input.expiresAt),
      }),
      ...(input.durationMinutes !== undefined && { duration_minutes: input.durationMinutes }),
      ...(input.isLive !== undefined && { is_live: input.isLive }),
      ...(input.updateInterval !== undefined && { update_interval: input.updateInterval }),
      ...(input.precision !== undefined && { precision: input.precision }),
      // An update must set something.
      account_id: ctx.actor.accountId,
    })
    .where('id', '=', input.id)
    .where('account_id', '=', ctx.actor.accountId)
    .where(isOpen('location_shares', ctx.now))
    .returning('id')
    .executeTakeFirst();
  if (!changed) throw noSuchShare();
  const share = await loadShare(ctx, input.id);
  await tell(ctx, share, 'share.changed');
  return share;
}

/** Ends a share of the caller's at once; again is nothing new. Throws `not_found` (`no_such_share`). */
export async function stopShare(ctx: Context<Member>, input: { id: number }): Promise<Share> {
  const own = await ctx.tx
    .selectFrom('location_shares')
    .select(['id', 'stopped_at'])
    .where('id', '=', input.id)
    .where('account_id', '=', ctx.actor.accountId)
    .forUpdate()
    .executeTakeFirst();
  if (!own) throw noSuchShare();
  if (own.stopped_at === null) await stop(ctx, [input.id], ctx.now);
  return loadShare(ctx, input.id);
}

/** Tells of shares that have run out. They show nothing from that moment, whether this has run or not. */
export async function stopExpiredShares(ctx: Context<System>, input: { limit: number }): Promise<number> {
  const expired = await ctx.tx
    .selectFrom('location_shares')
    .select('id')
    .where('stopped_at', 'is', null)
    .where('expires_at', '<=', new Date(ctx.now))
    .orderBy('expires_at')
    .limit(input.limit)
    .forUpdate()
    .skipLocked()
    .execute();
  await stop(
    ctx,
    expired.map((share) => share.id),
    ctx.now,
  );
  return expired.length;
}

async function stop(ctx: Context<Actor>, ids: readonly number[], at: Moment): Promise<void> {
  if (ids.length === 0) return;
  await ctx.tx
    .updateTable('location_shares')
    .set({ stopped_at: new Date(at) })
    .where('id', 'in', [...ids])
    .execute();
  for (const id of ids) await tell(ctx, await loadShare(ctx, id), 'share.stopped');
}

type ShareNews = 'share.started' | 'share.changed' | 'share.stopped';

async function tell(ctx: Context<Actor>, share: Share, type: ShareNews): Promise<void> {
  const origin = ctx.actor.kind === 'member' ? { origin: originOf({ ...ctx, actor: ctx.actor }) } : {};
  const own = await recordOwnChanges(ctx, { accounts: concerned(share), kind: type, subjectId: share.id });
  for (const { accountId, logged } of own) {
    ctx.emit({ type, share, logged, audience: { kind: 'accounts', accounts: [accountId] }, ...origin });
  }
}

/** A public share, and one with a conversation, is news to its owner alone. */
function concerned({ accountId, targetAccountId }: Share): AccountId[] {
  return targetAccountId === null ? [accountId] : [accountId, targetAccountId];
}

async function loadShare(ctx: Context<Actor>, id: number): Promise<Share> {
  const { rows } = await sql<{ share: Share }>`
    select ${shareJson} as share from location_shares h where h.id = ${id}`.execute(ctx.tx);
  return rows[0]!.share;
}

/**
 * The caller's own open shares, or those of others aimed at the caller or at a conversation that both are in; newest first.
 */
export async function openSharesOf(
  asking: Asking<Member>,
  input: { direction: 'outgoing' | 'incoming' },
): Promise<Share[]> {
  const self = asking.actor.accountId;
  const aimedAtMe = sql`(h.target_account_id = ${self}
    or (h.account_id <> ${self} and h.target_conversation_id in (
      select mine.conversation_id from memberships mine
      join memberships theirs on theirs.conversation_id = mine.conversation_id
      where mine.account_id = ${self} and mine.left_at is null
        and theirs.account_id = h.account_id and theirs.left_at is null)))`;
  const { rows } = await sql<{ share: Share }>`
    select ${shareJson} as share from location_shares h
    where ${isOpen('h', asking.now)}
      and ${input.direction === 'outgoing' ? sql`h.account_id = ${self}` : aimedAtMe}
      and not ${estranged(sql.ref('h.account_id'), sql`${self}`)}
    order by h.id desc limit 1000`.execute(asking.db);
  return rows.map((row) => row.share);
}

/**
 * Shows a new position to those with whom the mover shares it: one event for each open share with a person or a
 * conversation, at that share's precision. A public share is looked up, not announced.
 */
export async function tellSharers(ctx: Context<Member>, position: Position): Promise<void> {
  const { rows } = await sql<{
    id: number;
    precision: Precision;
    accounts: AccountId[];
  }>`
    select h.id, h.precision, array(
      select t.id from accounts t
      where t.id <> h.account_id and t.deleted_at is null
        and (t.id = h.target_account_id or t.id in (
          select theirs.account_id from memberships mine
          join memberships theirs on theirs.conversation_id = mine.conversation_id and theirs.left_at is null
          where mine.conversation_id = h.target_conversation_id and mine.account_id = h.account_id
            and mine.left_at is null))
        and not ${estranged(sql.ref('t.id'), sql.ref('h.account_id'))}) as accounts
    from location_shares h
    where h.account_id = ${position.accountId} and ${isOpen('h', ctx.now)}
      and (h.target_account_id is not null or h.target_conversation_id is not null)
    order by h.id limit 1000`.execute(ctx.tx);
  for (const { id, precision, accounts } of rows) {
    if (accounts.length === 0) continue;
    const audience: Audience = { kind: 'accounts', accounts };
    ctx.emit({
      type: 'position.moved',
      shareId: id,
      position: shown(position, precision),
      audience,
      origin: originOf(ctx),
    });
  }
}

function noSuchShare(): DomainError {
  return new DomainError('not_found', 'no_such_share', 'Location share not found.');
}
