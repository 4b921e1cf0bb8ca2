// NeruTalk's words to everybody's devices, and how far they have come.

import { request } from './http.ts';

export interface Broadcast {
  title: string;
  body: string;
  type: string;
  priority: 'low' | 'normal' | 'high';
  /** Which devices; none is all. */
  devices: readonly ('ios' | 'android' | 'web')[];
}

const base = '/api/v1/push-notifications';

/** Answers its id. The same key is the same broadcast. */
export const broadcast = async (words: Broadcast, key: string): Promise<number> => {
  const { broadcast_id } = await request<{ broadcast_id: number }>('POST', `${base}/broadcast`, {
    key,
    body: {
      title: words.title,
      body: words.body,
      notification_type: words.type,
      priority: words.priority,
      ...(words.devices.length > 0 && { device_types: words.devices }),
    },
  });
  return broadcast_id;
};

export interface Progress {
  id: number;
  status: 'pending' | 'sending' | 'sent';
  /** Of 100. */
  progress: number;
  success_count: number;
  failure_count: number;
  pending_count: number;
  created_at: string;
  finished_at: string | null;
}

export const progressOf = (id: number) => request<Progress>('GET', `${base}/broadcasts/${id}`);
