// /messages (contract, section 10).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { DomainError } from '../../core/errors.ts';
import type { AccountId, MessageId } from '../../core/ids.ts';
import { deleteMessage, editMessage } from '../../core/messages/change.ts';
import { directMessage, directMessages, directUnreadCount, type DirectRequest } from '../../core/messages/direct.ts';
import { markRead } from '../../core/messages/receipts.ts';
import type { Surroundings } from '../dialect.ts';
import { memberOf, Nullable } from '../fastapi.ts';
import { requireBody } from './manners.ts';
import { ack, presentMessage } from './presenters.ts';
import { Ack, Id, id, Message, page, pageOf } from './schemas.ts';
import { readAll, send } from './sending.ts';

const Letter = Type.Object({
  recipient_id: id,
  content: Type.String(),
  conversation_id: Type.Optional(Nullable(Type.String({ maxLength: 100 }))),
  parent_id: Type.Optional(Nullable(id)),
});

export function messageRoutes(scope: FastifyInstance, around: Surroundings): void {
  const { messenger } = around;
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  const lists: readonly { url: string; operationId: string; summary: string; direction: DirectRequest['direction'] }[] =
    [
      { url: '/messages', operationId: 'aiMessages', summary: 'What I sent and received', direction: 'both' },
      { url: '/messages/sent', operationId: 'aiSentMessages', summary: 'What I sent', direction: 'sent' },
      {
        url: '/messages/received',
        operationId: 'aiReceivedMessages',
        summary: 'What I received',
        direction: 'received',
      },
    ];
  for (const { url, operationId, summary, direction } of lists) {
    app.get(
      url,
      {
        schema: {
          operationId,
          summary: `${summary}: the newest page first, the oldest of a page first`,
          querystring: Type.Object({ ...page, unread_only: Type.Boolean({ default: false }) }),
          response: { 200: Type.Array(Message) },
        },
      },
      async (request) => {
        const unreadOnly = request.query.unread_only && direction !== 'sent';
        const found = await messenger.ask(memberOf(request), directMessages, {
          ...pageOf(request.query),
          direction: unreadOnly ? 'received' : direction,
          unreadOnly,
        });
        return found.map((one) => presentMessage(one, request.language));
      },
    );
  }

  app.get(
    '/messages/unread/count',
    {
      schema: {
        operationId: 'aiUnreadCount',
        summary: 'How many I received and have not read',
        response: { 200: Type.Object({ unread_count: Type.Integer({ minimum: 0 }) }) },
      },
    },
    async (request) => ({ unread_count: await messenger.ask(memberOf(request), directUnreadCount, {}) }),
  );

  app.put(
    '/messages/read-all',
    { schema: { operationId: 'aiReadAll', summary: 'Mark all I received as read', response: { 200: Ack } } },
    async (request) => {
      await readAll(around, memberOf(request));
      return ack('All messages marked as read');
    },
  );

  app.post(
    '/messages',
    {
      schema: {
        operationId: 'aiSendMessage',
        summary: 'Send a message to somebody',
        body: Letter,
        response: { 201: Message },
      },
    },
    async (request, reply) => {
      const { recipient_id, content, conversation_id = null, parent_id } = request.body;
      const sent = await send(around, request, {
        to: recipient_id as AccountId,
        content,
        label: conversation_id,
        replyTo: (parent_id ?? null) as MessageId | null,
      });
      return reply.code(201).send(sent);
    },
  );

  app.get(
    '/messages/:id',
    { schema: { operationId: 'aiMessage', summary: 'One of them', params: Id, response: { 200: Message } } },
    async (request) => {
      const message = { id: request.params.id as MessageId };
      return presentMessage(await messenger.ask(memberOf(request), directMessage, message), request.language);
    },
  );

  app.put(
    '/messages/:id',
    {
      preValidation: requireBody,
      schema: {
        operationId: 'aiEditMessage',
        summary: 'Change what I said',
        params: Id,
        body: Type.Object({ content: Type.Optional(Nullable(Type.String())) }),
        response: { 200: Message },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const { content } = request.body;
      const found = await messenger.ask(member, directMessage, { id: request.params.id as MessageId });
      if (found.message.sender.id !== member.accountId) throw notTheirs('not_the_sender');
      if (typeof content !== 'string' || content === found.message.content)
        return presentMessage(found, request.language);
      await messenger.execute(member, editMessage, { messageId: found.message.id, content });
      return presentMessage(await messenger.ask(member, directMessage, { id: found.message.id }), request.language);
    },
  );

  app.put(
    '/messages/:id/read',
    {
      schema: {
        operationId: 'aiReadMessage',
        summary: 'Mark what I received as read',
        params: Id,
        response: { 200: Ack },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const { message, recipientId } = await messenger.ask(member, directMessage, {
        id: request.params.id as MessageId,
      });
      if (recipientId !== member.accountId) throw notTheirs('not_the_recipient');
      await messenger.execute(member, markRead, { conversationId: message.conversationId, messages: [message.id] });
      return ack('Message marked as read');
    },
  );

  app.delete(
    '/messages/:id',
    {
      schema: {
        operationId: 'aiDeleteMessage',
        summary: 'Delete a message for both',
        params: Id,
        response: { 200: Ack },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const messageId = request.params.id as MessageId;
      await messenger.execute(member, deleteMessage, { messageId, rule: 'either-of-two', among: 'direct' });
      return ack('Message deleted successfully');
    },
  );
}

/** Phrased for each route in `manners.ts`. */
function notTheirs(reason: 'not_the_sender' | 'not_the_recipient'): DomainError {
  return new DomainError('forbidden', reason, 'This is another user’s to do.');
}
