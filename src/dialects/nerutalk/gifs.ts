// GIFs: looking for them and sending them (contract, 6.4 and 10.1).

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { DomainError } from '../../core/errors.ts';
import { requestHash } from '../../core/idempotency.ts';
import { findGifs } from '../../core/media/gifs.ts';
import { sendMessage, type Draft } from '../../core/messages/send.ts';
import type { Gif as Found } from '../../core/ports.ts';
import { InvalidRequest, memberOf, repeatable, valueError } from '../fastapi.ts';
import { Gif } from './file-schemas.ts';
import type { Kit } from './kit.ts';
import { languageOf } from './manners.ts';
import { count, Message, text } from './schemas.ts';

const page = {
  limit: Type.Integer({ minimum: 1, maximum: 50, default: 20 }),
  offset: Type.Integer({ minimum: 0, maximum: 5_000, default: 0 }),
};
const provider = Type.String({ minLength: 1, maxLength: 50, default: 'giphy' });
const pageOf = { gifs: Type.Array(Gif), total: count, offset: count, limit: count, provider: text };
const side = Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 }));
const address = Type.String({ minLength: 1, maxLength: 2_048 });
const anyId = Type.String({ minLength: 1, maxLength: 64 });

export function gifRoutes(scope: FastifyInstance, { messenger, present, read, links, lost }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  /** A page, as both routes answer it. */
  async function find(
    request: FastifyRequest,
    asked: { name: string; text: string | null; limit: number; offset: number },
  ) {
    const { name, limit, offset } = asked;
    if (name !== 'giphy' && (name !== 'tenor' || asked.text === null)) throw noSuchProvider();
    const { gifs, total, source, attribution } = await messenger.ask(memberOf(request), findGifs, {
      provider: name,
      text: asked.text,
      language: languageOf(request),
      limit,
      offset,
    });
    const shown = gifs.map((gif) => ({ ...presentGif(request, gif), source, attribution }));
    return { gifs: shown, total, offset, limit, provider: name };
  }

  function presentGif(request: FastifyRequest, { previewUrl, ...gif }: Found) {
    const preview = links.here(request, previewUrl);
    return {
      ...gif,
      tags: [...gif.tags],
      url: links.here(request, gif.url),
      preview_url: preview,
      previewUrl: preview,
      thumbnail_url: preview,
      thumbnailUrl: preview,
    };
  }

  app.get(
    '/api/v1/media/gifs/search',
    {
      schema: {
        operationId: 'neruSearchGifs',
        summary: 'GIFs of a word',
        querystring: Type.Object({ q: Type.String({ minLength: 1, maxLength: 200 }), provider, ...page }),
        response: { 200: Type.Object({ ...pageOf, query: text }) },
      },
    },
    async (request) => {
      const { q: query, provider: name, limit, offset } = request.query;
      return { ...(await find(request, { name, text: query, limit, offset })), query };
    },
  );

  app.get(
    '/api/v1/media/gifs/trending',
    {
      schema: {
        operationId: 'neruTrendingGifs',
        summary: 'GIFs that many like at the moment',
        querystring: Type.Object({ provider, ...page }),
        response: { 200: Type.Object(pageOf) },
      },
    },
    async (request) => {
      const { provider: name, limit, offset } = request.query;
      return find(request, { name, text: null, limit, offset });
    },
  );

  app.post(
    '/api/v1/media/gifs/send',
    {
      schema: {
        operationId: 'neruSendGif',
        summary: 'Send a GIF to a chat',
        querystring: Type.Object({
          chat_id: anyId,
          gif_id: Type.String({ minLength: 1, maxLength: 255 }),
          gif_url: address,
          gif_title: Type.String({ maxLength: 255, default: '' }),
          provider,
          preview_url: Type.Optional(address),
          width: side,
          height: side,
          reply_to_id: Type.Optional(anyId),
        }),
        response: { 201: Type.Object({ message: Message }) },
      },
    },
    async (request, reply) => {
      const { chat_id: chat, reply_to_id: replyTo, ...gif } = request.query;
      for (const field of ['gif_url', 'preview_url'] as const) requireAddress(gif[field], field);
      const retry = repeatable(request);
      const draft: Draft = {
        conversationId: read.conversation(chat, ['query', 'chat_id']),
        kind: 'gif',
        content: '',
        mediaUrl: gif.gif_url,
        thumbnailUrl: gif.preview_url ?? null,
        metadata: {
          gif_id: gif.gif_id,
          gif_url: gif.gif_url,
          gif_title: gif.gif_title,
          provider: gif.provider,
          preview_url: gif.preview_url ?? null,
          width: gif.width ?? null,
          height: gif.height ?? null,
        },
        replyToId: replyTo === undefined ? null : read.message(replyTo, ['query', 'reply_to_id']),
        ...(retry && { repeat: { key: retry.key, hash: requestHash(retry) } }),
      };
      const message = await lost.orAgain(request, reply, () =>
        messenger.execute(memberOf(request), sendMessage, draft),
      );
      return reply.code(201).send({ message: present.message(message, languageOf(request)) });
    },
  );
}

/** What is no address of the web could be a program. */
function requireAddress(url: string | undefined, field: string): void {
  if (url !== undefined && !(/^https?:\/\//i.test(url) && URL.canParse(url))) {
    throw new InvalidRequest(valueError(['query', field], 'must be an address of the web'));
  }
}

function noSuchProvider(): DomainError {
  return new DomainError('invalid', 'no_such_provider', 'There are no GIFs of this provider.', { field: 'provider' });
}
