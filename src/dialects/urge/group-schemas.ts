// The shapes of groups, their members and their events (contract, sections 4.5, 4.6 and 15).

import { Type, type Static } from 'typebox';
import { Nullable } from '../fastapi.ts';

const time = Type.String({ format: 'date-time' });
const text = Type.String();
const flag = Type.Boolean();
const count = Type.Integer({ minimum: 0 });
const uuid = Type.String({ format: 'uuid' });
const role = Type.Enum(['FOUNDER', 'ACCOUNTANT', 'MODERATOR', 'RECRUITER', 'SUPPORT', 'CHEERLEADER', 'MEMBER']);

/** 4.6 */
export const GroupMember = Type.Object({
  user_id: uuid,
  display_name: text,
  avatar_url: Nullable(text),
  phone_number: text,
  role,
  role_display: text,
  is_verified: flag,
  is_online: flag,
  joined_at: time,
});
export type GroupMember = Static<typeof GroupMember>;

/** 4.5; `invite_link` is a code, and empty for whoever may not add people. */
export const GroupSettings = Type.Object({
  id: uuid,
  conversation_id: uuid,
  is_public: flag,
  allow_member_invites: flag,
  require_admin_approval: flag,
  only_admins_can_post: flag,
  only_admins_can_edit_info: flag,
  invite_link: text,
  invite_link_enabled: flag,
  mute_notifications: flag,
  theme_color: Nullable(text),
});
export type GroupSettings = Static<typeof GroupSettings>;

/** 4.5 */
export const Group = Type.Object({
  id: uuid,
  conversation_id: uuid,
  name: text,
  description: Nullable(text),
  avatar_url: Nullable(text),
  created_by: uuid,
  founder_name: Nullable(text),
  member_count: count,
  current_user_role: Nullable(role),
  settings: GroupSettings,
  members: Type.Array(GroupMember),
  is_public: flag,
  allow_member_invites: flag,
  require_admin_approval: flag,
  created_at: time,
  updated_at: time,
});
export type Group = Static<typeof Group>;

/** What a code leads to: under its name, and with the same fields beside it. */
export const Invitation = Type.Object({ group: Group, is_member: flag, ...Group.properties });

/** 15 */
export const GroupEvent = Type.Object({
  id: uuid,
  conversation_id: uuid,
  title: text,
  description: Nullable(text),
  location: Nullable(text),
  start_time: time,
  end_time: Nullable(time),
  is_online: flag,
  meeting_link: Nullable(text),
  max_attendees: Nullable(Type.Integer()),
  attendees_count: count,
  created_by: uuid,
  creator_name: Nullable(text),
  created_at: time,
  updated_at: time,
});
export type GroupEvent = Static<typeof GroupEvent>;
