// What people do with a group: change it, add to it, give out roles, hand it over, delete it.

import { namesOf } from '../accounts/names.ts';
import { originOf, type Context, type Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, ConversationId } from '../ids.ts';
import { recordChange, recordOwnChanges } from '../log.ts';
import { enumerated, sayAsSystem } from '../messages/notices.ts';
import { admit, noSuchMember } from './members.ts';
import { enter, type Passage } from './membership.ts';
import { requireRight, type GroupAction } from './rights.ts';
import type { Role } from './shape.ts';

export function noSuchGroup(): DomainError {
  return new DomainError('not_found', 'no_such_group', 'Group not found.');
}

/** The gate to a group, its row locked. Throws `not_found` and `forbidden` as `enter` does; a direct one is no group. */
export async function enterGroup(
  ctx: Context<Member>,
  conversationId: ConversationId,
  action?: GroupAction,
): Promise<Passage> {
  const passage = await enter(ctx, conversationId, { lock: true });
  if (passage.kind === 'direct') throw noSuchGroup();
  if (action !== undefined) requireRight(passage, action);
  return passage;
}

export interface GroupInfo {
  name?: string;
  description?: string | null;
  avatarUrl?: string | null;
}

export interface GroupSettings {
  isPublic?: boolean;
  membersInvite?: boolean;
  needsApproval?: boolean;
  onlyAdminsPost?: boolean;
  onlyAdminsEditInfo?: boolean;
  inviteEnabled?: boolean;
  muteNotifications?: boolean;
  themeColor?: string | null;
}

/**
 * Changes what is given: info by whoever may, settings by the founder. A new name is said in the group. Throws
 * `not_found` (`no_such_conversation`, `no_such_group`) and `forbidden` (`not_a_member`, `role_too_low`).
 */
export async function changeGroup(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; info?: GroupInfo; settings?: GroupSettings },
): Promise<void> {
  const { conversationId, info = {}, settings = {} } = input;
  const passage = await enterGroup(ctx, conversationId);
  if (isGiven(info)) requireRight(passage, 'edit_info');
  if (isGiven(settings)) requireRight(passage, 'govern');
  const before = await ctx.tx
    .selectFrom('conversations')
    .selectAll()
    .where('id', '=', conversationId)
    .executeTakeFirstOrThrow();
  const wanted = {
    ...(info.name !== undefined && { name: info.name }),
    ...(info.description !== undefined && { description: info.description }),
    ...(info.avatarUrl !== undefined && { avatar_url: info.avatarUrl }),
    ...(settings.isPublic !== undefined && { is_public: settings.isPublic }),
    ...(settings.membersInvite !== undefined && { allow_member_invites: settings.membersInvite }),
    ...(settings.needsApproval !== undefined && { require_admin_approval: settings.needsApproval }),
    ...(settings.onlyAdminsPost !== undefined && { only_admins_can_post: settings.onlyAdminsPost }),
    ...(settings.onlyAdminsEditInfo !== undefined && { only_admins_can_edit_info: settings.onlyAdminsEditInfo }),
    ...(settings.inviteEnabled !== undefined && { invite_enabled: settings.inviteEnabled }),
    ...(settings.muteNotifications !== undefined && { mute_notifications: settings.muteNotifications }),
    ...(settings.themeColor !== undefined && { theme_color: settings.themeColor }),
  };
  if (Object.entries(wanted).every(([name, value]) => before[name as keyof typeof wanted] === value)) return;
  await ctx.tx
    .updateTable('conversations')
    .set({ ...wanted, updated_at: new Date(ctx.now) })
    .where('id', '=', conversationId)
    .execute();
  await tellUpdated(ctx, conversationId);
  if (passage.kind === 'group' && info.name !== undefined && info.name !== before.name) {
    const [by] = await namesOf(ctx.tx, [ctx.actor.accountId]);
    await sayAsSystem(ctx, { conversationId, notice: { said: 'renamed', by: by!.shown, name: info.name } });
  }
}

function isGiven(fields: object): boolean {
  return Object.values(fields).some((value) => value !== undefined);
}

/** News that a group is not as it was; its row must be locked. */
export async function tellUpdated(ctx: Context<Member>, conversationId: ConversationId): Promise<void> {
  const by = ctx.actor.accountId;
  const { change, membershipVersion } = await recordChange(ctx, {
    conversationId,
    kind: 'conversation.updated',
    subjects: [by],
  });
  ctx.emit({
    type: 'conversation.updated',
    conversationId,
    by,
    change,
    audience: { kind: 'members', conversationId, membershipVersion },
    origin: originOf(ctx),
  });
}

/**
 * Adds people, who have nothing to say to it. Who is in it already, or does not exist, is skipped; a request to join is
 * thereby granted. Answers how many are new. Throws as `changeGroup` does.
 */
