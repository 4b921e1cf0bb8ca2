// Opening direct conversations and making groups.

import { randomInt } from 'node:crypto';
import { originOf, type Context, type Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, ConversationId } from '../ids.ts';
import { recordChange, recordOwnChanges } from '../log.ts';
import { directKey, settleBlock } from './direct.ts';
import { outlineOf } from './outline.ts';
import { tellPreference } from './preferences.ts';

/**
 * The caller's direct conversation with another person, or with themselves: one per pair, whoever asks first and
 * however many at once. One that the caller had removed from their list comes back, without its old history. Throws
 * `not_found` (`no_such_person`).
 */
export async function openDirect(
  ctx: Context<Member>,
  input: { with: AccountId },
): Promise<{ conversationId: ConversationId; created: boolean }> {
  const self = ctx.actor.accountId;
  await requirePeople(ctx, [input.with]);
  const key = directKey(self, input.with);
  const made = await ctx.tx
    .insertInto('conversations')
    .values({
      kind: 'direct',
      direct_key: key,
      created_by: self,
      created_in: ctx.actor.dialect,
      created_at: new Date(ctx.now),
      updated_at: new Date(ctx.now),
    })
    .onConflict((conflict) => conflict.column('direct_key').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (made) {
    await settleBlock(ctx, self, input.with);
    await populate(ctx, made.id, [...new Set([self, input.with])], 'MEMBER');
    return { conversationId: made.id, created: true };
  }
  const { id } = await ctx.tx
    .selectFrom('conversations')
    .select('id')
    .where('direct_key', '=', key)
    .executeTakeFirstOrThrow();
  const shown = await ctx.tx
    .updateTable('memberships')
    .set({ hidden_no: null })
    .where('conversation_id', '=', id)
    .where('account_id', '=', self)
    .where('hidden_no', 'is not', null)
    .returning('id')
    .executeTakeFirst();
  if (shown) await tellPreference(ctx, id, 'hidden', false);
  return { conversationId: id, created: false };
}

export interface NewGroup {
  name: string;
  description?: string | null;
  avatarUrl?: string | null;
  members: readonly AccountId[];
  isPublic?: boolean;
  /** Whether every member may add people. */
  membersInvite?: boolean;
  /** Whether newcomers need somebody's approval who may add people. */
  needsApproval?: boolean;
}

/** Makes a group with an invite code: the caller its founder, the others members. Throws `not_found` (`no_such_person`). */
export async function createGroup(ctx: Context<Member>, input: NewGroup): Promise<{ conversationId: ConversationId }> {
  const self = ctx.actor.accountId;
  const others = [...new Set(input.members)].filter((id) => id !== self);
  await requirePeople(ctx, others);
  const { id } = await ctx.tx
    .insertInto('conversations')
    .values({
      kind: 'group',
      name: input.name,
      description: input.description ?? null,
      avatar_url: input.avatarUrl ?? null,
      is_public: input.isPublic ?? false,
      allow_member_invites: input.membersInvite ?? true,
      require_admin_approval: input.needsApproval ?? false,
      invite_code: newInviteCode(),
      created_by: self,
      created_in: ctx.actor.dialect,
      created_at: new Date(ctx.now),
      updated_at: new Date(ctx.now),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await populate(ctx, id, [self, ...others], 'FOUNDER');
  return { conversationId: id };
}

/** The first members of a new conversation, the caller first, and the news of it to each of them. */
async function populate(
  ctx: Context<Member>,
  conversationId: ConversationId,
  members: readonly AccountId[],
  callersRole: string,
): Promise<void> {
  const self = ctx.actor.accountId;
  await ctx.tx
    .insertInto('memberships')
    .values(
      members.map((account) => ({
        conversation_id: conversationId,
        account_id: account,
        role: account === self ? callersRole : 'MEMBER',
        joined_at: new Date(ctx.now),
        joined_no: 1,
      })),
    )
    .execute();
  const { change, membershipVersion, logged } = await recordChange(ctx, {
    conversationId,
    kind: 'conversation.created',
    subjects: [self],
  });
  await recordOwnChanges(ctx, { accounts: members, conversationId, kind: 'conversation.created', of: logged });
  ctx.emit({
    type: 'conversation.created',
    conversationId,
    by: self,
    conversation: await outlineOf(ctx.tx, conversationId),
    change,
    logged,
    audience: { kind: 'members', conversationId, membershipVersion },
    origin: originOf(ctx),
  });
}

/** Twelve letters and digits, which are a capability: whoever has them may join. */
export function newInviteCode(): string {
  const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: 12 }, () => characters[randomInt(characters.length)]).join('');
}

async function requirePeople(ctx: Context<Member>, ids: readonly AccountId[]): Promise<void> {
  if (ids.length === 0) return;
  const found = await ctx.tx
    .selectFrom('accounts')
    .select('id')
    .where('id', 'in', [...ids])
    .where('deleted_at', 'is', null)
    .execute();
  if (found.length < ids.length) throw new DomainError('not_found', 'no_such_person', 'User not found.');
}
