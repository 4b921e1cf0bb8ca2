// Blocks. Who set one, on whichever side, neither writes to the other directly nor sees their presence and photo.

import { sql } from 'kysely';
import { originOf, prepared, type Asking, type Context, type Member } from '../context.ts';
import { holdPair, settleBlock } from '../conversations/direct.ts';
import { DomainError } from '../errors.ts';
import type { AccountId } from '../ids.ts';
import { recordOwnChange } from '../log.ts';
import { noSuchPerson, people } from './people.ts';
import type { Person } from './shape.ts';

type Whom = { id: AccountId };

/**
 * Blocks somebody. To each of the two the other goes offline; nobody is told why. Answers everyone the caller blocks.
 * Throws `invalid` (`cannot_block_self`), `not_found` (`no_such_person`) and `conflict` (`already_blocked`).
 */
export const block = prepared('block', whoIsHere, async (ctx: Context<Member>, { id }: Whom, here) => {
  const self = ctx.actor.accountId;
  if (id === self) throw new DomainError('invalid', 'cannot_block_self', 'You cannot block yourself.');
  const person = await ctx.tx
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (!person) throw noSuchPerson();
  await holdPair(ctx, self, id);
  const wasBlockedBy = await blocks(ctx, id, self);
  const made = await ctx.tx
    .insertInto('blocks')
    .values({ blocker_id: self, blocked_id: id, created_at: new Date(ctx.now) })
    .onConflict((conflict) => conflict.doNothing())
    .returning('blocker_id')
    .executeTakeFirst();
  if (!made) throw new DomainError('conflict', 'already_blocked', 'You have blocked this user already.');
  await settleBlock(ctx, self, id);
  await tellBlocker(ctx, id, true);
  if (!wasBlockedBy) await tellEachOther(ctx, [self, id], here, false);
  return blockedBy(ctx);
});

/**
 * Takes a block back; each sees the other again, unless the other blocks too. Answers everyone the caller still blocks.
 * Throws `not_found` (`not_blocked`).
 */
export const unblock = prepared('unblock', whoIsHere, async (ctx: Context<Member>, { id }: Whom, here) => {
  const self = ctx.actor.accountId;
  await holdPair(ctx, self, id);
  const removed = await ctx.tx
    .deleteFrom('blocks')
    .where('blocker_id', '=', self)
    .where('blocked_id', '=', id)
    .returning('blocker_id')
    .executeTakeFirst();
  if (!removed) throw new DomainError('not_found', 'not_blocked', 'You have not blocked this user.');
  await settleBlock(ctx, self, id);
  await tellBlocker(ctx, id, false);
  if (!(await blocks(ctx, id, self))) await tellEachOther(ctx, [self, id], here, true);
  return blockedBy(ctx);
});

/** Everyone the caller blocks, the latest first. */
export async function blockedPeople(asking: Asking<Member>, _input: object): Promise<Person[]> {
  const rows = await asking.db
    .selectFrom('blocks')
    .select('blocked_id')
    .where('blocker_id', '=', asking.actor.accountId)
    .orderBy('created_at', 'desc')
    .orderBy('blocked_id', 'desc')
    .execute();
  return people(asking, { ids: rows.map((row) => row.blocked_id) });
}

/** Who of the caller and another blocks whom. Throws `not_found` (`no_such_person`). */
export async function blockBetween(asking: Asking<Member>, input: Whom): Promise<{ byMe: boolean; byThem: boolean }> {
  const self = asking.actor.accountId;
  const { rows } = await sql<{ byMe: boolean; byThem: boolean }>`
    select exists (select 1 from blocks where blocker_id = ${self} and blocked_id = a.id) as "byMe",
      exists (select 1 from blocks where blocker_id = a.id and blocked_id = ${self}) as "byThem"
    from accounts a where a.id = ${input.id} and a.deleted_at is null`.execute(asking.db);
  if (!rows[0]) throw noSuchPerson();
  return rows[0];
}

async function whoIsHere(asking: Asking<Member>, { id }: Whom): Promise<ReadonlySet<AccountId>> {
  return asking.ports.cluster.online([asking.actor.accountId, id]);
}

async function blocks(ctx: Context<Member>, blocker: AccountId, blocked: AccountId): Promise<boolean> {
  const found = await ctx.tx
    .selectFrom('blocks')
    .select('blocker_id')
    .where('blocker_id', '=', blocker)
    .where('blocked_id', '=', blocked)
    .executeTakeFirst();
  return found !== undefined;
}

/** To the caller's own devices: whom it concerns does not hear of it. */
async function tellBlocker(ctx: Context<Member>, id: AccountId, on: boolean): Promise<void> {
  const { accountId } = ctx.actor;
  const logged = await recordOwnChange(ctx, { accountId, kind: 'block.changed', subjects: [accountId, id] });
  ctx.emit({
    type: 'block.changed',
    accountId: id,
    on,
    logged,
    audience: { kind: 'accounts', accounts: [accountId] },
    origin: originOf(ctx),
  });
}

/** Only of who is here, and shows it: news of somebody who was not seen before would tell of the block. */
async function tellEachOther(
  ctx: Context<Member>,
  pair: readonly [AccountId, AccountId],
  here: ReadonlySet<AccountId>,
  isOnline: boolean,
): Promise<void> {
  const shown = await ctx.tx
    .selectFrom('accounts')
    .select('id')
    .where('id', 'in', [...pair])
    .where('show_online_status', '=', true)
    .execute();
  for (const { id } of shown) {
    if (!here.has(id)) continue;
    const other = id === pair[0] ? pair[1] : pair[0];
    ctx.emit({
      type: 'presence',
      accountId: id,
      isOnline,
      lastSeenAt: null,
      audience: { kind: 'accounts', accounts: [other] },
    });
  }
}

async function blockedBy(ctx: Context<Member>): Promise<AccountId[]> {
  const rows = await ctx.tx
    .selectFrom('blocks')
    .select('blocked_id')
    .where('blocker_id', '=', ctx.actor.accountId)
    .orderBy('created_at', 'desc')
    .orderBy('blocked_id', 'desc')
    .execute();
  return rows.map((row) => row.blocked_id);
}
