// /api/groups (contract, section 9 and the groups of section 15).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Member } from '../../core/context.ts';
import { createGroup } from '../../core/conversations/create.ts';
import { group, groupByCode } from '../../core/conversations/group-view.ts';
import {
  addMembers,
  changeGroup,
  deleteGroup,
  setRole,
  transferGroup,
  type GroupSettings as Settings,
} from '../../core/conversations/groups.ts';
import { joinByCode, regenerateInvite } from '../../core/conversations/invites.ts';
import { noSuchMember, removeMember } from '../../core/conversations/members.ts';
import { roles } from '../../core/conversations/rights.ts';
import { DomainError } from '../../core/errors.ts';
import type { AccountId, ConversationId } from '../../core/ids.ts';
import type { Surroundings } from '../dialect.ts';
import { memberOf, Nullable } from '../fastapi.ts';
import { createGroupPresenters, roleDisplay } from './group-presenters.ts';
import { Group, GroupMember, GroupSettings, Invitation } from './group-schemas.ts';
import type { Ids } from './manners.ts';
import { success } from './presenters.ts';
import { Success } from './schemas.ts';

const Id = Type.Object({ id: Type.String() });
const MemberId = Type.Object({ id: Type.String(), userId: Type.String() });
const Code = Type.Object({ code: Type.String() });

const name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' });
const description = Type.Optional(Nullable(Type.String({ maxLength: 2000 })));
const picture = Type.Optional(Nullable(Type.String({ maxLength: 2048 })));
const people = Type.Array(Type.String({ maxLength: 64 }), { maxItems: 1000 });
const flag = Type.Optional(Nullable(Type.Boolean()));
const rules = { is_public: flag, allow_member_invites: flag, require_admin_approval: flag };

