// Who may do what in a group: seven roles (URGE's contract, 4.6), which hold in every dialect.

import { DomainError } from '../errors.ts';
import type { Passage } from './membership.ts';
import type { Role } from './shape.ts';

/** From the founder down: the order in which members are listed. */
export const roles: readonly Role[] = [
  'FOUNDER',
  'ACCOUNTANT',
  'MODERATOR',
  'RECRUITER',
  'SUPPORT',
  'CHEERLEADER',
  'MEMBER',
];

/** What a group's founder decides about its members' rights. */
export interface GroupRules {
  onlyAdminsEditInfo: boolean;
  membersInvite: boolean;
  /** Newcomers come in only through somebody whose role lets them add people. */
  needsApproval: boolean;
}

/** `govern`: settings, invite code, roles, handing over, deleting. */
export type GroupAction = 'edit_info' | 'govern' | 'add_members' | 'remove_members' | 'plan_events';

const admins = roles.filter((role) => role !== 'MEMBER');
const stewards: readonly Role[] = ['FOUNDER', 'MODERATOR', 'RECRUITER'];

const rights: Record<GroupAction, { roles: readonly Role[]; everybody?(rules: GroupRules): boolean }> = {
  edit_info: { roles: admins, everybody: (rules) => !rules.onlyAdminsEditInfo },
  govern: { roles: ['FOUNDER'] },
  add_members: { roles: stewards, everybody: (rules) => rules.membersInvite && !rules.needsApproval },
  remove_members: { roles: stewards },
  plan_events: { roles: admins },
};

/** Whether a member of this role may do this under these rules. */
export function may(action: GroupAction, role: Role, rules: GroupRules): boolean {
  const right = rights[action];
  return right.roles.includes(role) || (right.everybody?.(rules) ?? false);
}

/** Throws `forbidden` (`role_too_low`) unless the caller's role allows it. */
export function requireRight(passage: Pick<Passage, 'role' | 'rules'>, action: GroupAction): void {
  if (!may(action, passage.role, passage.rules)) {
    throw new DomainError('forbidden', 'role_too_low', 'Your role in this group does not allow this.');
  }
}
