// What superusers do through Pythia: finding people, keeping them out, removing messages, and what was done.

import { request } from './http.ts';
import type { Person } from './shapes.ts';

const base = '/api/v1/admin';

export interface Ranked extends Person {
  username: string;
  standing: 'ACTIVE' | 'SUSPENDED' | 'BANNED';
  /** While suspended, or banned for a time. */
  until: string | null;
  ranks: { rank: string; channelId: string | null }[];
  createdAt: string;
}

interface WireRanked {
  id: string;
  username: string;
  avatar: string | null;
  status: Ranked['standing'];
  banned_until: string | null;
  created_at: string;
  roles: { role: string; channel_id: string | null }[];
}

function readRanked(person: WireRanked): Ranked {
  return {
    id: person.id,
    name: person.username,
    username: person.username,
    avatarUrl: person.avatar,
    isOnline: false,
    lastSeen: null,
    standing: person.status,
    until: person.banned_until,
    ranks: person.roles.map(({ role, channel_id }) => ({ rank: role, channelId: channel_id })),
    createdAt: person.created_at,
  };
}

export const pageSize = 50;

/** By username, a page at a time from 1. */
export const people = async (search: string, page: number): Promise<Ranked[]> => {
  const query = { page, limit: pageSize, ...(search !== '' && { search }) };
  return (await request<WireRanked[]>('GET', `${base}/users`, { query })).map(readRanked);
};

export const person = async (id: string): Promise<Ranked> =>
  readRanked(await request<WireRanked>('GET', `${base}/users/${id}`));

/** For a time; their sessions end. */
export const suspend = (id: string, reason: string, hours: number) =>
  request<unknown>('POST', `${base}/users/${id}/suspend`, { body: { reason, duration_hours: hours } });

export const ban = (id: string, reason: string) =>
  request<unknown>('POST', `${base}/users/${id}/ban`, { body: { reason } });

export const readmit = (id: string) => request<unknown>('POST', `${base}/users/${id}/unban`, { body: {} });

/** For everybody. */
export const removeMessage = (id: string, reason: string) =>
  request<unknown>('DELETE', `${base}/messages/${id}`, { query: { reason: reason === '' ? undefined : reason } });

export interface Action {
  id: string;
  what: string;
  by: string;
  reason: string | null;
  createdAt: string;
}

export interface Overview {
  people: number;
  active: number;
  suspended: number;
  banned: number;
  channels: number;
  messages: number;
  actions: Action[];
}

interface WireOverview {
  total_users: number;
  active_users: number;
  suspended_users: number;
  banned_users: number;
  total_channels: number;
  total_messages: number;
  recent_actions: {
    id: string;
    action_type: string;
    admin: { username: string };
    reason: string | null;
    created_at: string;
  }[];
}

export const overview = async (): Promise<Overview> => {
  const all = await request<WireOverview>('GET', `${base}/dashboard`);
  return {
    people: all.total_users,
    active: all.active_users,
    suspended: all.suspended_users,
    banned: all.banned_users,
    channels: all.total_channels,
    messages: all.total_messages,
    actions: all.recent_actions.map(({ id, action_type, admin, reason, created_at }) => ({
      id,
      what: action_type,
      by: admin.username,
      reason,
      createdAt: created_at,
    })),
  };
};
