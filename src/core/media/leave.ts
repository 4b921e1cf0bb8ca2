// Leave to bring a file: who may, what they claim it to be, and where it will be kept.
//
// A file is put under one key and kept under another, which nobody outside can write to: what was looked at is what is
// kept, however long the address to put it at stays good. The job promised with the leave looks after what is left.

import { sql, type Selectable } from 'kysely';
import { prepared, type Asking, type Context, type Member } from '../context.ts';
import { enter } from '../conversations/membership.ts';
import { DomainError } from '../errors.ts';
import type { ConversationId, MediaId, Moment, UploadId } from '../ids.ts';
import type { Schema } from '../schema.ts';
import { claimedKind, limits, plainType, refuseUnseen, tooLarge } from './kinds.ts';
import { incomingKey, monthly, plainName, randomName } from './names.ts';

/** How long an address to upload to is good (URGE's contract, section 10). */
const leaveSeconds = 3_600;
/** Well after that nobody can be at work on it. */
const collectSeconds = 2 * leaveSeconds;
const mostUnfinished = 200;

/** What somebody is about to bring. */
export interface Claim {
  /** Where the store is to keep it: the months are made by the core. */
  folder: string;
  fileName: string;
  /** MIME, as claimed. */
  type: string;
  /** In bytes; null: not said. */
  size: number | null;
}

/** Who alone may ask for a file, its owner aside. */
export interface Restriction {
  /** Those in this conversation; null: nobody. */
  conversationId: ConversationId | null;
  /** Where the store is to keep it, by the number that it will have. */
  keyOf(id: MediaId): string;
}

/** Leave to bring one file. */
export interface Leave {
  id: UploadId;
  incomingKey: string;
  name: string;
  key: string;
}

export type UploadRow = Selectable<Schema['uploads']>;
type Draft = Omit<UploadRow, 'id' | 'account_id' | 'media_id' | 'created_at' | 'reserved_id' | 'conversation_id'>;

const unrestricted = { reserved_id: null, conversation_id: null };

/**
 * Gives leave to bring a file to an address of the store's. Throws `invalid` (`type_not_allowed`, `too_large`) and
 * `too_many` (`too_many_uploads`).
 */
export const requestUpload = prepared(
  'requestUpload',
  async ({ ports, now }: Asking<Member>, claim: Claim) => {
    const draft = draftOf(claim, now);
    refuseUnseen(draft.type);
    const most = limits[claimedKind(draft.type)];
    if ((claim.size ?? 0) > most) throw tooLarge();
    const terms = { type: draft.type, size: claim.size, most, expiresAt: draft.expires_at.getTime() };
    return { draft, url: await ports.blobs.uploadUrl(draft.incoming_key, terms) };
  },
  async (ctx: Context<Member>, _claim: Claim, { draft, url }): Promise<Leave & { url: string; seconds: number }> => {
    return { ...(await giveLeave(ctx, draft)), url, seconds: leaveSeconds };
  },
);

/** Gives leave to bring a file through this server. Throws as `requestUpload` does. */
export async function beginUpload(ctx: Context<Member>, claim: Claim): Promise<Leave> {
  return giveLeave(ctx, draftOf(claim, ctx.now));
}

/**
 * The same for a file that not everybody may ask for. Throws also `not_found` (`no_such_conversation`) and `forbidden`
 * (`not_a_member`).
 */
export async function beginRestrictedUpload(ctx: Context<Member>, claim: Claim & Restriction): Promise<Leave> {
  const { conversationId, keyOf } = claim;
  if (conversationId !== null) await enter(ctx, conversationId);
  const draft = draftOf(claim, ctx.now);
  const { rows } = await sql<{ id: MediaId }>`select nextval('media_id_seq') as id`.execute(ctx.tx);
  const { id } = rows[0]!;
  const place = { reserved_id: id, conversation_id: conversationId };
  return giveLeave(ctx, { ...draft, key: keyOf(id) }, place);
}

function draftOf(claim: Claim, now: Moment): Draft {
  const folder = monthly(claim.folder, now);
  const fileName = plainName(claim.fileName);
  const name = randomName(fileName);
  return {
    incoming_key: incomingKey(folder, fileName),
    name,
    key: `${folder}/${name}`,
    file_name: fileName,
    type: plainType(claim.type),
    expires_at: new Date(now + leaveSeconds * 1_000),
  };
}

async function giveLeave(
  ctx: Context<Member>,
  draft: Draft,
  place: Pick<UploadRow, 'reserved_id' | 'conversation_id'> = unrestricted,
): Promise<Leave> {
  const { accountId } = ctx.actor;
  if (ctx.settings.limits) {
    const { unfinished } = await ctx.tx
      .selectFrom('uploads')
      .select((eb) => eb.fn.countAll<number>().as('unfinished'))
      .where('account_id', '=', accountId)
      .where('media_id', 'is', null)
      .where('expires_at', '>', new Date(ctx.now))
      .executeTakeFirstOrThrow();
    if (unfinished >= mostUnfinished) {
      const text = 'Too many uploads were begun and not finished. Try again later.';
      throw new DomainError('too_many', 'too_many_uploads', text, { retryAfter: 600 });
    }
  }
  const { id } = await ctx.tx
    .insertInto('uploads')
    .values({ ...draft, ...place, account_id: accountId, created_at: new Date(ctx.now) })
    .returning('id')
    .executeTakeFirstOrThrow();
  await ctx.enqueue({ name: 'collect-upload', data: { uploadId: id }, after: collectSeconds });
  return { id, incomingKey: draft.incoming_key, name: draft.name, key: draft.key };
}
