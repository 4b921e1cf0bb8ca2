// AI Messaging: whether I am a superuser, where I am signed in, and what I report. What superusers do with it is in
// ai-messaging-admin.ts.

import { request } from './http.ts';

export const standing = () => request<{ is_superuser: boolean }>('GET', '/auth/me');

/** AI Messaging writes UTC without a zone. */
export function utc(time: string): string {
  return `${time}Z`;
}

// ── Sessions ──

export interface OwnSession {
  id: number;
  /** What the browser or app called itself. */
  device: string | null;
  address: string | null;
  createdAt: string;
}

interface WireSession {
  id: number;
  device_info: string | null;
  ip_address: string | null;
  created_at: string;
}

/** The latest first. */
export const sessions = async (): Promise<OwnSession[]> => {
  const all = await request<WireSession[]>('GET', '/auth/sessions');
  return all
    .map(({ id, device_info, ip_address, created_at }) => ({
      id,
      device: device_info,
      address: ip_address,
      createdAt: utc(created_at),
    }))
    .sort((a, b) => b.id - a.id);
};

export const endSession = (id: number) => request<unknown>('DELETE', `/auth/sessions/${id}`);

// ── Reports ──

export interface Report {
  id: number;
  by: string | null;
  title: string;
  content: string;
  status: 'open' | 'in_progress' | 'resolved';
  /** What a superuser answered. */
  comment: string | null;
  answeredBy: string | null;
  createdAt: string;
}

export interface WireReport {
  id: number;
  reporter_username: string | null;
  title: string;
  content: string;
  status: Report['status'];
  comment: string | null;
  resolver_username: string | null;
  created_at: string;
}

export function readReport(report: WireReport): Report {
  return {
    id: report.id,
    by: report.reporter_username,
    title: report.title,
    content: report.content,
    status: report.status,
    comment: report.comment,
    answeredBy: report.resolver_username,
    createdAt: utc(report.created_at),
  };
}

/** Tells the superusers of a message. */
export const reportMessage = (messageId: string, title: string, content: string) =>
  request<unknown>('POST', '/reports', { body: { title, content, message_id: messageId } });

/** What I reported, and what became of it; the newest first. */
export const myReports = async (): Promise<Report[]> =>
  (await request<WireReport[]>('GET', '/reports')).map(readReport);
