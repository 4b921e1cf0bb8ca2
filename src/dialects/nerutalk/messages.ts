// Messages: sending, reading back, reading, changing (contract, 6.2 and 10.1).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Member } from '../../core/context.ts';
import { noSuchMessage } from '../../core/conversations/membership.ts';
import { requestHash } from '../../core/idempotency.ts';
import type { MessageId } from '../../core/ids.ts';
import { deleteMessage, editMessage } from '../../core/messages/change.ts';
import { namesMentioned } from '../../core/messages/formatting.ts';
import { history } from '../../core/messages/history.ts';
import { readMessage } from '../../core/messages/pages.ts';
import { readSince, unreadUpTo } from '../../core/messages/read-marks.ts';
import { markRead } from '../../core/messages/receipts.ts';
import { sendMessage } from '../../core/messages/send.ts';
import type { Message as Sent, MessageKind } from '../../core/messages/shape.ts';
import { InvalidRequest, LooseInteger, memberOf, Nullable, repeatable, screen, valueError } from '../fastapi.ts';
import { acknowledge } from './auth.ts';
import { ChatPath, IntegerId, MessagePath } from './ids.ts';
import type { Kit } from './kit.ts';
import { languageOf } from './manners.ts';
import { time as asTime } from './presenters.ts';
import { Ack, count, flag, id, Message, messageTypes, text, time, uuid } from './schemas.ts';

const mostCharacters = 10_000;
const url = Type.Optional(Nullable(Type.String({ maxLength: 2048 })));

