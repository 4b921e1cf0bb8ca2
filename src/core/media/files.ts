// Files that were brought: what is known of them, their bytes, their small pictures, and their end.

import { Readable } from 'node:stream';
import { sql, type Selectable } from 'kysely';
import { changeProfile } from '../accounts/people.ts';
import { prepared, type Actor, type Asking, type Context, type Member, type System } from '../context.ts';
import type { MediaId } from '../ids.ts';
import type { Schema } from '../schema.ts';
import { limits } from './kinds.ts';
import { thumbnailKey } from './names.ts';
import { asMedia, noSuchMedia, notYourFile, type Media } from './shape.ts';
import { putThumbnail } from './uploads.ts';

type Row = Selectable<Schema['media']>;

/** Whether this person may ask for a file by its id alone. */
function mayAsk(actor: Actor) {
  const viewer = actor.kind === 'member' ? actor.accountId : null;
  return sql<boolean>`(media.purpose <> 'restricted' or media.account_id = ${viewer} or exists (
    select 1 from memberships s join conversations c on c.id = s.conversation_id
    where s.conversation_id = media.conversation_id and s.account_id = ${viewer} and s.left_at is null
      and c.deleted_at is null))`;
}

/** Throws `not_found` (`no_such_media`), and for an id alone `forbidden` (`not_your_file`). */
async function find({ db, actor }: Asking<Actor>, file: { name: string } | { id: MediaId }): Promise<Row> {
  const query = db.selectFrom('media').selectAll().select(mayAsk(actor).as('may')).where('deleted_at', 'is', null);
  const found = 'id' in file ? query.where('id', '=', file.id) : query.where('name', '=', file.name);
  const row = await found.executeTakeFirst();
  if (!row) throw noSuchMedia();
  if ('id' in file && !row.may) throw notYourFile();
  return row;
}

/**
 * What is known of a file; of a restricted one only its owner and those in its conversation may ask. Throws `not_found`
 * (`no_such_media`) and `forbidden` (`not_your_file`).
 */
export async function mediaById(asking: Asking<Member>, { id }: { id: MediaId }): Promise<Media> {
  return asMedia(await find(asking, { id }));
}

/** Some bytes that can be read. */
export interface Bytes {
  size: number;
  /** All of them, or those from `start` to `end`, which count. Null: they are lost. */
  open(part?: { start: number; end: number }): Promise<Readable | null>;
}

/** What changes at its place, as avatars do, is as large as the store says. */
async function bytesAt({ ports }: Asking<Actor>, row: Row, key: string, size: number): Promise<Bytes> {
  const found = row.purpose === 'avatar' ? await ports.blobs.find(key) : { size };
  if (!found) throw noSuchMedia();
  return { size: found.size, open: (part) => ports.blobs.read(key, part) };
}

export interface File {
  media: Media;
  bytes: Bytes;
}

/** A file by its name: knowing that is the right to read it. Throws `not_found` (`no_such_media`). */
export async function fileByName(asking: Asking<Actor>, { name }: { name: string }): Promise<File> {
  return fileOf(asking, await find(asking, { name }));
}

/** The same by its id, for who may ask for it: see `mediaById`. */
export async function fileById(asking: Asking<Member>, { id }: { id: MediaId }): Promise<File> {
  return fileOf(asking, await find(asking, { id }));
}

async function fileOf(asking: Asking<Actor>, row: Row): Promise<File> {
  return { media: asMedia(row), bytes: await bytesAt(asking, row, row.key, row.size) };
}

/** A small picture of a file. `isFinal`: it will not become another. */
export interface Thumbnail {
  media: Media;
  bytes: Bytes;
  isFinal: boolean;
}

/**
 * The small picture of a picture or a film; a film that nobody has looked into has a stand-in. Throws `not_found`
 * (`no_such_media`), also for a file that has none, and by id as `mediaById` does.
 */
export async function thumbnailOf(asking: Asking<Actor>, file: { name: string } | { id: MediaId }): Promise<Thumbnail> {
  const row = await find(asking, file);
  const { thumbnail_key: key, thumbnail_size: size } = row;
  if (key !== null && size !== null) {
    return { media: asMedia(row), bytes: await bytesAt(asking, row, key, size), isFinal: true };
  }
  if (row.kind !== 'video') throw noSuchMedia();
  const standIn = await asking.ports.media.placeholder();
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
    .returning(['key', 'purpose'])
    .executeTakeFirst();
  if (!ended) throw noSuchMedia();
  if (ended.purpose === 'avatar') await changeProfile(ctx, { avatarUrl: null });
  await ctx.enqueue({ name: 'remove-media', data: { key: ended.key } });
}

/** Removes the bytes of a file that was ended, then what is known of it: a job's. */
export const removeMedia = prepared(
  'removeMedia',
  async ({ db, ports }: Asking<System>, { key }: { key: string }) => {
    const row = await db.selectFrom('media').selectAll().where('key', '=', key).executeTakeFirst();
    // A new avatar has come to its place.
    if (row?.deleted_at === null) return;
    await ports.blobs.remove(key);
    await ports.blobs.remove(row?.thumbnail_key ?? thumbnailKey(key));
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
