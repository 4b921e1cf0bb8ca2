// Sending words to devices, and waiting a little for what becomes of them.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Static, TObject } from 'typebox';
import type { Member } from '../../core/context.ts';
import type { Messenger } from '../../core/execute.ts';
import type { AnnouncementId, Moment } from '../../core/ids.ts';
import { announce, type NewAnnouncement } from '../../core/notifications/announcements.ts';
import { announcementReport, type AnnouncementReport } from '../../core/notifications/reports.ts';
import { InvalidRequest, valueError } from '../fastapi.ts';
import type { manner, recipients } from './announcement-shapes.ts';
import type { Ids } from './ids.ts';
import { readMoment } from './moments.ts';

/** In milliseconds: what has no outcome by then is told as pending. */
const patience = 3_000;
const breath = 100;

/** How far ahead something can be planned, in days: the ledger is not kept for ever. */
const farthest = 30;

/** Sends, and waits for outcomes. What is planned for later is not waited for. */
export async function sendWords(
  messenger: Messenger,
  member: Member,
  input: NewAnnouncement,
): Promise<AnnouncementReport> {
  const { id } = await messenger.execute(member, announce, input);
  const end = Date.now() + (input.scheduledAt === null ? patience : 0);
  for (;;) {
    const report = await reportOf(messenger, member, id);
    if ((report.finishedAt !== null && report.open === 0) || Date.now() >= end) return report;
    await sleep(breath);
  }
}

export function reportOf(messenger: Messenger, member: Member, id: AnnouncementId): Promise<AnnouncementReport> {
  return messenger.ask(member, announcementReport, { id });
}

/** Throws InvalidRequest if nobody is named, or what is no id is. */
export function readRecipients(body: Partial<Static<TObject<typeof recipients>>>, member: Member, read: Ids) {
  const field = Array.isArray(body.user_ids) ? 'user_ids' : 'recipient_user_ids';
  const given = body[field];
  if (!Array.isArray(given)) {
    throw new InvalidRequest({ type: 'missing', loc: ['body', 'user_ids'], msg: 'Field required' });
  }
  if (given.length === 0) return [member.accountId];
  return given.map((each, index) => read.account(each, ['body', field, index]));
}

/** How words are brought. Throws InvalidRequest. */
export function readManner(
  body: Partial<Static<TObject<typeof manner>>>,
): Pick<NewAnnouncement, 'platforms' | 'imageUrl' | 'clickAction' | 'urgency' | 'scheduledAt'> {
  return {
    platforms: body.device_types && body.device_types.length > 0 ? body.device_types : null,
    imageUrl: body.image_url ?? null,
    clickAction: body.click_action || null,
    urgency: body.priority ?? 'normal',
    scheduledAt: readSchedule(body.scheduled_at),
  };
}

/** Null: at once, which is also what is left of the past. */
function readSchedule(text: string | null | undefined): Moment | null {
  const moment = readMoment(text, ['body', 'scheduled_at']);
  if (moment === undefined || moment <= Date.now()) return null;
  if (moment <= Date.now() + farthest * 86_400_000) return moment;
  throw new InvalidRequest(valueError(['body', 'scheduled_at'], `must be within ${farthest} days`));
}
