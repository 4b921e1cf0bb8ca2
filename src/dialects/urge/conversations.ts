// /api/conversations (contract, section 7).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Member } from '../../core/context.ts';
import { createGroup, openDirect } from '../../core/conversations/create.ts';
import { dropConversation } from '../../core/conversations/members.ts';
import { clearHistory, setPreference } from '../../core/conversations/preferences.ts';
import { conversation, listConversations } from '../../core/conversations/list.ts';
import { DomainError } from '../../core/errors.ts';
import type { ConversationId } from '../../core/ids.ts';
import { history, type HistoryRequest } from '../../core/messages/history.ts';
import { markRead } from '../../core/messages/receipts.ts';
import type { Language } from '../../texts/index.ts';
import type { Surroundings } from '../dialect.ts';
import { InvalidRequest, memberOf, Nullable, valueError } from '../fastapi.ts';
import { clamp, pageOf, type Ids } from './manners.ts';
import { success, type Presenters } from './presenters.ts';
import { Conversation, ConversationPage, MessagePage, Success } from './schemas.ts';

const Id = Type.Object({ id: Type.String() });

export function conversationRoutes(scope: FastifyInstance, around: Surroundings, present: Presenters, read: Ids): void {
  const { messenger } = around;
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  const show = async (member: Member, id: ConversationId, language: Language) =>
    present.conversation(await messenger.ask(member, conversation, { id }), member.accountId, language);

  for (const archived of [false, true]) {
    app.get(
      archived ? '/api/conversations/archived' : '/api/conversations',
      {
        schema: {
          operationId: archived ? 'urgeArchivedConversations' : 'urgeConversations',
          summary: archived ? 'My archived conversations' : 'My conversations, newest activity first',
          querystring: pageOf(50),
          response: { 200: ConversationPage },
        },
      },
      async (request) => {
        const member = memberOf(request);
        const { offset } = request.query;
        const limit = clamp(request.query.limit);
        const page = await messenger.ask(member, listConversations, { archived, limit, offset });
        return {
          conversations: page.conversations.map((one) => present.conversation(one, member.accountId, request.language)),
          total: page.total,
          limit,
          offset,
        };
      },
    );
  }

  app.get(
    '/api/conversations/:id',
    {
      schema: {
        operationId: 'urgeConversation',
        summary: 'One conversation',
        params: Id,
        response: { 200: Conversation },
      },
    },
    async (request) => show(memberOf(request), read.conversation(request.params.id), request.language),
  );

  app.post(
    '/api/conversations',
    {
      schema: {
        operationId: 'urgeCreateConversation',
        summary: 'Open a direct conversation, or make a group',
        body: Type.Object({
          type: Type.Optional(Type.Enum(['DIRECT', 'GROUP'])),
          participant_ids: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 1000 }),
          name: Type.Optional(Nullable(Type.String({ maxLength: 100 }))),
          avatar_url: Type.Optional(Nullable(Type.String({ maxLength: 2048 }))),
        }),
        response: { 200: Conversation },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const { type, participant_ids, name, avatar_url } = request.body;
      const others = [...new Set(participant_ids.map(read.account))].filter((id) => id !== member.accountId);
      if (type === 'GROUP') {
        const group = { name: name || 'Group', avatarUrl: avatar_url ?? null, members: others };
        const { conversationId } = await messenger.execute(member, createGroup, group);
        return show(member, conversationId, request.language);
      }
      const [other] = others;
      if (other === undefined || others.length > 1) {
        throw new DomainError('invalid', 'one_other', 'A direct conversation needs exactly one other participant.');
      }
      const { conversationId } = await messenger.execute(member, openDirect, { with: other });
      return show(member, conversationId, request.language);
    },
  );

  app.get(
    '/api/conversations/:id/messages',
    {
      schema: {
        operationId: 'urgeMessages',
        summary: 'The newest messages, oldest of them first',
        params: Id,
        querystring: Type.Object({
          limit: Type.Integer({ minimum: 0, default: 50 }),
          before: Type.Optional(Type.String({ maxLength: 64 })),
        }),
        response: { 200: MessagePage },
      },
    },
    async (request) => {
      const { before } = request.query;
      const limit = clamp(request.query.limit);
      const page = await messenger.ask(memberOf(request), history, {
        conversationId: read.conversation(request.params.id),
        limit,
        ...(before && { before: readBefore(around, before) }),
      });
      const messages = page.messages.map((one) => present.message(one, request.language));
      return { messages, total: page.total, limit, has_more: page.hasMore };
    },
  );

  app.put(
    '/api/conversations/:id/read',
    {
      schema: {
        operationId: 'urgeReadConversation',
        summary: 'Read all of it',
        params: Id,
        response: { 200: Success },
      },
    },
    async (request) => {
      const conversationId = read.conversation(request.params.id);
      await messenger.execute(memberOf(request), markRead, { conversationId, messages: 'all' });
      return success('Conversation marked as read.');
    },
  );

  for (const [verb, preference, on] of switches) {
    app.put(
      `/api/conversations/:id/${verb}`,
      {
        schema: {
          operationId: `urge${verb[0]!.toUpperCase()}${verb.slice(1)}Conversation`,
          summary: `${verb[0]!.toUpperCase()}${verb.slice(1)}, for me alone`,
          params: Id,
          response: { 200: Success },
        },
      },
      async (request) => {
        const conversationId = read.conversation(request.params.id);
        await messenger.execute(memberOf(request), setPreference, { conversationId, preference, on });
        return success(`Conversation ${on ? '' : 'no longer '}${preference}.`);
      },
    );
  }

  app.put(
    '/api/conversations/:id/favorite',
    {
      schema: {
        operationId: 'urgeToggleFavorite',
        summary: 'Make it a favourite of mine, or no longer',
        params: Id,
        response: { 200: Type.Object({ ...Success.properties, is_favorite: Type.Boolean() }) },
      },
    },
    async (request) => {
      const is_favorite = await messenger.execute(memberOf(request), setPreference, {
        conversationId: read.conversation(request.params.id),
        preference: 'favourite',
        on: 'toggle',
      });
      return { ...success(is_favorite ? 'Added to favourites.' : 'Removed from favourites.'), is_favorite };
    },
  );

  app.delete(
    '/api/conversations/:id/clear',
    {
      schema: {
        operationId: 'urgeClearConversation',
        summary: 'Empty my view of its history',
        params: Id,
        response: { 200: Success },
      },
    },
    async (request) => {
      const conversationId = read.conversation(request.params.id);
      await messenger.execute(memberOf(request), clearHistory, { conversationId });
      return success('History cleared.');
    },
  );

  app.delete(
    '/api/conversations/:id',
    {
      schema: {
        operationId: 'urgeDeleteConversation',
        summary: 'Take it off my list; leave it, if it is a group',
        params: Id,
        response: { 200: Success },
      },
    },
    async (request) => {
      const conversationId = read.conversation(request.params.id);
      await messenger.execute(memberOf(request), dropConversation, { conversationId });
      return success('Conversation deleted.');
    },
  );
}

const switches = [
  ['archive', 'archived', true],
  ['unarchive', 'archived', false],
  ['mute', 'muted', true],
  ['unmute', 'muted', false],
] as const;

/** A message's id, or a time. Throws InvalidRequest (422) for anything else. */
function readBefore({ ids }: Surroundings, text: string): NonNullable<HistoryRequest['before']> {
  const message = ids.fromUuid('message', text);
  if (message !== null) return { message: message as never };
  const moment = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(moment)) {
    throw new InvalidRequest(valueError(['query', 'before'], 'neither a message id nor a time'));
  }
  return { moment };
}
