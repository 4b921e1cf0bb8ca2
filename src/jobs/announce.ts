// Enters an announcement in the ledger, so many people at a time.

import type { AccountId, AnnouncementId } from '../core/ids.ts';
import { enterAnnouncement } from '../core/notifications/announcements.ts';
import type { Job } from '../core/ports.ts';
import type { JobTools } from './index.ts';

const system = { kind: 'system' } as const;

/** One step; the next one is promised with it. Doing it twice is doing it once. */
export async function announceJob({ messenger, onPlanned }: JobTools, data: Job['data']): Promise<void> {
  const { announcementId, from } = data;
  if (typeof announcementId !== 'number' || typeof from !== 'number') {
    throw new Error('announce was enqueued without an announcementId or its place');
  }
  const step = { id: announcementId as AnnouncementId, from: from as AccountId };
  if ((await messenger.execute(system, enterAnnouncement, step)) > 0) onPlanned?.();
}
