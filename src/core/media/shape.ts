// A shared file as everyone sees it.

import { DomainError } from '../errors.ts';
import type { AccountId, MediaId, Moment } from '../ids.ts';
import type { Schema } from '../schema.ts';
import type { Selectable } from 'kysely';
import type { MediaKind } from './kinds.ts';

export interface Media {
  id: MediaId;
  accountId: AccountId;
  kind: MediaKind;
  /** MIME. */
  type: string;
  /** Whoever is signed in may ask for it by its id; or its owner alone, and who is in its conversation. */
  isRestricted: boolean;
  isAvatar: boolean;
  /** What it is called in its address: whoever knows it may read the file. */
  name: string;
  /** Where the store keeps it. */
  key: string;
  /** What its owner calls it. */
  fileName: string;
  size: number;
  width: number | null;
  height: number | null;
  seconds: number | null;
  /** Films have one from the start, if only a stand-in. */
  hasThumbnail: boolean;
  createdAt: Moment;
}

export function asMedia(row: Selectable<Schema['media']>): Media {
  return {
    id: row.id,
    accountId: row.account_id,
    kind: row.kind,
    type: row.type,
    isRestricted: row.purpose === 'restricted',
    isAvatar: row.purpose === 'avatar',
    name: row.name,
    key: row.key,
    fileName: row.file_name,
    size: row.size,
    width: row.width,
    height: row.height,
    seconds: row.seconds,
    hasThumbnail: row.thumbnail_key !== null || row.kind === 'video',
    createdAt: row.created_at.getTime(),
  };
}

export function notYourFile(): DomainError {
  return new DomainError('forbidden', 'not_your_file', 'This file is not yours.');
}

/** Also of a file that is somebody else's to delete. */
export function noSuchMedia(): DomainError {
  return new DomainError('not_found', 'no_such_media', 'File not found.');
}
