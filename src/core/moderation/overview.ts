// What moderators see: the people with their ranks, how much of everything there is, and what was done.

import { sql } from 'kysely';
import { noSuchPerson } from '../accounts/people.ts';
import type { Asking, Member } from '../context.ts';
import type { AccountId, ConversationId } from '../ids.ts';
import { authorJson, type Author } from '../messages/shape.ts';
import { literalLike, moment } from '../sql.ts';
import type { Action, ActionType, TargetType } from './actions.ts';
import { requireRank, type Rank } from './ranks.ts';

export interface Ranked {
  person: Author;
  ranks: { rank: Rank; conversationId: ConversationId | null }[];
}

export interface Overview {
  people: number;
  active: number;
  suspended: number;
  banned: number;
  channels: number;
  messages: number;
}

/** Throws `forbidden` (`rank_too_low`), as all in this file. */
export async function overview(asking: Asking<Member>, _input: object): Promise<Overview> {
  await requireRank(asking.db, asking.actor, 'MODERATOR');
  const { rows } = await sql<Overview>`
    select count(*) as people,
      count(*) filter (where ${effectively} = 'ACTIVE') as active,
      count(*) filter (where ${effectively} = 'SUSPENDED') as suspended,
      count(*) filter (where ${effectively} = 'BANNED') as banned,
      (select count(*) from conversations where kind = 'channel' and deleted_at is null) as channels,
      (select coalesce(sum(last_message_no), 0)::bigint from conversations) as messages
    from accounts a where a.deleted_at is null`.execute(asking.db);
  return rows[0]!;
}

/** By username, a page at a time; `text` is part of a username. */
export async function rankedPeople(
  asking: Asking<Member>,
  input: { limit: number; offset: number; standing?: string; text?: string },
): Promise<Ranked[]> {
  await requireRank(asking.db, asking.actor, 'MODERATOR');
  const { limit, offset, standing = null, text } = input;
  const pattern = text === undefined ? null : `%${literalLike(text)}%`;
  const { rows } = await sql<Ranked>`
    select ${authorJson('a')} as person, ${ranksJson} as ranks from accounts a
    where a.deleted_at is null and (${pattern}::text is null or a.username ilike ${pattern})
      and (${standing}::text is null or ${effectively} = ${standing})
    order by a.username collate "C", a.id limit ${limit} offset ${offset}`.execute(asking.db);
  return rows;
}

/** One of them. Throws `not_found` (`no_such_person`). */
export async function rankedPerson(asking: Asking<Member>, input: { id: AccountId }): Promise<Ranked> {
  await requireRank(asking.db, asking.actor, 'MODERATOR');
  const { rows } = await sql<Ranked>`
    select ${authorJson('a')} as person, ${ranksJson} as ranks from accounts a
    where a.id = ${input.id} and a.deleted_at is null`.execute(asking.db);
  if (!rows[0]) throw noSuchPerson();
  return rows[0];
}

/** What was done, the newest first. */
export async function listActions(
  asking: Asking<Member>,
  input: { limit: number; type?: ActionType; targetType?: TargetType; admin?: AccountId },
): Promise<Action[]> {
  await requireRank(asking.db, asking.actor, 'MODERATOR');
  const { limit, type = null, targetType = null, admin = null } = input;
  const { rows } = await sql<Action>`
    select x.id, x.action_type as type, x.target_type as "targetType", x.target_id as "targetId",
      ${authorJson('a')} as admin, x.reason, x.metadata, ${moment('x.created_at')} as "createdAt"
    from moderation_actions x join accounts a on a.id = x.admin_id
    where (${type}::text is null or x.action_type = ${type}) and (${admin}::bigint is null or x.admin_id = ${admin})
      and (${targetType}::text is null or x.target_type = ${targetType})
    order by x.id desc limit ${limit}`.execute(asking.db);
  return rows;
}

/** An exclusion for a time is over when the time is. */
const effectively = sql`case when a.banned_until <= now() then 'ACTIVE' else a.standing end`;

const ranksJson = sql`(
  select coalesce(json_agg(json_build_object('rank', r.rank, 'conversationId', r.conversation_id)
    order by r.conversation_id nulls first), '[]'::json)
  from (select 'SUPER_ADMIN' as rank, null::bigint as conversation_id where a.is_superuser
    union all
    select role, conversation_id from moderator_roles where account_id = a.id) r)`;
