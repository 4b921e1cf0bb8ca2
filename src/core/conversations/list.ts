// The caller's conversations, by last activity, each with everything a list shows: one statement, however many.

import { sql, type RawBuilder } from 'kysely';
import type { Asking, Member } from '../context.ts';
import type { AccountId, ConversationId } from '../ids.ts';
import { messageJson, messageSource } from '../messages/shape.ts';
import { moment } from '../sql.ts';
import { noSuchConversation, notAMember } from './membership.ts';
import type { Conversation, Participant } from './shape.ts';
import { unreadCount } from './unread.ts';

const mostShown = 256;

export interface ConversationPage {
  conversations: Conversation[];
  total: number;
}

/** Those not archived, those that are, or both; hidden ones stay out until a new message brings them back. */
export async function listConversations(
  asking: Asking<Member>,
  input: { archived?: boolean; limit: number; offset: number },
): Promise<ConversationPage> {
  const viewer = asking.actor.accountId;
  const mine = sql`conversations c join memberships m on m.conversation_id = c.id
    where m.account_id = ${viewer} and m.left_at is null and c.deleted_at is null
      and ${archivedOrNot(input.archived)}
      and (m.hidden_no is null or c.last_message_no > m.hidden_no)`;
  const { rows } = await sql<{ total: number; conversations: StoredConversation[] }>`/* prepare */
    select (select count(*) from ${mine}) as total,
      coalesce((select json_agg(page.json order by page.at desc, page.id desc) from (
        select c.id, coalesce(c.last_message_at, c.created_at) as at, ${conversationJson(viewer)} as json
        from ${mine} order by at desc, c.id desc limit ${input.limit} offset ${input.offset}) page), '[]'::json)
        as conversations`.execute(asking.db);
  const { total, conversations } = rows[0]!;
  return { total, conversations: await withPresence(asking, conversations) };
}

function archivedOrNot(archived: boolean | undefined): RawBuilder<boolean> {
  if (archived === undefined) return sql<boolean>`true`;
  return archived ? sql<boolean>`m.archived_at is not null` : sql<boolean>`m.archived_at is null`;
}

/** One of the caller's conversations. Throws `not_found` (`no_such_conversation`) and `forbidden` (`not_a_member`). */
export async function conversation(asking: Asking<Member>, input: { id: ConversationId }): Promise<Conversation> {
  const viewer = asking.actor.accountId;
  const { rows } = await sql<{ member: boolean; json: StoredConversation }>`
    select m.id is not null as member, case when m.id is not null then ${conversationJson(viewer)} end as json
    from conversations c
    left join memberships m on m.conversation_id = c.id and m.account_id = ${viewer} and m.left_at is null
    where c.id = ${input.id} and c.deleted_at is null`.execute(asking.db);
  const found = rows[0];
  if (!found) throw noSuchConversation();
  if (!found.member) throw notAMember();
  const [shown] = await withPresence(asking, [found.json]);
  return shown!;
}

type StoredParticipant = Omit<Participant, 'isOnline'> & { showsPresence: boolean };
type StoredConversation = Omit<Conversation, 'participants'> & { participants: StoredParticipant[] };

/** The conversation `c` as the viewer, whose membership is `m`, sees it. */
function conversationJson(viewer: AccountId): RawBuilder<StoredConversation> {
  return sql<StoredConversation>`json_build_object(
    'id', c.id, 'kind', c.kind, 'name', c.name, 'description', c.description, 'avatarUrl', c.avatar_url,
    'createdBy', c.created_by, 'isPublic', c.is_public,
    'participants', ${participantsJson(viewer)},
    'participantCount', (select count(*) from memberships o where o.conversation_id = c.id and o.left_at is null),
    'lastMessage', (select ${visibleMessageJson(viewer)}),
    'lastMessageAt', ${moment('c.last_message_at')},
    'unreadCount', ${unreadCount(viewer)},
    'isFavourite', m.favourite_at is not null,
    'isMuted', m.muted_at is not null,
    'isArchived', m.archived_at is not null,
    'createdAt', ${moment('c.created_at')}, 'updatedAt', ${moment('c.updated_at')})`;
}

/** The newest message the viewer can see. */
function visibleMessageJson(viewer: AccountId) {
  return sql`(select ${messageJson(viewer)} from ${messageSource} where m.id = (
    select v.id from messages v where v.conversation_id = c.id and v.message_no > mark.cleared_no
      and v.deleted_at is null
      and not exists (select 1 from message_hides h where h.conversation_id = c.id and h.account_id = ${viewer}
        and h.message_no = v.message_no)
    order by v.message_no desc limit 1)) from (select m.cleared_no) mark`;
}

function participantsJson(viewer: AccountId) {
  return sql`(select coalesce(json_agg(p.json order by p.joined_at, p.id), '[]'::json) from (
    select o.joined_at, o.id, json_build_object(
      'id', a.id, 'username', a.username, 'displayName', nullif(a.display_name, ''),
      'phone', case when a.id = ${viewer} or (a.phone_verified_at is not null and exists (
        select 1 from accounts me where me.id = ${viewer} and me.phone_verified_at is not null)) then a.phone end,
      'avatarUrl', case when a.id = ${viewer} or (a.show_profile_photo and not e.estranged) then a.avatar_url end,
      'showsPresence', a.id = ${viewer} or (a.show_online_status and not e.estranged),
      'lastSeenAt', case when a.id = ${viewer} or (a.show_last_seen and not e.estranged)
        then ${moment('a.last_seen_at')} end,
      'role', o.role, 'membershipId', o.id, 'joinedAt', ${moment('o.joined_at')}) as json
    from memberships o join accounts a on a.id = o.account_id
    cross join lateral (select exists (select 1 from blocks b
      where (b.blocker_id = ${viewer} and b.blocked_id = a.id)
        or (b.blocker_id = a.id and b.blocked_id = ${viewer})) as estranged) e
    where o.conversation_id = c.id and o.left_at is null
    order by o.joined_at, o.id limit ${mostShown}) p)`;
}

async function withPresence(asking: Asking<Member>, stored: readonly StoredConversation[]): Promise<Conversation[]> {
  const ids = new Set(stored.flatMap((one) => one.participants.map((participant) => participant.id)));
  const online = await asking.ports.cluster.online([...ids]);
  return stored.map((one) => ({
    ...one,
    participants: one.participants.map(({ showsPresence, ...participant }) => ({
      ...participant,
      isOnline: showsPresence && online.has(participant.id),
    })),
  }));
}
