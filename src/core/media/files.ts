// Files that were brought: what is known of them, their bytes, their small pictures, and their end.

import { Readable } from 'node:stream';
import { prepared, type Actor, type Asking, type Context, type Member, type System } from '../context.ts';
import type { MediaId } from '../ids.ts';
import { limits } from './kinds.ts';
import { thumbnailKey } from './names.ts';
import { asMedia, noSuchMedia, type Media } from './shape.ts';
import { putThumbnail } from './uploads.ts';

/** What is known of a file; anybody signed in may ask. Throws `not_found` (`no_such_media`). */
export async function mediaById({ db }: Asking<Member>, { id }: { id: MediaId }): Promise<Media> {
  const row = await db
    .selectFrom('media')
    .selectAll()
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (!row) throw noSuchMedia();
  return asMedia(row);
}

/** Some bytes that can be read. */
export interface Bytes {
  size: number;
  /** All of them, or those from `start` to `end`, which count. Null: they are lost. */
  open(part?: { start: number; end: number }): Promise<Readable | null>;
}

/** A file by its name: knowing that is the right to read it. Throws `not_found` (`no_such_media`). */
export async function fileByName(
  { db, ports }: Asking<Actor>,
  { name }: { name: string },
): Promise<{ media: Media; bytes: Bytes }> {
  const row = await db
    .selectFrom('media')
    .selectAll()
    .where('name', '=', name)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (!row) throw noSuchMedia();
  return { media: asMedia(row), bytes: { size: row.size, open: (part) => ports.blobs.read(row.key, part) } };
}

/** A small picture of a file. `isFinal`: it will not become another. */
export interface Thumbnail {
  media: Media;
  bytes: Bytes;
  isFinal: boolean;
}

/**
 * The small picture of a picture or a film; a film that nobody has looked into has a stand-in. Throws `not_found`
 * (`no_such_media`), also for a file that has none.
 */
export async function thumbnailOf(
  { db, ports }: Asking<Actor>,
  file: { name: string } | { id: MediaId },
): Promise<Thumbnail> {
  const query = db.selectFrom('media').selectAll().where('deleted_at', 'is', null);
  const found = 'id' in file ? query.where('id', '=', file.id) : query.where('name', '=', file.name);
  const row = await found.executeTakeFirst();
  if (!row) throw noSuchMedia();
  const { thumbnail_key: key, thumbnail_size: size } = row;
  if (key !== null && size !== null) {
    const bytes: Bytes = { size, open: (part) => ports.blobs.read(key, part) };
    return { media: asMedia(row), bytes, isFinal: true };
  }
  if (row.kind !== 'video') throw noSuchMedia();
  const standIn = await ports.media.placeholder();
  const bytes: Bytes = {
    size: standIn.length,
    open: async (part) => Readable.from([part ? standIn.subarray(part.start, part.end + 1) : standIn]),
  };
  return { media: asMedia(row), bytes, isFinal: false };
}

/** Ends a file of one's own: at once for everybody, its bytes soon after. Throws `not_found` (`no_such_media`). */
export async function deleteMedia(ctx: Context<Member>, { id }: { id: MediaId }): Promise<void> {
  const ended = await ctx.tx
    .updateTable('media')
    .set({ deleted_at: new Date(ctx.now) })
    .where('id', '=', id)
    .where('account_id', '=', ctx.actor.accountId)
    .where('deleted_at', 'is', null)
    .returning('key')
    .executeTakeFirst();
  if (!ended) throw noSuchMedia();
  await ctx.enqueue({ name: 'remove-media', data: { key: ended.key } });
}

/** Removes the bytes of a file that was ended, then what is known of it: a job's. */
export const removeMedia = prepared(
  'removeMedia',
  async ({ ports }: Asking<System>, { key }: { key: string }) => {
    await ports.blobs.remove(key);
    await ports.blobs.remove(thumbnailKey(key));
  },
  async (ctx: Context<System>, { key }): Promise<void> => {
    await ctx.tx.deleteFrom('media').where('key', '=', key).where('deleted_at', 'is not', null).execute();
  },
);

/** Looks into a film or a recording: how long it is, how large, and a picture from it. A job's. */
export const describeMedia = prepared(
  'describeMedia',
  async ({ db, ports }: Asking<System>, { mediaId }: { mediaId: MediaId }) => {
    const row = await db.selectFrom('media').selectAll().where('id', '=', mediaId).executeTakeFirst();
    if (!row || row.deleted_at !== null || !(await ports.media.canPlay())) return null;
    const bytes = await ports.blobs.read(row.key);
    if (!bytes) return null;
    const piece = await ports.media.take(bytes, limits[row.kind]);
    try {
      const { poster, ...found } = await ports.media.play(piece, row.type);
      const thumbnailSize = poster && row.kind === 'video' ? await putThumbnail(ports.blobs, row.key, poster) : null;
      return { key: row.key, found, thumbnailSize };
    } finally {
      await piece.discard();
    }
  },
  async (ctx: Context<System>, { mediaId }, looked): Promise<void> => {
    if (!looked) return;
    const { key, found, thumbnailSize } = looked;
    const described = await ctx.tx
      .updateTable('media')
      .set({
        ...(found.seconds !== null && { seconds: found.seconds }),
        ...(found.width !== null && { width: found.width }),
        ...(found.height !== null && { height: found.height }),
        ...(thumbnailSize !== null && { thumbnail_key: thumbnailKey(key), thumbnail_size: thumbnailSize }),
      })
      .where('id', '=', mediaId)
      .where('deleted_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    // Ended while it was looked into: its small picture came too late to be removed with it.
    if (!described) await ctx.enqueue({ name: 'remove-media', data: { key } });
  },
);
