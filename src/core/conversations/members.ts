// Who comes into a group or channel, and who goes. A membership is ended, never deleted.

import { sql } from 'kysely';
import { namesOf } from '../accounts/names.ts';
import { originOf, type Context, type Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, ConversationId } from '../ids.ts';
import { recordChange, recordOwnChanges } from '../log.ts';
import { sayAsSystem } from '../messages/notices.ts';
import { enter } from './membership.ts';
import { hideConversation } from './preferences.ts';
import { requireRight } from './rights.ts';
import type { Role } from './shape.ts';

/**
 * Lets people into a conversation whose row the caller of this has locked (`enter` with `lock`), and tells everybody in
 * it. Who is in it already, or does not exist, is passed over; who had asked to join has what they asked for. What was
 * said before does not count as unread. Answers who is new.
 */
export async function admit(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; accounts: readonly AccountId[]; role?: Role },
): Promise<AccountId[]> {
  const { conversationId, accounts, role = 'MEMBER' } = input;
  const { rows } = await sql<{ id: AccountId }>`
    insert into memberships as m (conversation_id, account_id, role, read_no, joined_at, joined_no)
    select c.id, a.id, ${role}, c.last_message_no, ${new Date(ctx.now)}, c.last_change_no + 1
    from conversations c join accounts a on a.id = any(${[...accounts]}::bigint[]) and a.deleted_at is null
    where c.id = ${conversationId}
    order by array_position(${[...accounts]}::bigint[], a.id)
    on conflict (conversation_id, account_id) do update set
      left_at = null, role = excluded.role, joined_at = excluded.joined_at, joined_no = excluded.joined_no,
      read_no = greatest(m.read_no, excluded.read_no), hidden_no = null, archived_at = null
    where m.left_at is not null
    returning account_id as id`.execute(ctx.tx);
  const joined = rows.map((row) => row.id);
  if (joined.length === 0) return [];
  await ctx.tx
    .deleteFrom('join_requests')
    .where('conversation_id', '=', conversationId)
    .where('account_id', 'in', joined)
    .execute();
  const by = ctx.actor.accountId;
  const { change, membershipVersion, logged } = await recordChange(ctx, {
    conversationId,
    kind: 'members.joined',
    subjects: [by, ...joined],
    membership: true,
  });
  await recordOwnChanges(ctx, { accounts: joined, conversationId, kind: 'members.joined', of: logged });
  ctx.emit({
    type: 'members.joined',
    conversationId,
    accounts: joined,
    usernames: (await namesOf(ctx.tx, joined)).map((name) => name.username),
    by,
    change,
    logged,
    audience: { kind: 'members', conversationId, membershipVersion, also: joined },
    origin: originOf(ctx),
  });
  return joined;
}

/**
 * Takes one person out of a conversation whose row the caller of this has locked, so that no send of theirs that waits
 * for it is stored after, and tells everybody in it and who has left. Throws `not_found` (`no_such_member`) and
 * `forbidden` (`founder_stays`).
 */
async function dismiss(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; accountId: AccountId },
): Promise<void> {
  const { conversationId, accountId } = input;
  const left = await ctx.tx
    .updateTable('memberships')
    .set({ left_at: new Date(ctx.now) })
    .where('conversation_id', '=', conversationId)
    .where('account_id', '=', accountId)
    .where('left_at', 'is', null)
    .returning('role')
    .executeTakeFirst();
  if (!left) throw noSuchMember();
  if (left.role === 'FOUNDER') {
    throw new DomainError('forbidden', 'founder_stays', 'The founder cannot leave before handing the group over.');
  }
  const by = ctx.actor.accountId;
  const { change, membershipVersion, logged } = await recordChange(ctx, {
    conversationId,
    kind: 'members.left',
    subjects: [by, accountId],
    membership: true,
  });
  await recordOwnChanges(ctx, { accounts: [accountId], conversationId, kind: 'members.left', of: logged });
  ctx.emit({
    type: 'members.left',
    conversationId,
    accounts: [accountId],
    usernames: (await namesOf(ctx.tx, [accountId])).map((name) => name.username),
    by,
    change,
    logged,
    audience: { kind: 'members', conversationId, membershipVersion, also: [accountId] },
    origin: originOf(ctx),
  });
}

/**
 * Takes a member out: oneself, or another if one's role allows. A group says so. Throws `not_found`
 * (`no_such_conversation`, `no_such_member`) and `forbidden` (`not_a_member`, `direct_is_closed`, `founder_stays`,
 * `role_too_low`).
 */
export async function removeMember(
  ctx: Context<Member>,
  input: { conversationId: ConversationId; accountId: AccountId },
): Promise<void> {
  const { conversationId, accountId } = input;
  const self = ctx.actor.accountId;
  const passage = await enter(ctx, conversationId, { lock: true });
  if (passage.kind === 'direct') {
    throw new DomainError('forbidden', 'direct_is_closed', 'Nobody can leave a direct conversation.');
  }
  if (accountId !== self) requireRight(passage, 'remove_members');
  await dismiss(ctx, input);
  if (passage.kind !== 'group') return;
  const [by, whom] = await namesOf(ctx.tx, accountId === self ? [self] : [self, accountId]);
  const said = whom ? ({ said: 'removed', person: whom.shown } as const) : ({ said: 'left' } as const);
  await sayAsSystem(ctx, { conversationId, notice: { ...said, by: by!.shown } });
}

/**
 * URGE's one way to be rid of a conversation: a direct one leaves the caller's lists, a group is left. Throws as
 * `removeMember` does.
 */
export async function dropConversation(ctx: Context<Member>, input: { conversationId: ConversationId }): Promise<void> {
  const { kind } = await enter(ctx, input.conversationId, { lock: true });
  if (kind === 'direct') await hideConversation(ctx, input);
  else await removeMember(ctx, { ...input, accountId: ctx.actor.accountId });
}

export function noSuchMember(): DomainError {
  return new DomainError('not_found', 'no_such_member', 'This person is not a member.');
}
