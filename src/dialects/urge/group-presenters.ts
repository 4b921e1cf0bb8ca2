// Groups, their members and their events as they leave through URGE.

import type { GroupEvent } from '../../core/conversations/events.ts';
import type { Group, GroupMember } from '../../core/conversations/group-view.ts';
import type { Role } from '../../core/conversations/shape.ts';
import type { PublicIds } from '../public-ids.ts';
import type * as shapes from './group-schemas.ts';
import { isVerified, nameOf, time } from './presenters.ts';

/** How the client writes a role. */
export const roleDisplay: Record<Role, string> = {
  FOUNDER: 'Founder',
  ACCOUNTANT: 'Accountant (Co-founder)',
  MODERATOR: 'Moderator (Co-founder)',
  RECRUITER: 'Recruiter (Co-founder)',
  SUPPORT: 'Support (Co-founder)',
  CHEERLEADER: 'Cheer Leader (Co-founder)',
  MEMBER: 'Member',
};

export interface GroupPresenters {
  group(group: Group): shapes.Group;
  settings(group: Group): shapes.GroupSettings;
  member(member: GroupMember): shapes.GroupMember;
  event(event: GroupEvent): shapes.GroupEvent;
}

export function createGroupPresenters(ids: PublicIds): GroupPresenters {
  const settings = (group: Group): shapes.GroupSettings => {
    const id = ids.toUuid('conversation', group.id);
    return {
      id,
      conversation_id: id,
      is_public: group.settings.isPublic,
      allow_member_invites: group.settings.membersInvite,
      require_admin_approval: group.settings.needsApproval,
      only_admins_can_post: group.settings.onlyAdminsPost,
      only_admins_can_edit_info: group.settings.onlyAdminsEditInfo,
      invite_link: group.inviteCode ?? '',
      invite_link_enabled: group.settings.inviteEnabled,
      mute_notifications: group.settings.muteNotifications,
      theme_color: group.settings.themeColor,
    };
  };

  const member = ({ person, role, joinedAt }: GroupMember): shapes.GroupMember => ({
    user_id: ids.toUuid('account', person.id),
    display_name: nameOf(person),
    avatar_url: person.avatarUrl,
    phone_number: person.phone ?? '',
    role,
    role_display: roleDisplay[role],
    is_verified: isVerified(person),
    is_online: person.isOnline,
    joined_at: time(joinedAt),
  });

  return {
    settings,
    member,

    group(group) {
      const id = ids.toUuid('conversation', group.id);
      const { isPublic, membersInvite, needsApproval } = group.settings;
      return {
        id,
        conversation_id: id,
        name: group.name ?? '',
        description: group.description,
        avatar_url: group.avatarUrl,
        created_by: ids.toUuid('account', group.createdBy ?? 0),
        founder_name: group.founderName,
        member_count: group.memberCount,
        current_user_role: group.viewerRole,
        settings: settings(group),
        members: group.members.map(member),
        is_public: isPublic,
        allow_member_invites: membersInvite,
        require_admin_approval: needsApproval,
        created_at: time(group.createdAt),
        updated_at: time(group.updatedAt),
      };
    },

    event: (event) => ({
      id: ids.toUuid('event', event.id),
      conversation_id: ids.toUuid('conversation', event.conversationId),
      title: event.title,
      description: event.description,
      location: event.location,
      start_time: time(event.startAt),
      end_time: time(event.endAt),
      is_online: event.isOnline,
      meeting_link: event.meetingLink,
      max_attendees: event.maxAttendees,
      attendees_count: event.goingCount,
      created_by: ids.toUuid('account', event.createdBy),
      creator_name: event.creatorName,
      created_at: time(event.createdAt),
      updated_at: time(event.updatedAt),
    }),
  };
}
