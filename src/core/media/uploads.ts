// Bringing a file, with leave: its bytes, a look at what they are, and only then a record of it.

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Actor, Asking, Context, Member, System } from '../context.ts';
import { prepared } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, Moment, UploadId } from '../ids.ts';
import type { Blobs, Piece, Ports, Small, Upload as Arrival } from '../ports.ts';
import { claimedKind, judge, limits, tooLarge, type Verdict } from './kinds.ts';
import type { UploadRow } from './leave.ts';
import { thumbnailKey } from './names.ts';
import { asMedia, type Media } from './shape.ts';

/** An upload that began in time may end later: until then it may also be completed. */
const graceSeconds = 1_800;
/** As much of a file as is needed to know what it is. */
const headBytes = 65_536;

/**
 * Lets the store take what a client sends to an address of its own. Nothing else changes by it. Throws `not_found`
 * (`no_such_upload`) for a key without leave, and as `Blobs.receive` does.
 */
export async function receiveUpload({ db, ports }: Asking<Actor>, arrival: Arrival): Promise<void> {
  const upload = await db
    .selectFrom('uploads')
    .select('id')
    .where('incoming_key', '=', arrival.key)
    .where('media_id', 'is', null)
    .executeTakeFirst();
  if (!upload || !ports.blobs.receive) throw new DomainError('not_found', 'no_such_upload', 'No such upload.');
  await ports.blobs.receive(arrival);
}

/** What the client knows of a film or a recording, for as long as nobody has looked into it. */
export interface Hints {
  seconds: number | null;
  width: number | null;
  height: number | null;
}

const noHints: Hints = { seconds: null, width: null, height: null };

interface Settled {
  upload: UploadRow;
  verdict: Verdict;
  size: number;
  width: number | null;
  height: number | null;
  thumbnailSize: number | null;
}

/**
 * Records a file that was put in the store with leave; the second time it answers the same. Throws `invalid`:
 * `no_such_upload` where nothing was put, or the leave is another's; `too_large`, `type_mismatch`, `type_not_allowed`,
 * `bad_picture` where it is refused, and removed.
 */
export const completeUpload = prepared(
  'completeUpload',
  async ({ db, ports, actor, now }: Asking<Member>, input: { incomingKey: string; name: string; hints: Hints }) => {
    const upload = await db
      .selectFrom('uploads')
      .selectAll()
      .where('incoming_key', '=', input.incomingKey)
      .where('name', '=', input.name)
      .executeTakeFirst();
    const open = allowed(upload, actor.accountId, now);
    return open.media_id === null ? settleStored(ports, open) : { upload: open };
  },
  async (ctx: Context<Member>, input, settled): Promise<Media> => record(ctx, settled, input.hints),
);

/** Records a file that comes through this server. Throws as `completeUpload` does; `bytes` is read or destroyed. */
export const storeUpload = prepared(
  'storeUpload',
  async ({ db, ports, actor, now }: Asking<Member>, input: { uploadId: UploadId; bytes: Readable }) => {
    const upload = await db.selectFrom('uploads').selectAll().where('id', '=', input.uploadId).executeTakeFirst();
    const open = allowed(upload, actor.accountId, now);
    const piece = await ports.media.take(input.bytes, limits[claimedKind(open.type)]);
    try {
      return await settlePiece(ports, open, piece, limits);
    } finally {
      await piece.discard();
    }
  },
  async (ctx: Context<Member>, _input, settled): Promise<Media> => record(ctx, settled, noHints),
);

/** Takes what comes in until it is known what it is for. Throws `invalid` (`too_large`) past `most` bytes. */
export function takeFile({ ports }: Asking<Member>, input: { bytes: Readable; most: number }): Promise<Piece> {
  return ports.media.take(input.bytes, input.most);
}

/** Records a file that was taken, however large it is. Throws as `completeUpload` does, but `too_large`. */
export const keepFile = prepared(
  'keepFile',
  async ({ db, ports, actor, now }: Asking<Member>, input: { uploadId: UploadId; piece: Piece; small: Small }) => {
    const upload = await db.selectFrom('uploads').selectAll().where('id', '=', input.uploadId).executeTakeFirst();
    return settlePiece(ports, allowed(upload, actor.accountId, now), input.piece, null, input.small);
  },
  async (ctx: Context<Member>, _input, settled): Promise<Media> => record(ctx, settled, noHints),
);

function allowed(upload: UploadRow | undefined, accountId: AccountId, now: Moment): UploadRow {
  if (upload?.account_id !== accountId || upload.expires_at.getTime() + graceSeconds * 1_000 < now) throw notUploaded();
  return upload;
}

/** Looks at what was put in the store, where nobody can change it any more. */
async function settleStored(ports: Ports, upload: UploadRow): Promise<Settled> {
  const { blobs, media } = ports;
  const { key, type } = upload;
  await blobs.move(upload.incoming_key, key, { type, download: claimedKind(type) === 'document' });
  const stored = await blobs.find(key);
  if (!stored) throw notUploaded();
  return orRemove(blobs, key, async () => {
    if (stored.size > limits[claimedKind(type)]) throw tooLarge();
    const end = Math.min(stored.size, headBytes) - 1;
    const head = end < 0 ? Buffer.of() : await buffer(await present(blobs.read(key, { start: 0, end })));
    const verdict = judge(type, await media.recognize(head));
    if (stored.size > limits[verdict.kind]) throw tooLarge();
    if (verdict.kind !== 'image') return plain(upload, verdict, stored.size);
    const piece = await media.take(await present(blobs.read(key)), limits.image);
    try {
      return await settlePicture(ports, upload, verdict, piece);
    } finally {
      await piece.discard();
    }
  });
}

