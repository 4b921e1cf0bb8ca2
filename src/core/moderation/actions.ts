// What moderators did: written with the doing, never changed.

import type { Context, Member } from '../context.ts';
import type { ActionId, ConversationId, Moment } from '../ids.ts';
import type { Author } from '../messages/shape.ts';

export const actionTypes = [
  'BAN_USER',
  'UNBAN_USER',
  'SUSPEND_USER',
  'UNSUSPEND_USER',
  'DELETE_MESSAGE',
  'PIN_MESSAGE',
  'UNPIN_MESSAGE',
  'ASSIGN_ROLE',
  'REMOVE_ROLE',
  'CREATE_CHANNEL',
  'DELETE_CHANNEL',
  'ARCHIVE_CHANNEL',
  'KICK_USER',
] as const;
export type ActionType = (typeof actionTypes)[number];

export const targetTypes = ['USER', 'MESSAGE', 'CHANNEL', 'ROLE'] as const;
export type TargetType = (typeof targetTypes)[number];

/** What is worth keeping beside the reason. */
export interface ActionFacts {
  rank?: string;
  conversationId?: ConversationId | null;
  hours?: number | null;
}

export interface Action {
  id: ActionId;
  type: ActionType;
  /** Of a ROLE, the account whose it is. */
  targetType: TargetType;
  targetId: number;
  admin: Author;
  reason: string | null;
  metadata: ActionFacts | null;
  createdAt: Moment;
}

/** Writes down what the command does. Answers the entry. */
export async function recordAction(
  ctx: Context<Member>,
  input: {
    type: ActionType;
    target: { type: TargetType; id: number };
    reason: string | null;
    metadata?: ActionFacts;
  },
): Promise<ActionId> {
  const { id } = await ctx.tx
    .insertInto('moderation_actions')
    .values({
      admin_id: ctx.actor.accountId,
      action_type: input.type,
      target_type: input.target.type,
      target_id: input.target.id,
      reason: input.reason,
      metadata: input.metadata ? JSON.stringify(input.metadata) : null,
      created_at: new Date(ctx.now),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}
