// NeruTalk: my profile and picture, how I am found, where I am told of things, my password, my data, and leaving.

import { request } from './http.ts';
import type { Language } from '../texts/texts.ts';

// ── Profile ──

export interface Profile {
  id: string;
  username: string;
  name: string;
  bio: string;
  status: (typeof doings)[number];
  statusMessage: string;
  email: string;
  phone: string | null;
  avatarUrl: string | null;
}

export const doings = ['online', 'away', 'busy', 'offline'] as const;

interface WireProfile {
  id: string;
  username: string;
  email: string;
  display_name: string | null;
  bio: string | null;
  status: Profile['status'];
  status_message: string | null;
  phone_number: string | null;
  avatar_url: string | null;
}

function readProfile(profile: WireProfile): Profile {
  return {
    id: profile.id,
    username: profile.username,
    name: profile.display_name ?? '',
    bio: profile.bio ?? '',
    status: profile.status,
    statusMessage: profile.status_message ?? '',
    email: profile.email,
    phone: profile.phone_number,
    avatarUrl: profile.avatar_url,
  };
}

export const profile = async (): Promise<Profile> => readProfile(await request<WireProfile>('GET', '/api/v1/profile'));

/** An empty text clears. */
export const changeProfile = async (
  change: Partial<Pick<Profile, 'name' | 'bio' | 'status' | 'statusMessage'>>,
): Promise<Profile> =>
  readProfile(
    await request<WireProfile>('PUT', '/api/v1/profile', {
      body: {
        ...(change.name !== undefined && { display_name: change.name }),
        ...(change.bio !== undefined && { bio: change.bio }),
        ...(change.status !== undefined && { status: change.status }),
        ...(change.statusMessage !== undefined && { status_message: change.statusMessage }),
      },
    }),
  );

export const changeAvatar = (picture: Blob) => {
  const body = new FormData();
  body.set('avatar', picture, 'avatar.jpg');
  return request<{ avatar_url: string }>('POST', '/api/v1/profile/avatar', { body });
};

export const removeAvatar = () => request<unknown>('DELETE', '/api/v1/profile/avatar');

/** What pushes are written in, and what NeruTalk's own apps open with. */
export const tellLanguage = (language: Language) => {
  const names = { en: 'en', id: 'id', ja: 'jp', ko: 'ko', zh: 'cn' } as const;
  return request<unknown>('PUT', '/api/v1/settings/app', { body: { language: names[language] } });
};

// ── Privacy ──

/** Those that only NeruTalk has. */
export const profileSwitches = [
  'show_email',
  'show_phone_number',
  'allow_search_by_email',
  'allow_search_by_phone',
] as const;
export type ProfilePrivacy = Record<(typeof profileSwitches)[number], boolean>;

/** Without a change, what they are now: nothing else answers it. */
export const changeProfilePrivacy = (change: Partial<ProfilePrivacy> = {}) =>
  request<ProfilePrivacy>('PUT', '/api/v1/profile/privacy', { body: change });

// ── Devices ──

/** Phones and browsers that are told while nobody looks. */
export interface Device {
  id: number;
  kind: 'ios' | 'android' | 'web';
  name: string | null;
  lastUsedAt: string;
}

const deviceTokens = '/api/v1/push-notifications/device-tokens';

export const devices = async (): Promise<Device[]> => {
  const all = await request<
    { id: number; device_type: Device['kind']; device_name: string | null; last_used_at: string }[]
  >('GET', deviceTokens);
  return all.map(({ id, device_type, device_name, last_used_at }) => ({
    id,
    kind: device_type,
    name: device_name,
    lastUsedAt: last_used_at,
  }));
};

export const removeDevice = (id: number) => request<unknown>('DELETE', `${deviceTokens}/${id}`);

// ── The account ──

export const changePassword = (current: string, next: string) =>
  request<unknown>('POST', '/api/v1/settings/security/change-password', {
    body: { current_password: current, new_password: next },
  });

/** What the server keeps of me. */
export const everythingOfMine = () => request<Record<string, unknown>>('GET', '/api/v1/profile/export');

export const deleteAccount = () => request<unknown>('DELETE', '/api/v1/profile');
