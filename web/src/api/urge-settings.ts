// URGE: what others see of me, whom I block, a second factor, and what I am told of.

import { request } from './http.ts';
import type { Person } from './shapes.ts';

// ── Privacy ──

export const switches = ['show_online_status', 'show_last_seen', 'show_profile_photo', 'show_read_receipts'] as const;
export type Privacy = Record<(typeof switches)[number], boolean>;

export const privacy = () => request<Privacy>('GET', '/api/settings/privacy');

export const changePrivacy = async (change: Partial<Privacy>): Promise<Privacy> =>
  (await request<{ settings: Privacy }>('PUT', '/api/settings/privacy', { body: change })).settings;

export const blocked = async (): Promise<Person[]> => {
  const { blocked_users } = await request<{
    blocked_users: { id: string; display_name: string; avatar_url: string | null }[];
  }>('GET', '/api/settings/privacy/blocked');
  return blocked_users.map(({ id, display_name, avatar_url }) => ({
    id,
    name: display_name,
    avatarUrl: avatar_url,
    isOnline: false,
    lastSeen: null,
  }));
};

// ── Second factor ──

const factor = '/api/settings/security/2fa';

export const twoFactor = () => request<{ enabled: boolean; has_backup_codes: boolean }>('GET', `${factor}/status`);

export const setUpTwoFactor = () =>
  request<{ secret: string; provisioning_uri: string }>('POST', `${factor}/setup`, { body: {} });

const withCodes = async (verb: string, code: string): Promise<string[]> =>
  (await request<{ backup_codes: string[] }>('POST', `${factor}/${verb}`, { body: { code } })).backup_codes;

/** By its first code; the backup codes are told only now. */
export const enableTwoFactor = (code: string) => withCodes('verify', code);

export const newBackupCodes = (code: string) => withCodes('regenerate-backup-codes', code);

export const disableTwoFactor = (code: string) => request<unknown>('POST', `${factor}/disable`, { body: { code } });

// ── Notifications ──

export const notices = [
  'enabled',
  'message_notifications',
  'group_notifications',
  'show_preview',
  'sound',
  'vibration',
] as const;
export type Notices = Record<(typeof notices)[number], boolean>;

export const noticeSettings = async (): Promise<Notices> =>
  (await request<{ settings: Notices }>('GET', '/api/notifications/settings')).settings;

export const changeNotices = async (change: Partial<Notices>): Promise<Notices> =>
  (await request<{ settings: Notices }>('PUT', '/api/notifications/settings', { body: change })).settings;
