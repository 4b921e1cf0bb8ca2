// The tables of conversations.

import type { Generated, GeneratedAlways } from 'kysely';
import type { AccountId, ConversationId, EventId, MembershipId } from '../ids.ts';

export interface ConversationTables {
  conversations: Conversations;
  memberships: Memberships;
  join_requests: { conversation_id: ConversationId; account_id: AccountId; created_at: Date };
  group_events: GroupEvents;
  event_answers: { event_id: EventId; account_id: AccountId; status: string; updated_at: Date };
}

interface Conversations {
  id: GeneratedAlways<ConversationId>;
  kind: 'direct' | 'group' | 'channel';
  /** `lower:higher` account id of a direct conversation: one per pair under any race. */
  direct_key: string | null;
  name: string | null;
  description: string | null;
  avatar_url: string | null;
  created_by: AccountId | null;
  created_in: string;
  is_public: Generated<boolean>;
  is_blocked: Generated<boolean>;
  only_admins_can_post: Generated<boolean>;
  only_admins_can_edit_info: Generated<boolean>;
  allow_member_invites: Generated<boolean>;
  require_admin_approval: Generated<boolean>;
  mute_notifications: Generated<boolean>;
  theme_color: string | null;
  invite_code: string | null;
  invite_enabled: Generated<boolean>;
  last_message_no: Generated<number>;
  last_change_no: Generated<number>;
  log_xid: Generated<number>;
  membership_version: Generated<number>;
  last_message_at: Date | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  deleted_at: Date | null;
}

interface Memberships {
  id: GeneratedAlways<MembershipId>;
  conversation_id: ConversationId;
  account_id: AccountId;
  role: Generated<string>;
  read_no: Generated<number>;
  read_at: Date | null;
  delivered_no: Generated<number>;
  cleared_no: Generated<number>;
  /** Hidden from the owner's lists until a message above this number arrives; null: not hidden. */
  hidden_no: number | null;
  archived_at: Date | null;
  muted_at: Date | null;
  muted_until: Date | null;
  favourite_at: Date | null;
  pinned_at: Date | null;
  joined_at: Generated<Date>;
  /** The change by which they last came in; 0: from the beginning. */
  joined_no: Generated<number>;
  left_at: Date | null;
}

interface GroupEvents {
  id: GeneratedAlways<EventId>;
  conversation_id: ConversationId;
  title: string;
  description: string | null;
  location: string | null;
  start_at: Date;
  end_at: Date | null;
  is_online: boolean;
  meeting_link: string | null;
  max_attendees: number | null;
  created_by: AccountId;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}
