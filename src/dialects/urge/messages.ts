// /api/messages (contract, section 8).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { requestHash } from '../../core/idempotency.ts';
import type { MessageId } from '../../core/ids.ts';
import { enterable, noSuchMessage } from '../../core/conversations/membership.ts';
import { deleteOrHide, editMessage } from '../../core/messages/change.ts';
import { forwardDrafts } from '../../core/messages/forward.ts';
import { whereAre } from '../../core/messages/history.ts';
import { readMessage } from '../../core/messages/pages.ts';
import { markDelivered, markRead } from '../../core/messages/receipts.ts';
import { searchMessages } from '../../core/messages/search.ts';
import { starMessage, starredMessages, unstarMessage } from '../../core/messages/stars.ts';
import { sendMessage } from '../../core/messages/send.ts';
import type { Surroundings } from '../dialect.ts';
import { InvalidRequest, memberOf, Nullable, repeatable, valueError } from '../fastapi.ts';
import { draftOf, isEmpty, noSuchReply } from './drafts.ts';
import { Encryption } from './encryption.ts';
import { clamp, pageOf, type Ids } from './manners.ts';
import { success, type Presenters } from './presenters.ts';
import { Message, MessagePage, Success } from './schemas.ts';

const Id = Type.Object({ id: Type.String() });
const url = Type.String({ maxLength: 2048 });

