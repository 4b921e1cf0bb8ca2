// The picture of somebody: one a person, always at the same place, under another address each time.

import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { changeProfile } from '../accounts/people.ts';
import { prepared, type Asking, type Context, type Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { MediaId } from '../ids.ts';
import type { Piece, Small } from '../ports.ts';
import { judge } from './kinds.ts';
import { plainName } from './names.ts';
import { asMedia, type Media } from './shape.ts';

export interface NewAvatar {
  /** As `takeFile` took it. */
  piece: Piece;
  fileName: string;
  /** MIME, as claimed. */
  type: string;
  small: Small;
  /** Where the store keeps it, and it small. */
  key: string;
  thumbnailKey: string;
  /** Its address, for the profile. */
  addressOf(media: { id: MediaId; name: string }): string;
}

/**
 * Gives the caller a picture, as JPEG; the one before is gone. Throws `invalid` (`not_a_picture`, `bad_picture`,
 * `type_not_allowed`, `type_mismatch`).
 */
export const changeAvatar = prepared(
  'changeAvatar',
  async ({ ports }: Asking<Member>, { piece, type, small, ...input }: NewAvatar) => {
    if (judge(type, piece.type).kind !== 'image') throw notAPicture();
    const { piece: portrait, thumbnail, width, height } = await ports.media.portray(piece, small);
    try {
      const about = { type: 'image/jpeg', download: false };
      await ports.blobs.put(input.key, portrait.size, () => portrait.open(), about);
      await ports.blobs.put(input.thumbnailKey, thumbnail.length, () => Readable.from([thumbnail]), about);
      return { size: portrait.size, thumbnailSize: thumbnail.length, width, height };
    } finally {
      await portrait.discard();
    }
  },
  async (ctx: Context<Member>, input, { size, thumbnailSize, width, height }): Promise<Media> => {
    const { accountId } = ctx.actor;
    // Two at once would both find that there is none yet.
    await ctx.tx.selectFrom('accounts').select('id').where('id', '=', accountId).forUpdate().execute();
    await ctx.tx.deleteFrom('media').where('key', '=', input.key).execute();
    const row = await ctx.tx
      .insertInto('media')
      .values({
        account_id: accountId,
        purpose: 'avatar',
        name: `${randomUUID()}.jpg`,
        key: input.key,
        kind: 'image',
        type: 'image/jpeg',
        file_name: plainName(input.fileName),
        size,
        width,
        height,
        thumbnail_key: input.thumbnailKey,
        thumbnail_size: thumbnailSize,
        created_at: new Date(ctx.now),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    const media = asMedia(row);
    await changeProfile(ctx, { avatarUrl: input.addressOf(media) });
    return media;
  },
);

/** Takes the caller's picture away, wherever it was kept. */
export async function removeAvatar(ctx: Context<Member>, _input: object): Promise<void> {
  await changeProfile(ctx, { avatarUrl: null });
  const ended = await ctx.tx
    .updateTable('media')
    .set({ deleted_at: new Date(ctx.now) })
    .where('account_id', '=', ctx.actor.accountId)
    .where('purpose', '=', 'avatar')
    .where('deleted_at', 'is', null)
    .returning('key')
    .executeTakeFirst();
  if (ended) await ctx.enqueue({ name: 'remove-media', data: { key: ended.key } });
}

function notAPicture(): DomainError {
  return new DomainError('invalid', 'not_a_picture', 'This is not a picture.', { field: 'file' });
}
