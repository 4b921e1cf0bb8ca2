// The gate: a conversation is only ever reached through the caller's own membership.

import { sql, type Kysely } from 'kysely';
import type { Asking, Context, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { ConversationId, MessageId } from '../ids.ts';
import type { Schema } from '../schema.ts';
import type { GroupRules } from './rights.ts';
import type { Role } from './shape.ts';

export function noSuchConversation(): DomainError {
  return new DomainError('not_found', 'no_such_conversation', 'Conversation not found.');
}

/** It exists, and the caller is not in it: a dialect may say so, or answer as if it did not exist. */
export function notAMember(): DomainError {
  return new DomainError('forbidden', 'not_a_member', 'You are not a participant in this conversation.');
}

export interface Passage {
  conversationId: ConversationId;
  kind: 'direct' | 'group' | 'channel';
  role: Role;
  rules: GroupRules;
  readNo: number;
  clearedNo: number;
  lastMessageNo: number;
  membershipVersion: number;
  /** A direct conversation in which one blocks the other. */
  isBlocked: boolean;
}

/**
 * Lets the caller through, or throws `not_found` (`no_such_conversation`) or `forbidden` (`not_a_member`). With `lock`
 * the conversation's row is locked first and the membership's then: the order in which every command takes them.
 */
export async function enter(
  ctx: Context<Member>,
  conversationId: ConversationId,
  options: { lock: boolean } = { lock: false },
): Promise<Passage> {
  if (options.lock) {
    await ctx.tx
      .selectFrom('conversations')
      .select('id')
      .where('id', '=', conversationId)
      .forNoKeyUpdate()
      .executeTakeFirst();
  }
  return pass(ctx.tx, conversationId, ctx.actor);
}

/** The same gate for a query. */
export function enterable(asking: Asking<Member>, conversationId: ConversationId): Promise<Passage> {
  return pass(asking.db, conversationId, asking.actor);
}

async function pass(db: Kysely<Schema>, conversationId: ConversationId, actor: Member): Promise<Passage> {
  const found = await passageQuery(db, conversationId, actor).executeTakeFirst();
  if (!found) throw noSuchConversation();
  if (found.role === null) throw notAMember();
  return {
    conversationId,
    kind: found.kind,
    role: found.role as Role,
    rules: {
      onlyAdminsEditInfo: found.only_admins_can_edit_info,
      membersInvite: found.allow_member_invites,
      needsApproval: found.require_admin_approval,
    },
    readNo: found.read_no ?? 0,
    clearedNo: found.cleared_no ?? 0,
    lastMessageNo: found.last_message_no,
    membershipVersion: found.membership_version,
    isBlocked: found.is_blocked,
  };
}

function passageQuery(db: Kysely<Schema>, conversationId: ConversationId, actor: Member) {
  return db
    .selectFrom('conversations as c')
    .leftJoin('memberships as m', (join) =>
      join.onRef('m.conversation_id', '=', 'c.id').on('m.account_id', '=', actor.accountId).on('m.left_at', 'is', null),
    )
    .select([
      'c.kind',
      'c.last_message_no',
      'c.membership_version',
      'c.is_blocked',
      'c.only_admins_can_edit_info',
      'c.allow_member_invites',
      'c.require_admin_approval',
      'm.role',
      'm.read_no',
      'm.cleared_no',
    ])
    .where('c.id', '=', conversationId)
    .where('c.deleted_at', 'is', null);
}

export interface MessagePlace {
  messageId: MessageId;
  conversationId: ConversationId;
  no: number;
  /** What the server said on the caller's behalf is not theirs. */
  isMine: boolean;
  isEncrypted: boolean;
  isDirect: boolean;
}

/**
 * A message the caller may act on: in a conversation of theirs, not deleted, not cleared or hidden by them. The
 * conversation's row is locked first, as by every change to it. `among`: it is nowhere else. Throws `not_found`
 * (`no_such_message`) or `forbidden` (`not_a_member`).
 */
export async function reach(
  ctx: Context<Member>,
  messageId: MessageId,
  among?: ConversationId | 'direct',
): Promise<MessagePlace> {
  await sql`select id from conversations
    where id = (select conversation_id from messages where id = ${messageId}) for no key update`.execute(ctx.tx);
  const found = await ctx.tx
    .selectFrom('messages as m')
    .innerJoin('conversations as c', 'c.id', 'm.conversation_id')
    .leftJoin('memberships as s', (join) =>
      join
        .onRef('s.conversation_id', '=', 'm.conversation_id')
        .on('s.account_id', '=', ctx.actor.accountId)
        .on('s.left_at', 'is', null),
    )
    .leftJoin('message_hides as h', (join) =>
      join
        .onRef('h.conversation_id', '=', 'm.conversation_id')
        .on('h.account_id', '=', ctx.actor.accountId)
        .onRef('h.message_no', '=', 'm.message_no'),
    )
    .select(['m.conversation_id', 'm.message_no', 'm.sender_id', 'm.kind as message_kind', 'm.is_encrypted'])
    .select(['m.deleted_at', 's.id as membership', 's.cleared_no', 'h.account_id as hidden', 'c.kind'])
    .where('m.id', '=', messageId)
    .where('c.deleted_at', 'is', null)
    .executeTakeFirst();
  if (!found || found.deleted_at !== null) throw noSuchMessage();
  if (among === 'direct' ? found.kind !== among : among !== undefined && among !== found.conversation_id) {
    throw noSuchMessage();
  }
  if (found.membership === null) throw notAMember();
  if (found.hidden !== null || found.message_no <= (found.cleared_no ?? 0)) throw noSuchMessage();
  return {
    messageId,
    conversationId: found.conversation_id,
    no: found.message_no,
    isMine: found.sender_id === ctx.actor.accountId && found.message_kind !== 'system',
    isEncrypted: found.is_encrypted,
    isDirect: found.kind === 'direct',
  };
}

export function noSuchMessage(): DomainError {
  return new DomainError('not_found', 'no_such_message', 'Message not found.');
}
