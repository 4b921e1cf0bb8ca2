// The tables of media.

import type { Generated, GeneratedAlways } from 'kysely';
import type { AccountId, ConversationId, MediaId, UploadId } from '../ids.ts';

export interface MediaTables {
  media: MediaFiles;
  uploads: Uploads;
}

interface MediaFiles {
  id: Generated<MediaId>;
  account_id: AccountId;
  /** In the file's address, where it is the only right that is needed: random. */
  name: string;
  key: string;
  kind: 'image' | 'video' | 'audio' | 'document';
  type: string;
  file_name: string;
  size: number;
  width: number | null;
  height: number | null;
  seconds: number | null;
  thumbnail_key: string | null;
  thumbnail_size: number | null;
  created_at: Generated<Date>;
  deleted_at: Date | null;
  /** Who may ask for it by its id: `restricted` is for its owner and those in its conversation. */
  purpose: Generated<'shared' | 'restricted' | 'avatar'>;
  conversation_id: ConversationId | null;
}

interface Uploads {
  id: GeneratedAlways<UploadId>;
  account_id: AccountId;
  /** Where the client puts it, and who may: the client knows it. */
  incoming_key: string;
  /** What it will be called, and where it will be kept. */
  name: string;
  key: string;
  file_name: string;
  /** As claimed. */
  type: string;
  expires_at: Date;
  media_id: MediaId | null;
  created_at: Generated<Date>;
  /** The number that it will have, for a restricted file. */
  reserved_id: MediaId | null;
  conversation_id: ConversationId | null;
}