const NewMessage = Type.Object({
  content: Type.Optional(Nullable(Type.String({ maxLength: mostCharacters }))),
  message_type: Type.Enum([...messageTypes.filter((type) => type !== 'system'), 'document'], { default: 'text' }),
  reply_to_id: Type.Optional(Nullable(IntegerId)),
  metadata: Type.Optional(
    Type.Unsafe<Record<string, unknown> | string | null>({
      type: ['object', 'string', 'null'],
      // As a record's schema says it: other fields would be removed.
      patternProperties: { '^': {} },
      maxLength: 20_000,
    }),
  ),
  file_url: url,
  file_name: Type.Optional(Nullable(Type.String({ maxLength: 255 }))),
  file_size: Type.Optional(Nullable(LooseInteger({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))),
});

const InChat = Type.Object({ chat_id: Type.String(), message_id: Type.String() });

export function messageRoutes(scope: FastifyInstance, { messenger, present, read, lost }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const chatIn = ({ params }: { params: { chat_id: string } }) =>
    read.conversation(params.chat_id, ['path', 'chat_id']);
  const messageIn = ({ params }: { params: { message_id: string } }) =>
    read.message(params.message_id, ['path', 'message_id']);

  /** The message of this chat that the path names. */
  async function find(member: Member, request: { params: { chat_id: string; message_id: string } }): Promise<Sent> {
    const message = await messenger.ask(member, readMessage, { id: messageIn(request) });
    if (message.conversationId !== chatIn(request)) throw noSuchMessage();
    return message;
  }

  app.post(
    '/api/v1/chats/:chat_id/messages',
    {
      schema: {
        operationId: 'neruSendMessage',
        summary: 'Send a message',
        params: ChatPath,
        body: NewMessage,
        response: { 201: Message },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const conversationId = chatIn(request);
      const kind: MessageKind = body.message_type === 'document' ? 'file' : body.message_type;
      const content = body.content ?? '';
      if (kind === 'text' && content.trim() === '') {
        throw new InvalidRequest({
          type: 'string_too_short',
          loc: ['body', 'content'],
          msg: 'String should have at least 1 character',
          ctx: { min_length: 1 },
        });
      }
      const retry = repeatable(request);
      const draft = {
        conversationId,
        kind,
        content,
        mediaUrl: body.file_url || null,
        fileName: body.file_name || null,
        fileSize: body.file_size ?? null,
        metadata: readMetadata(body.metadata),
        replyToId: body.reply_to_id ? read.message(body.reply_to_id, ['body', 'reply_to_id']) : null,
        mentions: namesMentioned(content),
        ...(retry && { repeat: { key: retry.key, hash: requestHash(retry) } }),
      };
      const message = await lost.orAgain(request, reply, () =>
        messenger.execute(memberOf(request), sendMessage, draft),
      );
      return reply.code(201).send(present.message(message, languageOf(request)));
    },
  );

  app.get(
    '/api/v1/chats/:chat_id/messages',
    {
      schema: {
        operationId: 'neruMessages',
        summary: 'A page of a chat, newest first',
        params: ChatPath,
        querystring: Type.Object({
          limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
          offset: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }),
          before_message_id: Type.Optional(Type.String({ maxLength: 64 })),
        }),
        response: {
          200: Type.Object({
            messages: Type.Array(Message),
            total_count: count,
            page: count,
            page_size: count,
            has_next: flag,
            has_prev: flag,
          }),
        },
      },
    },
    async (request) => {
      const { limit, offset, before_message_id: before } = request.query;
      const page = await messenger.ask(memberOf(request), history, {
        conversationId: chatIn(request),
        limit,
        offset,
        ...(before !== undefined && { before: { message: read.message(before, ['query', 'before_message_id']) } }),
      });
      const language = languageOf(request);
      return {
        messages: page.messages.toReversed().map((message) => present.message(message, language)),
        total_count: page.total,
        page: Math.floor(offset / limit) + 1,
        page_size: limit,
        has_next: page.hasMore,
        has_prev: offset > 0,
      };
    },
  );

  app.put(
    '/api/v1/messages/:message_id/read',
    {
      schema: {
        operationId: 'neruReadMessage',
        summary: 'Mark a message read, for me',
        params: MessagePath,
        response: {
          200: Type.Object({
            message: text,
            message_id: id,
            chat_id: id,
            user_id: uuid,
            status: Type.Literal('read'),
            read_at: time,
          }),
        },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const message = await messenger.ask(member, readMessage, { id: messageIn(request) });
      const { id: messageId, conversationId } = message;
      await messenger.execute(member, markRead, { conversationId, messages: [messageId] });
      const readAt = await messenger.ask(member, readSince, { id: messageId });
      return {
        ...acknowledge(request, 'message_read'),
        message_id: messageId,
        chat_id: conversationId,
        user_id: present.userId(member.accountId),
        status: 'read' as const,
        read_at: asTime(readAt ?? message.createdAt),
      };
    },
  );

  app.post(
    '/api/v1/chats/:chat_id/messages/mark-read',
    {
      schema: {
        operationId: 'neruMarkRead',
        summary: 'Mark a chat read, all of it or up to a message',
        params: ChatPath,
        querystring: Type.Object({ up_to_message_id: Type.Optional(Type.String({ maxLength: 64 })) }),
        response: { 200: Ack },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const conversationId = chatIn(request);
      const { up_to_message_id: last } = request.query;
      let messages: MessageId[] | 'all' = 'all';
      if (last !== undefined) {
        const upTo = read.message(last, ['query', 'up_to_message_id']);
        messages = await messenger.ask(member, unreadUpTo, { conversationId, upTo });
      }
      await messenger.execute(member, markRead, { conversationId, messages });
      return acknowledge(request, 'message_read');
    },
  );

  app.put(
    '/api/v1/chats/:chat_id/messages/:message_id',
    {
      schema: {
        operationId: 'neruEditMessage',
        summary: 'Edit my message',
        params: InChat,
        body: Type.Object({ content: Type.String({ minLength: 1, maxLength: mostCharacters }) }),
        response: { 200: Message },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const { id: messageId } = await find(member, request);
      const { content } = request.body;
      const edit = { messageId, content, mentions: namesMentioned(content) };
      await messenger.execute(member, editMessage, edit);
      return present.message(await messenger.ask(member, readMessage, { id: messageId }), languageOf(request));
    },
  );

  app.delete(
    '/api/v1/chats/:chat_id/messages/:message_id',
    {
      schema: {
        operationId: 'neruDeleteMessage',
        summary: 'Delete my message for everyone',
        params: InChat,
        response: { 200: Ack },
      },
    },
    async (request) => {
      const message = { messageId: messageIn(request), among: chatIn(request) };
      await messenger.execute(memberOf(request), deleteMessage, message);
      return acknowledge(request, 'data_deleted');
    },
  );
}

/** An object, or the JSON of one. Throws InvalidRequest for any other text. */
function readMetadata(given: Record<string, unknown> | string | null | undefined): Record<string, unknown> | null {
  if (!given) return null;
  if (typeof given !== 'string') return given;
  try {
    const value: unknown = JSON.parse(given);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      screen(value, 'body');
      return value as Record<string, unknown>;
    }
  } catch (error) {
    if (error instanceof InvalidRequest) throw error;
  }
  throw new InvalidRequest(valueError(['body', 'metadata'], 'must be an object, or the JSON of one'));
}
