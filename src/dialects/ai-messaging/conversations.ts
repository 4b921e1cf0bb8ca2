// /auth/conversations: messages by what they are labelled (contract, section 9).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { AccountId } from '../../core/ids.ts';
import { directMessages, labelSummaries } from '../../core/messages/direct.ts';
import type { Surroundings } from '../dialect.ts';
import { memberOf } from '../fastapi.ts';
import { ack, presentMessage, presentSummary } from './presenters.ts';
import { Ack, id, Message, page, pageOf, Summary } from './schemas.ts';
import { readAll, send } from './sending.ts';

const Label = Type.Object({ id: Type.String() });

export function conversationRoutes(scope: FastifyInstance, around: Surroundings): void {
  const { messenger } = around;
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/auth/conversations',
    {
      schema: {
        operationId: 'aiConversations',
        summary: 'My conversations, the last spoken in first',
        response: { 200: Type.Array(Summary) },
      },
    },
    async (request) => {
      const found = await messenger.ask(memberOf(request), labelSummaries, {});
      return found.map((one) => presentSummary(one, request.language));
    },
  );

  app.get(
    '/auth/conversations/:id/messages',
    {
      schema: {
        operationId: 'aiConversationMessages',
        summary: 'What was said in one: the newest page first, the oldest of a page first',
        params: Label,
        querystring: Type.Object(page),
        response: { 200: Type.Array(Message) },
      },
    },
    async (request) => {
      const found = await messenger.ask(memberOf(request), directMessages, {
        ...pageOf(request.query),
        direction: 'both',
        unreadOnly: false,
        label: request.params.id,
      });
      return found.map((one) => presentMessage(one, request.language));
    },
  );

  app.post(
    '/auth/conversations/:id/messages',
    {
      schema: {
        operationId: 'aiSendInConversation',
        summary: 'Send a message to somebody, labelled as this conversation',
        params: Type.Object({ id: Type.String({ maxLength: 100 }) }),
        body: Type.Object({ recipient_id: id, content: Type.String() }),
        response: { 200: Message },
      },
    },
    async (request) => {
      const { recipient_id, content } = request.body;
      return send(around, request, { to: recipient_id as AccountId, content, label: request.params.id });
    },
  );

  app.put(
    '/auth/conversations/:id/read',
    {
      schema: {
        operationId: 'aiReadConversation',
        summary: 'Mark all I received in one as read',
        params: Label,
        response: { 200: Ack },
      },
    },
    async (request) => {
      await readAll(around, memberOf(request), request.params.id);
      return ack('Conversation marked as read');
    },
  );
}