export function messageRoutes(scope: FastifyInstance, around: Surroundings, present: Presenters, read: Ids): void {
  const { messenger, ids } = around;
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.post(
    '/api/messages',
    {
      schema: {
        operationId: 'urgeSendMessage',
        summary: 'Send a message',
        body: Type.Object({
          conversation_id: Type.String({ maxLength: 64 }),
          content: Type.String(),
          message_type: Type.Optional(Nullable(Type.String({ maxLength: 64 }))),
          media_url: Type.Optional(Nullable(url)),
          thumbnail_url: Type.Optional(Nullable(url)),
          audio_duration: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 2_147_483_647 }))),
          reply_to_id: Type.Optional(Nullable(Type.String({ maxLength: 64 }))),
          is_encrypted: Type.Optional(Nullable(Type.Boolean())),
          encryption: Type.Optional(Nullable(Encryption)),
        }),
        response: { 200: Message },
      },
    },
    async (request) => {
      const { body } = request;
      const said = {
        conversationId: read.conversation(body.conversation_id),
        content: body.content,
        type: body.message_type ?? undefined,
        mediaUrl: body.media_url || null,
        thumbnailUrl: body.thumbnail_url || null,
        audioDuration: body.audio_duration ?? null,
        replyToId: readReply(body.reply_to_id ?? null),
        isEncrypted: body.is_encrypted ?? false,
        encryption: body.encryption ?? null,
      };
      if (isEmpty(said)) throw new InvalidRequest(valueError(['body', 'content'], 'a message must say something'));
      const retry = repeatable(request);
      const draft = {
        ...draftOf(said),
        ...(retry && { repeat: { key: retry.key, hash: requestHash(retry) } }),
      };
      return present.message(await messenger.execute(memberOf(request), sendMessage, draft), request.language);
    },
  );

  app.put(
    '/api/messages/:id',
    {
      schema: {
        operationId: 'urgeEditMessage',
        summary: 'Edit my message',
        params: Id,
        body: Type.Object({ content: Type.String({ minLength: 1 }), encryption: Type.Optional(Nullable(Encryption)) }),
        response: { 200: Message },
      },
    },
    async (request) => {
      const { content, encryption = null } = request.body;
      const edit = { messageId: read.message(request.params.id), content, envelope: encryption };
      const member = memberOf(request);
      await messenger.execute(member, editMessage, edit);
      return present.message(await messenger.ask(member, readMessage, { id: edit.messageId }), request.language);
    },
  );

  app.delete(
    '/api/messages/:id',
    {
      schema: {
        operationId: 'urgeDeleteMessage',
        summary: 'Delete my message for everyone; hide another’s from me',
        params: Id,
        response: { 200: Success },
      },
    },
    async (request) => {
      const messageId = read.message(request.params.id);
      await messenger.execute(memberOf(request), deleteOrHide, { messageId });
      return success('Message deleted.');
    },
  );

  app.post(
    '/api/messages/forward',
    {
      schema: {
        operationId: 'urgeForwardMessages',
        summary: 'Forward messages to another conversation',
        body: Type.Object({
          message_ids: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 100 }),
          conversation_id: Type.String({ maxLength: 64 }),
        }),
        response: { 200: Type.Object({ ...Success.properties, forwarded_count: Type.Integer() }) },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const { message_ids, conversation_id } = request.body;
      const known = message_ids.flatMap((id) => ids.fromUuid('message', id) ?? []) as MessageId[];
      const to = read.conversation(conversation_id);
      const drafts = await messenger.ask(member, forwardDrafts, { messages: known, to });
      const retry = repeatable(request);
      const hash = retry && requestHash(retry);
      const sent = drafts.map((draft, index) =>
        messenger.execute(member, sendMessage, {
          ...draft,
          ...(retry && hash && { repeat: { key: index === 0 ? retry.key : `${retry.key} ${index}`, hash } }),
        }),
      );
      const forwarded_count = (await Promise.all(sent)).length;
      return { ...success('Messages forwarded.'), forwarded_count };
    },
  );

  for (const starred of [true, false]) {
    app.route({
      method: starred ? 'POST' : 'DELETE',
      url: '/api/messages/:id/star',
      schema: {
        operationId: starred ? 'urgeStarMessage' : 'urgeUnstarMessage',
        summary: starred ? 'Star a message, for me alone' : 'Take my star off',
        params: Id,
        response: { 200: Success },
      },
      handler: async (request) => {
        const messageId = read.message(request.params.id);
        await messenger.execute(memberOf(request), starred ? starMessage : unstarMessage, { messageId });
        return success(starred ? 'Message starred.' : 'Message unstarred.');
      },
    });
  }

  app.get(
    '/api/messages/starred',
    {
      schema: {
        operationId: 'urgeStarredMessages',
        summary: 'My starred messages, newest first',
        querystring: pageOf(50),
        response: { 200: MessagePage },
      },
    },
    async (request) => {
      const { offset } = request.query;
      const limit = clamp(request.query.limit);
      const page = await messenger.ask(memberOf(request), starredMessages, { limit, offset });
      const messages = page.messages.map((one) => present.message(one, request.language));
      return { messages, total: page.total, limit, has_more: page.hasMore };
    },
  );

  app.get(
    '/api/messages/search',
    {
      schema: {
        operationId: 'urgeSearchMessages',
        summary: 'Find messages by what they say, newest first',
        querystring: Type.Object({
          q: Type.String({ minLength: 1, maxLength: 200 }),
          conversationId: Type.Optional(Type.String({ maxLength: 64 })),
          conversation_id: Type.Optional(Type.String({ maxLength: 64 })),
          limit: Type.Integer({ minimum: 0, default: 50 }),
        }),
        response: { 200: Type.Object({ messages: Type.Array(Message), total: Type.Integer() }) },
      },
    },
    async (request) => {
      const { q, conversationId, conversation_id } = request.query;
      const within = conversationId || conversation_id;
      const found = await messenger.ask(memberOf(request), searchMessages, {
        text: q,
        limit: clamp(request.query.limit),
        ...(within && { conversationId: read.conversation(within) }),
      });
      const messages = found.messages.map((one) => present.message(one, request.language));
      return { messages, total: found.total };
    },
  );

  app.put(
    '/api/messages/:id/status',
    {
      schema: {
        operationId: 'urgeMessageStatus',
        summary: 'Say that a message was delivered or read; other words mean nothing',
        params: Id,
        body: Type.Object({ status: Type.String({ maxLength: 64 }) }),
        response: { 200: Success },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const messageId = read.message(request.params.id);
      const [place] = await messenger.ask(member, whereAre, { messages: [messageId] });
      if (!place) throw noSuchMessage();
      const receipt = { conversationId: place.conversationId, messages: [messageId] };
      const status = request.body.status.toUpperCase();
      if (status === 'READ') await messenger.execute(member, markRead, receipt);
      else if (status === 'DELIVERED') await messenger.execute(member, markDelivered, receipt);
      else await messenger.ask(member, enterable, place.conversationId);
      return success('Status updated.');
    },
  );

  app.post(
    '/api/messages/read',
    {
      schema: {
        operationId: 'urgeReadMessages',
        summary: 'Mark messages as read',
        body: Type.Object({
          message_ids: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 1000 }),
          conversation_id: Type.Optional(Nullable(Type.String({ maxLength: 64 }))),
        }),
        response: { 200: Type.Object({ success: Type.Boolean(), updated: Type.Integer() }) },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const known = request.body.message_ids.flatMap((id) => ids.fromUuid('message', id) ?? []) as MessageId[];
      const places = await messenger.ask(member, whereAre, { messages: known });
      const conversations = [...new Set(places.map((place) => place.conversationId))];
      const receipts = conversations.map((conversationId) => {
        const inside = places.filter((place) => place.conversationId === conversationId);
        return messenger.execute(member, markRead, { conversationId, messages: inside.map((place) => place.id) });
      });
      const counts = await Promise.all(receipts);
      return { success: true, updated: counts.reduce((sum, count) => sum + count, 0) };
    },
  );

  function readReply(text: string | null): MessageId | null {
    if (!text) return null;
    const id = ids.fromUuid('message', text);
    if (id === null) throw noSuchReply();
    return id as MessageId;
  }
}
