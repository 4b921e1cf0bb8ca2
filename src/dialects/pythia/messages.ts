// /api/v1/messages (contract, 4.14 to 4.18 and section 8).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { DomainError } from '../../core/errors.ts';
import { requestHash } from '../../core/idempotency.ts';
import { deleteMessage, editMessage } from '../../core/messages/change.ts';
import { namesMentioned } from '../../core/messages/formatting.ts';
import { mentionsOf } from '../../core/messages/mentions.ts';
import { pageOfMessages, readMessage } from '../../core/messages/pages.ts';
import { sendMessage } from '../../core/messages/send.ts';
import { InvalidRequest, memberOf, repeatable } from '../fastapi.ts';
import type { Kit } from './kit.ts';
import { readContent, saying } from './manners.ts';
import { ack, presentFormatting } from './presenters.ts';
import { Ack, Message, Validation } from './schemas.ts';
import { typingOf } from './typing.ts';

const MessageId = Type.Object({ message_id: Type.String() });

export function messageRoutes(scope: FastifyInstance, { messenger, present, read, lost }: Kit): void {
  const typing = typingOf(messenger);
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const noEntry = ['no_such_conversation', 'not_a_member'];

  app.get(
    '/api/v1/messages/channel/:channel_id',
    {
      schema: {
        operationId: 'pythiaMessages',
        summary: 'A page of a channel, oldest first; the offset counts from the newest back',
        params: Type.Object({ channel_id: Type.String() }),
        querystring: Type.Object({
          limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
          offset: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }),
        }),
        response: { 200: Type.Array(Message) },
      },
    },
    async (request) => {
      const { limit, offset } = request.query;
      const page = await saying('forbidden', noEntry, async () => {
        const conversationId = read.conversation(request.params.channel_id);
        return messenger.ask(memberOf(request), pageOfMessages, { conversationId, limit, offset });
      });
      return page.map((message) => present.message(message, request.language));
    },
  );

  app.post(
    '/api/v1/messages',
    {
      schema: {
        operationId: 'pythiaSendMessage',
        summary: 'Send a message',
        body: Type.Object({ content: Type.String(), channel_id: Type.String({ maxLength: 64 }) }),
        response: { 200: Message },
      },
    },
    async (request, reply) => {
      const member = memberOf(request);
      const content = readContent(request.body.content);
      const mentions = namesMentioned(content);
      return saying('forbidden', noEntry, async () => {
        const conversationId = read.conversation(request.body.channel_id);
        const retry = repeatable(request);
        const message = await lost.orAgain(request, reply, () =>
          messenger.execute(member, sendMessage, {
            conversationId,
            kind: 'text',
            content,
            mentions,
            ...(retry && { repeat: { key: retry.key, hash: requestHash(retry) } }),
          }),
        );
        await typing.end(member, conversationId);
        return present.message(message, request.language);
      });
    },
  );

  app.get(
    '/api/v1/messages/mentions/my',
    {
      schema: {
        operationId: 'pythiaOwnMentions',
        summary: 'Messages that mention me, newest first',
        querystring: Type.Object({
          limit: Type.Integer({ minimum: 1, maximum: 50, default: 20 }),
          page: Type.Integer({ minimum: 1, maximum: 1_000_000_000, default: 1 }),
        }),
        response: { 200: Type.Array(Message) },
      },
    },
    async (request) => {
      const { limit, page } = request.query;
      const found = await messenger.ask(memberOf(request), mentionsOf, { limit, offset: (page - 1) * limit });
      return found.map((message) => present.message(message, request.language));
    },
  );

  const Text = Type.Object({ content: Type.Optional(Type.String()) });
  app.post(
    '/api/v1/messages/format/validate',
    {
      schema: {
        operationId: 'pythiaValidateFormat',
        summary: 'Say what a text would become, without sending it',
        querystring: Text,
        body: Text,
        response: { 200: Validation },
      },
    },
    async (request) => {
      const given = request.body.content ?? request.query.content;
      if (given === undefined) {
        throw new InvalidRequest({ type: 'missing', loc: ['body', 'content'], msg: 'Field required' });
      }
      try {
        const content = readContent(given);
        const formatting = presentFormatting(content);
        return { valid: true, error: null, formatting, sanitized_content: content, mentions: namesMentioned(content) };
      } catch (error) {
        return { valid: false, error: whyNot(error), formatting: null, sanitized_content: null, mentions: [] };
      }
    },
  );

  app.get(
    '/api/v1/messages/:message_id',
    {
      schema: { operationId: 'pythiaMessage', summary: 'One message', params: MessageId, response: { 200: Message } },
    },
    async (request) => {
      const id = read.message(request.params.message_id);
      return present.message(await messenger.ask(memberOf(request), readMessage, { id }), request.language);
    },
  );

  app.put(
    '/api/v1/messages/:message_id',
    {
      schema: {
        operationId: 'pythiaEditMessage',
        summary: 'Edit my message',
        params: MessageId,
        body: Type.Object({ content: Type.String() }),
        response: { 200: Message },
      },
    },
    async (request) => {
      const content = readContent(request.body.content);
      const edit = { messageId: read.message(request.params.message_id), content, mentions: namesMentioned(content) };
      const member = memberOf(request);
      await messenger.execute(member, editMessage, edit);
      return present.message(await messenger.ask(member, readMessage, { id: edit.messageId }), request.language);
    },
  );

  app.delete(
    '/api/v1/messages/:message_id',
    {
      schema: {
        operationId: 'pythiaDeleteMessage',
        summary: 'Delete my message for everyone',
        params: MessageId,
        response: { 200: Ack },
      },
    },
    async (request) => {
      const messageId = read.message(request.params.message_id);
      await messenger.execute(memberOf(request), deleteMessage, { messageId });
      return ack('Message deleted');
    },
  );
}

/** In words, if it is the text's fault. */
function whyNot(error: unknown): string {
  if (error instanceof InvalidRequest) return error.issues[0]!.msg;
  if (error instanceof DomainError) return error.message;
  throw error;
}
