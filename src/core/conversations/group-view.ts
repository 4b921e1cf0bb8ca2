// A group as its members see it, and as somebody sees it who holds its invite code.

import { sql } from 'kysely';
import { personJson, withPresence, type Person, type StoredPerson } from '../accounts/shape.ts';
import type { Asking, Member } from '../context.ts';
import type { AccountId, ConversationId, Moment } from '../ids.ts';
import { moment } from '../sql.ts';
import { noSuchGroup, type GroupSettings } from './groups.ts';
import { noSuchInvite } from './invites.ts';
import { notAMember } from './membership.ts';
import { may, roles } from './rights.ts';
import type { Role } from './shape.ts';

/** Members listed at once; `memberCount` counts all. */
const mostShown = 5000;

export interface GroupMember {
  person: Person;
  role: Role;
  joinedAt: Moment;
}

export interface Group {
  id: ConversationId;
  name: string | null;
  description: string | null;
  avatarUrl: string | null;
  createdBy: AccountId | null;
  founderName: string | null;
  memberCount: number;
  /** Null: the viewer is not in it, and is shown no members. */
  viewerRole: Role | null;
  settings: Required<GroupSettings>;
  /** Null to whoever may not add people. */
  inviteCode: string | null;
  /** By role, then in the order they joined; at most 5000. */
  members: GroupMember[];
  createdAt: Moment;
  updatedAt: Moment;
}

/**
 * One of the caller's groups. Throws `not_found` (`no_such_group`) and `forbidden` (`not_a_member`).
 */
export async function group(asking: Asking<Member>, input: { id: ConversationId }): Promise<Group> {
  const found = await look(asking, { id: input.id });
  if (!found) throw noSuchGroup();
  if (found.viewerRole === null) throw notAMember();
  return may('add_members', found.viewerRole, found.settings) ? found : { ...found, inviteCode: null };
}

/** What the holder of a code may know before joining. Throws `not_found` (`no_such_invite`). */
export async function groupByCode(asking: Asking<Member>, input: { code: string }): Promise<Group> {
  const found = await look(asking, input);
  if (!found?.settings.inviteEnabled) throw noSuchInvite();
  return found;
}

type Stored = Omit<Group, 'members'> & { members: { person: StoredPerson; role: Role; joinedAt: Moment }[] };

async function look(
  asking: Asking<Member>,
  which: { id: ConversationId } | { code: string },
): Promise<Group | undefined> {
  const { accountId, dialect } = asking.actor;
  const { rows } = await sql<{ json: Stored }>`
    select json_build_object(
      'id', c.id, 'name', c.name, 'description', c.description, 'avatarUrl', c.avatar_url, 'createdBy', c.created_by,
      'founderName', (select coalesce(a.display_name, a.username) from memberships o
        join accounts a on a.id = o.account_id
        where o.conversation_id = c.id and o.left_at is null and o.role = 'FOUNDER'),
      'memberCount', (select count(*) from memberships o where o.conversation_id = c.id and o.left_at is null),
      'viewerRole', m.role,
      'settings', json_build_object('isPublic', c.is_public, 'membersInvite', c.allow_member_invites,
        'needsApproval', c.require_admin_approval, 'onlyAdminsPost', c.only_admins_can_post,
        'onlyAdminsEditInfo', c.only_admins_can_edit_info, 'inviteEnabled', c.invite_enabled,
        'muteNotifications', c.mute_notifications, 'themeColor', c.theme_color),
      'inviteCode', c.invite_code,
      'members', coalesce((
        select json_agg(json_build_object('person', ${personJson('a', accountId, dialect)}, 'role', o.role,
            'joinedAt', ${moment('o.joined_at')}) order by array_position(${[...roles]}::text[], o.role), o.joined_at, o.id)
        from (select * from memberships listed where listed.conversation_id = c.id and listed.left_at is null
            and m.id is not null
          order by array_position(${[...roles]}::text[], listed.role), listed.joined_at, listed.id
          limit ${mostShown}) o
        join accounts a on a.id = o.account_id), '[]'::json),
      'createdAt', ${moment('c.created_at')}, 'updatedAt', ${moment('c.updated_at')}) as json
    from conversations c
    left join memberships m on m.conversation_id = c.id and m.account_id = ${accountId} and m.left_at is null
    where ${'id' in which ? sql`c.id = ${which.id}` : sql`c.invite_code = ${which.code}`}
      and c.kind <> 'direct' and c.deleted_at is null`.execute(asking.db);
  const [found] = rows;
  if (!found) return undefined;
  const { members, ...rest } = found.json;
  const people = await withPresence(
    asking,
    members.map((member) => member.person),
  );
  return { ...rest, members: members.map((member, index) => ({ ...member, person: people[index]! })) };
}
