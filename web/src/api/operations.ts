// The server's own routes for superusers, which belong to no dialect: figures, deliveries, changes, settings, sessions.

import { request } from './http.ts';

// ── Figures of the process that answers ──

export interface Latency {
  count: number;
  refused: number;
  failed: number;
  p50_ms: number | null;
  p95_ms: number | null;
  p99_ms: number | null;
}

export interface Figures {
  process: {
    id: number;
    version: string;
    node: string;
    started_at: string;
    uptime_seconds: number;
    memory: { rss: number; heap_used: number; heap_total: number };
  };
  /** Open sockets by dialect. */
  connections: Record<string, number>;
  frames: { delivered: number; slow_cut: number; filled_from_log: number; missing_from_log: number };
  sends: { since_start: number; last_minute: number };
  commands: { name: string; since_start: Latency; last_minute: Latency }[];
  deliveries: { service: string; state: string; count: number }[];
  jobs: { name: string; waiting: number; active: number; failed: number }[];
}

export const figures = () => request<Figures>('GET', '/operations/figures');

// ── Deliveries ──

export const services = ['app', 'browser', 'sms', 'mail', 'webhook'] as const;
export type Service = (typeof services)[number];

export const states = ['waiting', 'sending', 'delivered', 'refused', 'unsure', 'gone', 'dropped', 'given_up'] as const;
export type DeliveryState = (typeof states)[number];

interface Named {
  id: string;
  username: string;
}

export interface Delivery {
  id: number;
  sent_as: string;
  service: Service;
  adapter: string | null;
  kind: string;
  state: DeliveryState;
  attempts: number;
  outcome: string | null;
  vendor_id: string | null;
  account: Named | null;
  conversation_id: string | null;
  can_replay: boolean;
  due_at: string | null;
  created_at: string;
  updated_at: string;
}

export interface Attempt {
  no: number;
  adapter: string | null;
  began_at: string;
  ended_at: string | null;
  /** Null: under way. */
  outcome: string | null;
  reason: string | null;
  vendor_id: string | null;
  asked_by: Named | null;
}

export interface DeliveryFilter {
  service?: Service;
  state?: DeliveryState;
  account?: string;
}

export const deliveries = (filter: DeliveryFilter, before?: number) =>
  request<{ deliveries: Delivery[]; next: number | null }>('GET', '/operations/deliveries', {
    query: { ...filter, before },
  });

export const delivery = (id: number) =>
  request<Delivery & { history: Attempt[] }>('GET', `/operations/deliveries/${id}`);

/** Another attempt of the same delivery, within seconds. */
export const replay = (id: number) =>
  request<Delivery & { history: Attempt[] }>('POST', `/operations/deliveries/${id}/replay`);

// ── One account ──

export interface Change {
  at: string;
  kind: string;
  stream: 'own' | 'conversation';
  conversation_id: string | null;
  change_no: number | null;
  message_id: string | null;
  by: string | null;
  concerning: string[];
  detail: Record<string, unknown> | null;
}

/** What happened to an account after a cursor; without one, from the oldest that is kept. */
export const changes = (account: string, cursor?: string) =>
  request<{ changes: Change[]; cursor: string; more: boolean }>('GET', `/operations/accounts/${account}/changes`, {
    query: { cursor, limit: 500 },
  });

export interface SessionOf {
  id: number;
  device: string | null;
  address: string | null;
  created_at: string;
  expires_at: string;
}

export const sessionsOf = async (account: string): Promise<SessionOf[]> =>
  (await request<{ sessions: SessionOf[] }>('GET', `/operations/accounts/${account}/sessions`)).sessions;

/** One of them, or all. */
export const endSessionsOf = (account: string, session?: number) =>
  request<unknown>('DELETE', `/operations/accounts/${account}/sessions${session === undefined ? '' : `/${session}`}`);

// ── Reports ──

export interface Spoken {
  id: string;
  sender: Named;
  kind: string;
  /** Null: sealed, or deleted since. */
  content: string | null;
  media_url: string | null;
  created_at: string;
  is_reported: boolean;
}

export interface ReportSubject {
  account: Named | null;
  conversation: { id: string; kind: 'direct' | 'group' | 'channel'; name: string | null } | null;
  /** The reported message between those around it, oldest first. */
  messages: Spoken[];
}

export const reportSubject = (report: number) => request<ReportSubject>('GET', `/operations/reports/${report}`);

// ── Settings ──

export interface SettingInForce {
  name: string;
  aliases: string[];
  value: unknown;
  is_set: boolean;
  is_default: boolean;
  is_secret: boolean;
  meaning: string;
}

export const settingsInForce = async () =>
  (await request<{ groups: { name: string; settings: SettingInForce[] }[] }>('GET', '/operations/settings')).groups;
