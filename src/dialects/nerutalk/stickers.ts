// Stickers: the packs that come with the server, looking through them, sending one (contract, 5.17, 6.4 and 10.1).

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { DomainError } from '../../core/errors.ts';
import { requestHash } from '../../core/idempotency.ts';
import { sendMessage, type Draft } from '../../core/messages/send.ts';
import type { Language } from '../../texts/index.ts';
import { memberOf, repeatable } from '../fastapi.ts';
import { Sticker, StickerPack } from './file-schemas.ts';
import type * as shapes from './file-schemas.ts';
import type { Kit } from './kit.ts';
import { languageOf } from './manners.ts';
import { count, Message, text } from './schemas.ts';
import { inLanguage, packs } from './sticker-catalogue.ts';

/** When the packs were drawn. */
const drawnAt = '2026-01-01T00:00:00.000Z';
const anyId = Type.String({ minLength: 1, maxLength: 64 });
const sought = Type.String({ maxLength: 200 });
const limit = Type.Integer({ minimum: 1, maximum: 50 });

/** All packs by id, and all that is said of each sticker, in lower case. */
const known = new Map(Object.entries(packs));
const saidOf = new Map(
  [...known].flatMap(([packId, { stickers }]) =>
    Object.entries(stickers).map(([id, said]) => [`${packId}/${id}`, [titleOf(id), ...said].join('\n').toLowerCase()]),
  ),
);

export function stickerRoutes(scope: FastifyInstance, { messenger, present, read, links, lost }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  function presentPack(request: FastifyRequest, packId: string, language: Language): shapes.StickerPack {
    const { name: said, description, stickers } = known.get(packId)!;
    const name = inLanguage(said, language);
    const thumbnail = links.here(request, `/static/stickers/${packId}/thumb.png`);
    return {
      id: packId,
      name,
      description: inLanguage(description, language),
      thumbnail,
      thumbnail_url: thumbnail,
      thumbnailUrl: thumbnail,
      stickers: Object.entries(stickers).map(([id, words]) => {
        const tags = inLanguage(words, language).split(', ');
        const url = links.here(request, `/static/stickers/${packId}/${id}.png`);
        return {
          id,
          pack_id: packId,
          packId,
          pack_name: name,
          name: language === 'en' ? titleOf(id) : tags[0]!,
          url,
          thumbnail_url: url,
          thumbnailUrl: url,
          tags,
          created_at: drawnAt,
          createdAt: drawnAt,
        };
      }),
      is_premium: false,
      isPremium: false,
      is_installed: true,
      isInstalled: true,
      created_at: drawnAt,
      createdAt: drawnAt,
    };
  }

  /** Every pack in the reader's language. */
  const all = (request: FastifyRequest) =>
    [...known.keys()].map((packId) => presentPack(request, packId, languageOf(request)));

  app.get(
    '/api/v1/media/stickers',
    {
      schema: {
        operationId: 'neruStickers',
        summary: 'Stickers by pack and all together, perhaps only those of a pack or a word',
        querystring: Type.Object({
          pack_id: Type.Optional(anyId),
          q: Type.Optional(sought),
          limit: Type.Optional(limit),
        }),
        response: {
          200: Type.Object({ sticker_packs: Type.Array(StickerPack), stickers: Type.Array(Sticker), total: count }),
        },
      },
    },
    async (request) => {
      const { pack_id: packId, q = '', limit: most } = request.query;
      const found = all(request)
        .filter(({ id }) => packId === undefined || id === packId)
        .map((pack) => ({ ...pack, stickers: matching(pack.stickers, q) }))
        .filter(({ stickers }) => stickers.length > 0);
      const stickers = found.flatMap((pack) => pack.stickers);
      return { sticker_packs: found, stickers: stickers.slice(0, most), total: stickers.length };
    },
  );

  app.get(
    '/api/v1/media/stickers/packs',
    {
      schema: {
        operationId: 'neruStickerPacks',
        summary: 'All packs of stickers',
        response: { 200: Type.Object({ sticker_packs: Type.Array(StickerPack) }) },
      },
    },
    async (request) => ({ sticker_packs: all(request) }),
  );

  app.get(
    '/api/v1/media/stickers/packs/:pack_id',
    {
      schema: {
        operationId: 'neruStickerPack',
        summary: 'One pack of stickers',
        params: Type.Object({ pack_id: Type.String() }),
        response: { 200: StickerPack },
      },
    },
    async (request) => {
      const { pack_id: packId } = request.params;
      if (!known.has(packId)) throw noSuchSticker();
      return presentPack(request, packId, languageOf(request));
    },
  );

  app.get(
    '/api/v1/media/stickers/search',
    {
      schema: {
        operationId: 'neruSearchStickers',
        summary: 'Stickers of a word, in any of the five languages',
        querystring: Type.Object({
          q: Type.String({ minLength: 1, maxLength: 200 }),
          limit: Type.Integer({ minimum: 1, maximum: 50, default: 20 }),
        }),
        response: { 200: Type.Object({ stickers: Type.Array(Sticker), query: text }) },
      },
    },
    async (request) => {
      const { q: query, limit: most } = request.query;
      const stickers = all(request).flatMap((pack) => pack.stickers);
      return { stickers: matching(stickers, query).slice(0, most), query };
    },
  );

  app.post(
    '/api/v1/media/stickers/send',
    {
      schema: {
        operationId: 'neruSendSticker',
        summary: 'Send a sticker to a chat',
        querystring: Type.Object({
          chat_id: anyId,
          pack_id: anyId,
          sticker_id: anyId,
          reply_to_id: Type.Optional(anyId),
        }),
        response: { 201: Type.Object({ message: Message }) },
      },
    },
    async (request, reply) => {
      const { chat_id: chat, pack_id: packId, sticker_id: stickerId, reply_to_id: replyTo } = request.query;
      const language = languageOf(request);
      const pack = known.has(packId) ? presentPack(request, packId, language) : null;
      const sticker = pack?.stickers.find(({ id }) => id === stickerId);
      if (!sticker) throw noSuchSticker();
      const retry = repeatable(request);
      const draft: Draft = {
        conversationId: read.conversation(chat, ['query', 'chat_id']),
        kind: 'sticker',
        content: '',
        mediaUrl: sticker.url,
        thumbnailUrl: sticker.thumbnail_url,
        metadata: {
          pack_id: packId,
          sticker_id: stickerId,
          sticker_name: sticker.name,
          sticker_url: sticker.url,
        },
        replyToId: replyTo === undefined ? null : read.message(replyTo, ['query', 'reply_to_id']),
        ...(retry && { repeat: { key: retry.key, hash: requestHash(retry) } }),
      };
      const message = await lost.orAgain(request, reply, () =>
        messenger.execute(memberOf(request), sendMessage, draft),
      );
      return reply.code(201).send({ message: present.message(message, language) });
    },
  );
}

/** Those whose name or words, in any language, hold the text. */
function matching(stickers: readonly shapes.Sticker[], wanted: string): shapes.Sticker[] {
  const plain = wanted.trim().toLowerCase();
  return stickers.filter(({ id, pack_id: packId }) => saidOf.get(`${packId}/${id}`)!.includes(plain));
}

/** `thumbs_up` → `Thumbs Up`. */
function titleOf(id: string): string {
  return id
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
}

function noSuchSticker(): DomainError {
  return new DomainError('not_found', 'no_such_sticker', 'Sticker not found.');
}
