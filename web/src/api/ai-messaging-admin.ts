// What superusers do through AI Messaging: people, roles, reports.

import { readReport, utc, type Report, type WireReport } from './ai-messaging.ts';
import { request } from './http.ts';

export interface Account {
  /** AI Messaging's own; other dialects know the account by its UUID. */
  id: number;
  username: string;
  name: string | null;
  email: string;
  phone: string | null;
  isActive: boolean;
  isSuperuser: boolean;
  createdAt: string;
}

interface WireAccount {
  id: number;
  username: string;
  full_name: string | null;
  email: string;
  phone_number: string | null;
  is_active: boolean;
  is_superuser: boolean;
  created_at: string;
}

function readAccount(account: WireAccount): Account {
  return {
    id: account.id,
    username: account.username,
    name: account.full_name,
    email: account.email,
    phone: account.phone_number,
    isActive: account.is_active,
    isSuperuser: account.is_superuser,
    createdAt: utc(account.created_at),
  };
}

/** By its UUID. */
export const account = async (id: string): Promise<Account> =>
  readAccount(await request<WireAccount>('GET', `/auth/users/${id}`));

export const createAccount = async (person: {
  username: string;
  email: string;
  password: string;
  name: string;
}): Promise<Account> =>
  readAccount(
    await request<WireAccount>('POST', '/auth/users', {
      body: {
        username: person.username,
        email: person.email,
        password: person.password,
        full_name: person.name === '' ? null : person.name,
      },
    }),
  );

export const setActive = (id: number, active: boolean) =>
  request<unknown>('PUT', `/auth/users/${id}/${active ? 'enable' : 'disable'}`);

export const setSuperuser = (id: number, superuser: boolean) =>
  request<unknown>('PUT', `/auth/users/${id}/superuser`, { body: { is_superuser: superuser } });

export interface Role {
  id: number;
  name: string;
  description: string | null;
}

export const roles = () => request<Role[]>('GET', '/auth/roles');

export const createRole = (name: string, description: string) =>
  request<Role>('POST', '/auth/roles', { body: { name, description: description === '' ? null : description } });

export const deleteRole = (id: number) => request<unknown>('DELETE', `/auth/roles/${id}`);

export const rolesOf = (accountId: number) => request<Role[]>('GET', `/auth/users/${accountId}/roles`);

/** Exactly these. */
export const assignRoles = (accountId: number, roleIds: readonly number[]) =>
  request<unknown>('PUT', `/auth/users/${accountId}/roles`, { body: { role_ids: roleIds } });

/** Everybody's, the newest first. */
export const allReports = async (status?: Report['status']): Promise<Report[]> =>
  (await request<WireReport[]>('GET', '/reports/admin/all', { query: { status_filter: status } })).map(readReport);

export const answerReport = (id: number, comment: string, status: Report['status']) =>
  request<unknown>('POST', `/reports/${id}/comment`, { body: { comment, status } });

export const resolveReport = (id: number, comment: string) =>
  request<unknown>('PUT', `/reports/${id}/resolve`, { body: comment === '' ? {} : { comment } });