export function groupRoutes(scope: FastifyInstance, { messenger, ids }: Surroundings, read: Ids): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const present = createGroupPresenters(ids);
  const look = (member: Member, id: ConversationId) => messenger.ask(member, group, { id });

  app.post(
    '/api/groups',
    {
      schema: {
        operationId: 'urgeCreateGroup',
        summary: 'Make a group',
        body: Type.Object({
          name,
          description,
          avatar_url: picture,
          member_ids: Type.Optional(Nullable(people)),
          ...rules,
        }),
        response: { 200: Group },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const { body } = request;
      const made = {
        name: body.name,
        description: body.description ?? null,
        avatarUrl: body.avatar_url ?? null,
        members: (body.member_ids ?? []).map(read.account),
        ...settingsIn(body),
      };
      const { conversationId } = await messenger.execute(member, createGroup, made);
      return present.group(await look(member, conversationId));
    },
  );

  for (const path of ['/api/groups/:id', '/api/groups/conversation/:id']) {
    app.get(
      path,
      {
        schema: {
          operationId: path.includes('conversation') ? 'urgeGroupOfConversation' : 'urgeGroup',
          summary: 'One of my groups',
          params: Id,
          response: { 200: Group },
        },
      },
      async (request) => present.group(await look(memberOf(request), read.conversation(request.params.id))),
    );
  }

  app.put(
    '/api/groups/:id',
    {
      schema: {
        operationId: 'urgeChangeGroup',
        summary: 'Change its name, description or picture: what is absent stays',
        params: Id,
        body: Type.Object({ name: Type.Optional(name), description, avatar_url: picture, ...rules }),
        response: { 200: Group },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const conversationId = read.conversation(request.params.id);
      const { body } = request;
      const info = {
        ...(body.name !== undefined && { name: body.name }),
        ...(body.description !== undefined && { description: body.description }),
        ...(body.avatar_url !== undefined && { avatarUrl: body.avatar_url }),
      };
      await messenger.execute(member, changeGroup, { conversationId, info, settings: settingsIn(body) });
      return present.group(await look(member, conversationId));
    },
  );

  app.put(
    '/api/groups/:id/settings',
    {
      schema: {
        operationId: 'urgeChangeGroupSettings',
        summary: 'Change its rules: the founder alone',
        params: Id,
        body: Type.Object({
          ...rules,
          only_admins_can_post: flag,
          only_admins_can_edit_info: flag,
          invite_link_enabled: flag,
          mute_notifications: flag,
          theme_color: Type.Optional(Nullable(Type.String({ maxLength: 32 }))),
        }),
        response: { 200: GroupSettings },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const conversationId = read.conversation(request.params.id);
      await messenger.execute(member, changeGroup, { conversationId, settings: settingsIn(request.body) });
      return present.settings(await look(member, conversationId));
    },
  );

  app.delete(
    '/api/groups/:id',
    {
      schema: {
        operationId: 'urgeDeleteGroup',
        summary: 'Delete it for everybody: the founder alone',
        params: Id,
        response: { 200: Success },
      },
    },
    async (request) => {
      await messenger.execute(memberOf(request), deleteGroup, { conversationId: read.conversation(request.params.id) });
      return success('Group deleted.');
    },
  );

  app.get(
    '/api/groups/:id/members',
    {
      schema: {
        operationId: 'urgeGroupMembers',
        summary: 'Its members, by role',
        params: Id,
        response: { 200: Type.Array(GroupMember) },
      },
    },
    async (request) => {
      const { members } = await look(memberOf(request), read.conversation(request.params.id));
      return members.map(present.member);
    },
  );

  app.post(
    '/api/groups/:id/members',
    {
      schema: {
        operationId: 'urgeAddGroupMembers',
        summary: 'Add people; who is in it or unknown is skipped',
        params: Id,
        body: Type.Object({ user_ids: people }),
        response: { 200: Type.Object({ ...Success.properties, added: Type.Integer() }) },
      },
    },
    async (request) => {
      const conversationId = read.conversation(request.params.id);
      const accounts = request.body.user_ids.flatMap((id) => ids.fromUuid('account', id) ?? []) as AccountId[];
      const adding = { conversationId, accounts };
      const added = await messenger.execute(memberOf(request), addMembers, adding);
      return { ...success(`Added ${added} ${added === 1 ? 'member' : 'members'}.`), added };
    },
  );

  app.delete(
    '/api/groups/:id/members/:userId',
    {
      schema: {
        operationId: 'urgeRemoveGroupMember',
        summary: 'Take somebody out, or leave',
        params: MemberId,
        response: { 200: Success },
      },
    },
    async (request) => {
      const { id, userId } = request.params;
      const removal = { conversationId: read.conversation(id), accountId: read.account(userId) };
      await messenger.execute(memberOf(request), removeMember, removal);
      return success('Member removed.');
    },
  );

  app.put(
    '/api/groups/:id/members/:userId/role',
    {
      schema: {
        operationId: 'urgeSetGroupRole',
        summary: 'Give a member a role: the founder alone',
        params: MemberId,
        body: Type.Object({ role: Type.String({ maxLength: 64 }) }),
        response: { 200: Type.Object({ ...Success.properties, role: Type.String(), role_display: Type.String() }) },
      },
    },
    async (request) => {
      const { id, userId } = request.params;
      const role = roles.find((one) => one === request.body.role.toUpperCase());
      if (!role) throw new DomainError('invalid', 'no_such_role', 'There is no such role.', { field: 'role' });
      const change = { conversationId: read.conversation(id), accountId: read.account(userId), role };
      await messenger.execute(memberOf(request), setRole, change);
      return { ...success('Role updated.'), role, role_display: roleDisplay[role] };
    },
  );

  app.post(
    '/api/groups/:id/leave',
    { schema: { operationId: 'urgeLeaveGroup', summary: 'Leave it', params: Id, response: { 200: Success } } },
    async (request) => {
      const member = memberOf(request);
      const leaving = { conversationId: read.conversation(request.params.id), accountId: member.accountId };
      await messenger.execute(member, removeMember, leaving).catch((error: unknown) => {
        // Here, and only here, who is not in it is told that there is nothing to leave: 404.
        throw error instanceof DomainError && error.reason === 'not_a_member' ? noSuchMember() : error;
      });
      return success('You left the group.');
    },
  );

  app.post(
    '/api/groups/:id/transfer-ownership',
    {
      schema: {
        operationId: 'urgeTransferGroup',
        summary: 'Make another member the founder, and myself a plain member',
        params: Id,
        body: Type.Object({ new_founder_id: Type.Optional(Nullable(Type.String({ maxLength: 64 }))) }),
        response: { 200: Success },
      },
    },
    async (request) => {
      const { new_founder_id } = request.body;
      if (!new_founder_id) throw new DomainError('invalid', 'no_new_founder', 'new_founder_id is required.');
      const handover = { conversationId: read.conversation(request.params.id), to: read.account(new_founder_id) };
      await messenger.execute(memberOf(request), transferGroup, handover);
      return success('The group has a new founder.');
    },
  );

  app.post(
    '/api/groups/:id/regenerate-invite-link',
    {
      schema: {
        operationId: 'urgeRegenerateInvite',
        summary: 'A new invite code; the old one is dead',
        params: Id,
        response: { 200: Type.Object({ success: Type.Boolean(), invite_link: Type.String() }) },
      },
    },
    async (request) => {
      // The code is a capability, and kept nowhere but on its group: a retry makes another.
      const conversationId = read.conversation(request.params.id);
      const invite_link = await messenger.execute(memberOf(request), regenerateInvite, { conversationId });
      return { success: true, invite_link };
    },
  );

  app.get(
    '/api/groups/join/:code',
    {
      schema: {
        operationId: 'urgeInvitation',
        summary: 'The group that an invite code leads to',
        params: Code,
        response: { 200: Invitation },
      },
    },
    async (request) => {
      const found = await messenger.ask(memberOf(request), groupByCode, { code: request.params.code });
      const shown = present.group(found);
      return { ...shown, group: shown, is_member: found.viewerRole !== null };
    },
  );

  app.post(
    '/api/groups/join/:code',
    {
      schema: {
        operationId: 'urgeJoinGroup',
        summary: 'Join by invite code',
        params: Code,
        response: { 200: Type.Object({ ...Success.properties, group_id: Type.String() }) },
      },
    },
    async (request) => {
      const { code } = request.params;
      const joined = await messenger.execute(memberOf(request), joinByCode, { code });
      return { ...success('You joined the group.'), group_id: ids.toUuid('conversation', joined.conversationId) };
    },
  );
}

interface Rules {
  is_public?: boolean | null;
  allow_member_invites?: boolean | null;
  require_admin_approval?: boolean | null;
  only_admins_can_post?: boolean | null;
  only_admins_can_edit_info?: boolean | null;
  invite_link_enabled?: boolean | null;
  mute_notifications?: boolean | null;
  theme_color?: string | null;
}

/** What is absent stays, and so does a switch that is null; a null colour is none. */
function settingsIn(body: Rules): Settings {
  const { theme_color } = body;
  const switches = {
    isPublic: body.is_public,
    membersInvite: body.allow_member_invites,
    needsApproval: body.require_admin_approval,
    onlyAdminsPost: body.only_admins_can_post,
    onlyAdminsEditInfo: body.only_admins_can_edit_info,
    inviteEnabled: body.invite_link_enabled,
    muteNotifications: body.mute_notifications,
  };
  const given = Object.entries(switches).filter(([, value]) => typeof value === 'boolean');
  return { ...Object.fromEntries(given), ...(theme_color !== undefined && { themeColor: theme_color }) };
}
