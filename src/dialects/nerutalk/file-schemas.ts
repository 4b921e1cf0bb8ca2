// The shapes of files, pictures of people, stickers and GIFs (contract, 5.16 to 5.18), in both spellings.

import { Type, type Static } from 'typebox';
import { Nullable } from '../fastapi.ts';
import { fileTypes } from './file-kinds.ts';
import { count, flag, Message, text, time, uuid } from './schemas.ts';

const file = {
  file_id: uuid,
  id: uuid,
  file_url: text,
  url: text,
  file_name: text,
  name: text,
  original_name: text,
  originalName: text,
  file_size: count,
  size: count,
  thumbnail_url: Nullable(text),
  thumbnailUrl: Nullable(text),
  message_type: Type.Enum([...fileTypes]),
  type: Type.Enum(['image', 'video', 'audio', 'document']),
  mime_type: text,
  mimeType: text,
  created_at: time,
  createdAt: time,
};
export const File = Type.Object({ ...file, status: Type.Literal('uploaded'), message: Type.Optional(Message) });
export type File = Static<typeof File>;

/** One of several: the file, if it was kept, and what became of it. */
export const FileOutcome = Type.Object({
  ...Object.fromEntries(Object.entries(file).map(([name, schema]) => [name, Type.Optional(schema)])),
  file_name: text,
  status: Type.Enum(['success', 'uploaded_but_message_failed', 'failed']),
  error: Nullable(text),
  message: Type.Optional(Message),
});

export const Avatar = Type.Object({
  avatar_url: text,
  thumbnail_url: text,
  original_url: text,
  message: text,
  id: uuid,
  user_id: uuid,
  file_name: text,
  file_size: count,
  mime_type: text,
  width: Nullable(Type.Integer()),
  height: Nullable(Type.Integer()),
  status: Type.Literal('completed'),
  created_at: time,
  processed_at: time,
});
export type Avatar = Static<typeof Avatar>;

export const Sticker = Type.Object({
  id: text,
  pack_id: text,
  packId: text,
  pack_name: text,
  name: text,
  url: text,
  thumbnail_url: text,
  thumbnailUrl: text,
  tags: Type.Array(text),
  created_at: time,
  createdAt: time,
});
export type Sticker = Static<typeof Sticker>;

export const StickerPack = Type.Object({
  id: text,
  name: text,
  description: text,
  thumbnail: text,
  thumbnail_url: text,
  thumbnailUrl: text,
  stickers: Type.Array(Sticker),
  is_premium: flag,
  isPremium: flag,
  is_installed: flag,
  isInstalled: flag,
  created_at: time,
  createdAt: time,
});
export type StickerPack = Static<typeof StickerPack>;

export const Gif = Type.Object({
  id: text,
  title: text,
  url: text,
  preview_url: text,
  previewUrl: text,
  thumbnail_url: text,
  thumbnailUrl: text,
  width: count,
  height: count,
  source: text,
  attribution: text,
  tags: Type.Array(text),
});
export type Gif = Static<typeof Gif>;
