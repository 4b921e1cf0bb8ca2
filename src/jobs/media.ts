// What is done about files after the answer: a look into films, and tidying up.

import { describeMedia, removeMedia } from '../core/media/files.ts';
import { forgetMedia } from '../core/media/forget.ts';
import { collectUpload } from '../core/media/uploads.ts';
import type { AccountId, MediaId, UploadId } from '../core/ids.ts';
import type { Job } from '../core/ports.ts';
import type { JobTools } from './index.ts';

const system = { kind: 'system' } as const;

/** Removes what an upload has left. Doing it twice is doing it once. */
export async function collectUploadJob({ messenger }: JobTools, { uploadId }: Job['data']): Promise<void> {
  if (typeof uploadId !== 'number') throw new Error('collect-upload was enqueued without an uploadId');
  await messenger.execute(system, collectUpload, { uploadId: uploadId as UploadId });
}

/** Looks into a film or a recording. Doing it twice finds the same. */
export async function describeMediaJob({ messenger }: JobTools, { mediaId }: Job['data']): Promise<void> {
  if (typeof mediaId !== 'number') throw new Error('describe-media was enqueued without a mediaId');
  await messenger.execute(system, describeMedia, { mediaId: mediaId as MediaId });
}

/** Removes the bytes of a file that was deleted. Doing it twice is doing it once. */
export async function removeMediaJob({ messenger }: JobTools, { key }: Job['data']): Promise<void> {
  if (typeof key !== 'string') throw new Error('remove-media was enqueued without a key');
  await messenger.execute(system, removeMedia, { key });
}

/** Ends the files that a deleted account has left and nobody else shows. Doing it twice is doing it once. */
export async function forgetMediaJob({ messenger }: JobTools, { accountId, avatar }: Job['data']): Promise<void> {
  if (typeof accountId !== 'number') throw new Error('forget-media was enqueued without an accountId');
  const name = typeof avatar === 'string' ? avatar : null;
  while (await messenger.execute(system, forgetMedia, { accountId: accountId as AccountId, avatar: name }));
}