export async function addMembers(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; accounts: readonly AccountId[] },
): Promise<number> {
  const { conversationId } = input;
  const { kind } = await enterGroup(ctx, conversationId, 'add_members');
  const added = await admit(ctx, { conversationId, accounts: [...new Set(input.accounts)] });
  if (added.length === 0) return 0;
  if (kind === 'group') {
    const [by, ...names] = await namesOf(ctx.tx, [ctx.actor.accountId, ...added]);
    const whom = enumerated(names.map((name) => name.shown));
    await sayAsSystem(ctx, { conversationId, notice: { said: 'added', by: by!.shown, ...whom } });
  }
  return added.length;
}

/**
 * Gives a member a role; only a handover makes a founder. Throws as above, and `forbidden` (`founder_stays`), `not_found`
 * (`no_such_member`), `invalid` (`no_such_role`).
 */
export async function setRole(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; accountId: AccountId; role: Role },
): Promise<void> {
  const { conversationId, accountId, role } = input;
  await enterGroup(ctx, conversationId, 'govern');
  if (role === 'FOUNDER') {
    throw new DomainError('invalid', 'no_such_role', 'A founder is made by handing the group over.', { field: 'role' });
  }
  const current = await roleOf(ctx, conversationId, accountId);
  if (current === 'FOUNDER') {
    throw new DomainError('forbidden', 'founder_stays', 'The founder’s role changes only by handing the group over.');
  }
  if (current !== role) await writeRole(ctx, conversationId, accountId, role);
}

/**
 * Makes another member the founder, and the caller a plain member. Throws as above, and `invalid` (`already_founder`).
 */
export async function transferGroup(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; to: AccountId },
): Promise<void> {
  const { conversationId, to } = input;
  const self = ctx.actor.accountId;
  const { kind } = await enterGroup(ctx, conversationId, 'govern');
  if (to === self) throw new DomainError('invalid', 'already_founder', 'You are the founder already.');
  await roleOf(ctx, conversationId, to);
  // In this order: there is never a second founder, not even for a statement.
  await writeRole(ctx, conversationId, self, 'MEMBER');
  await writeRole(ctx, conversationId, to, 'FOUNDER');
  if (kind !== 'group') return;
  const [by, whom] = await namesOf(ctx.tx, [self, to]);
  await sayAsSystem(ctx, { conversationId, notice: { said: 'founder', by: by!.shown, person: whom!.shown } });
}

async function roleOf(ctx: Context<Member>, conversationId: ConversationId, accountId: AccountId): Promise<Role> {
  const member = await ctx.tx
    .selectFrom('memberships')
    .select('role')
    .where('conversation_id', '=', conversationId)
    .where('account_id', '=', accountId)
    .where('left_at', 'is', null)
    .executeTakeFirst();
  if (!member) throw noSuchMember();
  return member.role as Role;
}

async function writeRole(
  ctx: Context<Member>,
  conversationId: ConversationId,
  accountId: AccountId,
  role: Role,
): Promise<void> {
  const by = ctx.actor.accountId;
  await ctx.tx
    .updateTable('memberships')
    .set({ role })
    .where('conversation_id', '=', conversationId)
    .where('account_id', '=', accountId)
    .execute();
  const { change, membershipVersion } = await recordChange(ctx, {
    conversationId,
    kind: 'members.role',
    subjects: [by, accountId],
  });
  ctx.emit({
    type: 'members.role',
    conversationId,
    accountId,
    role,
    by,
    change,
    audience: { kind: 'members', conversationId, membershipVersion },
    origin: originOf(ctx),
  });
}

/**
 * Deletes a group for everybody: every membership ends, its code dies, and nothing of it is found any more. Its row
 * stays as a tombstone, for the log. Throws as `changeGroup` does.
 */
export async function deleteGroup(ctx: Context<Member>, input: { conversationId: ConversationId }): Promise<void> {
  const { conversationId } = input;
  const by = ctx.actor.accountId;
  await enterGroup(ctx, conversationId, 'govern');
  const ended = await ctx.tx
    .updateTable('memberships')
    .set({ left_at: new Date(ctx.now) })
    .where('conversation_id', '=', conversationId)
    .where('left_at', 'is', null)
    .returning('account_id')
    .execute();
  const members = ended.map((row) => row.account_id);
  const { change, membershipVersion, logged } = await recordChange(ctx, {
    conversationId,
    kind: 'conversation.deleted',
    subjects: [by, ...members],
    membership: true,
  });
  await recordOwnChanges(ctx, { accounts: members, conversationId, kind: 'conversation.deleted', of: logged });
  await ctx.tx
    .updateTable('conversations')
    .set({ deleted_at: new Date(ctx.now), updated_at: new Date(ctx.now), invite_code: null })
    .where('id', '=', conversationId)
    .execute();
  await ctx.tx.deleteFrom('join_requests').where('conversation_id', '=', conversationId).execute();
  ctx.emit({
    type: 'conversation.deleted',
    conversationId,
    by,
    change,
    logged,
    audience: { kind: 'members', conversationId, membershipVersion, also: members },
    origin: originOf(ctx),
  });
}