async function settlePiece(
  ports: Ports,
  upload: UploadRow,
  piece: Piece,
  most: typeof limits | null,
  small?: Small,
): Promise<Settled> {
  const verdict = judge(upload.type, piece.type);
  if (most && piece.size > most[verdict.kind]) throw tooLarge();
  const { kind, type } = verdict;
  return orRemove(ports.blobs, upload.key, async () => {
    if (kind === 'image') return settlePicture(ports, upload, verdict, piece, small);
    await ports.blobs.put(upload.key, piece.size, () => piece.open(), { type, download: kind === 'document' });
    return plain(upload, verdict, piece.size);
  });
}

/** What a camera writes into its pictures (where, when, with what) does not reach the store. */
async function settlePicture(
  ports: Ports,
  upload: UploadRow,
  verdict: Verdict,
  piece: Piece,
  small?: Small,
): Promise<Settled> {
  const picture = await ports.media.clean(piece, small);
  try {
    const { size } = picture.piece;
    await ports.blobs.put(upload.key, size, () => picture.piece.open(), { type: verdict.type, download: false });
    const thumbnailSize = await putThumbnail(ports.blobs, upload.key, picture.thumbnail);
    return { upload, verdict, size, width: picture.width, height: picture.height, thumbnailSize };
  } finally {
    await picture.piece.discard();
  }
}

function plain(upload: UploadRow, verdict: Verdict, size: number): Settled {
  return { upload, verdict, size, width: null, height: null, thumbnailSize: null };
}

async function record(ctx: Context<Member>, settled: Settled | { upload: UploadRow }, hints: Hints): Promise<Media> {
  const upload = await ctx.tx
    .selectFrom('uploads')
    .selectAll()
    .where('id', '=', settled.upload.id)
    .forUpdate()
    .executeTakeFirst();
  if (!upload) throw notUploaded();
  if (upload.media_id !== null) {
    const known = ctx.tx.selectFrom('media').selectAll().where('id', '=', upload.media_id);
    return asMedia(await known.executeTakeFirstOrThrow());
  }
  if (!('verdict' in settled)) throw notUploaded();

  const { kind, type } = settled.verdict;
  const isPlayed = kind === 'video' || kind === 'audio';
  const told = isPlayed ? hints : noHints;
  const media = await ctx.tx
    .insertInto('media')
    .values({
      ...(upload.reserved_id !== null && { id: upload.reserved_id, purpose: 'restricted' as const }),
      conversation_id: upload.conversation_id,
      account_id: upload.account_id,
      name: upload.name,
      key: upload.key,
      kind,
      type,
      file_name: upload.file_name,
      size: settled.size,
      width: settled.width ?? told.width,
      height: settled.height ?? told.height,
      seconds: told.seconds,
      thumbnail_key: settled.thumbnailSize === null ? null : thumbnailKey(upload.key),
      thumbnail_size: settled.thumbnailSize,
      created_at: new Date(ctx.now),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await ctx.tx.updateTable('uploads').set({ media_id: media.id }).where('id', '=', upload.id).execute();
  if (isPlayed) await ctx.enqueue({ name: 'describe-media', data: { mediaId: media.id } });
  return asMedia(media);
}

/** Removes whatever an upload has left, when nobody can be at work on it any more: a job's. */
export const collectUpload = prepared(
  'collectUpload',
  async ({ db, ports }: Asking<System>, { uploadId }: { uploadId: UploadId }) => {
    const upload = await db.selectFrom('uploads').selectAll().where('id', '=', uploadId).executeTakeFirst();
    if (!upload) return;
    await ports.blobs.remove(upload.incoming_key);
    const kept = db.selectFrom('media').select('id').where('key', '=', upload.key);
    if (await kept.executeTakeFirst()) return;
    await ports.blobs.remove(upload.key);
    await ports.blobs.remove(thumbnailKey(upload.key));
  },
  async (ctx: Context<System>, { uploadId }): Promise<void> => {
    await ctx.tx.deleteFrom('uploads').where('id', '=', uploadId).execute();
  },
);

/** Stores a file's small picture beside it. Answers its size. */
export async function putThumbnail(blobs: Blobs, key: string, jpeg: Uint8Array): Promise<number> {
  const about = { type: 'image/jpeg', download: false };
  await blobs.put(thumbnailKey(key), jpeg.length, () => Readable.from([jpeg]), about);
  return jpeg.length;
}

/** What fails here leaves nothing in the store. */
async function orRemove<T>(blobs: Blobs, key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // A store that does not answer is asked again by the job.
    await Promise.allSettled([blobs.remove(key), blobs.remove(thumbnailKey(key))]);
    throw error;
  }
}

async function present(reading: Promise<Readable | null>): Promise<Readable> {
  const bytes = await reading;
  if (!bytes) throw notUploaded();
  return bytes;
}

function notUploaded(): DomainError {
  return new DomainError('invalid', 'no_such_upload', 'Nothing was uploaded there.', { field: 'file_key' });
}
