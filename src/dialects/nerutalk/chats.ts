// Chats and who is in them (contract, 6.2 and 10.1).

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { availableAmong } from '../../core/accounts/profile.ts';
import type { Member } from '../../core/context.ts';
import { createGroup, openDirect } from '../../core/conversations/create.ts';
import { addMembers, changeGroup } from '../../core/conversations/groups.ts';
import { leaveGroup } from '../../core/conversations/leave.ts';
import { conversation, listConversations } from '../../core/conversations/list.ts';
import { noSuchMember, removeMember } from '../../core/conversations/members.ts';
import { DomainError } from '../../core/errors.ts';
import type { AccountId, ConversationId } from '../../core/ids.ts';
import { InvalidRequest, memberOf, Nullable, valueError } from '../fastapi.ts';
import { acknowledge } from './auth.ts';
import { ChatPath, UserId } from './ids.ts';
import type { Kit } from './kit.ts';
import { languageOf } from './manners.ts';
import { Ack, Chat, count, Participant, text } from './schemas.ts';

const mostAtOnce = 256;
const Name = Nullable(Type.String({ maxLength: 255 }));
const Description = Nullable(Type.String({ maxLength: 10_000 }));

export function chatRoutes(scope: FastifyInstance, { messenger, ids, present, read, lost }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const chatIn = (request: { params: { chat_id: string } }) =>
    read.conversation(request.params.chat_id, ['path', 'chat_id']);

  async function show(request: FastifyRequest, id: ConversationId) {
    const member = memberOf(request);
    return present.chat(await messenger.ask(member, conversation, { id }), member.accountId, languageOf(request));
  }

  /** Each once, and all of them people who can be added. */
  async function others(member: Member, uuids: readonly string[]): Promise<AccountId[]> {
    const accounts = [...new Set(uuids.map((uuid) => ids.fromUuid('account', uuid) as AccountId | null))];
    const wanted = accounts.filter((id) => id !== null && id !== member.accountId) as AccountId[];
    const available = await messenger.ask(member, availableAmong, { ids: wanted });
    if (accounts.includes(null) || wanted.some((id) => !available.has(id))) throw badParticipants();
    return wanted;
  }

  app.get(
    '/api/v1/chats',
    {
      schema: {
        operationId: 'neruChats',
        summary: 'My chats, the latest first',
        querystring: Type.Object({
          limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
          offset: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }),
        }),
        response: { 200: Type.Object({ chats: Type.Array(Chat), total_count: count }) },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const { conversations, total } = await messenger.ask(member, listConversations, request.query);
      const language = languageOf(request);
      return {
        chats: conversations.map((one) => present.chat(one, member.accountId, language)),
        total_count: total,
      };
    },
  );

  app.post(
    '/api/v1/chats',
    {
      schema: {
        operationId: 'neruCreateChat',
        summary: 'Make a group, or a private chat; the one that two people have already is returned',
        body: Type.Object({
          chat_type: Type.Enum(['private', 'group'], { default: 'private' }),
          participant_ids: Type.Array(UserId, { minItems: 1, maxItems: mostAtOnce }),
          name: Type.Optional(Name),
          description: Type.Optional(Description),
        }),
        response: { 201: Chat },
      },
    },
    async (request, reply) => {
      const member = memberOf(request);
      const { chat_type: type, participant_ids: uuids, name, description = null } = request.body;
      if (type === 'group' && !name?.trim()) {
        throw new InvalidRequest(valueError(['body', 'name'], 'a group needs a name'));
      }
      const members = await others(member, uuids);
      const [first] = members;
      if (first === undefined || (type === 'private' && members.length > 1)) throw badParticipants();
      const group = { name: name ?? '', description, members, membersInvite: false };
      const { conversationId } = await lost.orAgain(request, reply, () =>
        type === 'private'
          ? messenger.execute(member, openDirect, { with: first })
          : messenger.execute(member, createGroup, group),
      );
      return reply.code(201).send(await show(request, conversationId));
    },
  );

  app.get(
    '/api/v1/chats/:chat_id',
    { schema: { operationId: 'neruChat', summary: 'One chat', params: ChatPath, response: { 200: Chat } } },
    async (request) => show(request, chatIn(request)),
  );

  app.put(
    '/api/v1/chats/:chat_id',
    {
      schema: {
        operationId: 'neruChangeChat',
        summary: 'Change a group',
        params: ChatPath,
        body: Type.Object({
          name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
          description: Type.Optional(Description),
          avatar_url: Type.Optional(Nullable(Type.String({ maxLength: 2048 }))),
        }),
        response: { 200: Chat },
      },
    },
    async (request) => {
      const conversationId = chatIn(request);
      const { name, description, avatar_url: avatarUrl } = request.body;
      const info = {
        ...(name !== undefined && { name }),
        ...(description !== undefined && { description }),
        ...(avatarUrl !== undefined && { avatarUrl }),
      };
      await messenger.execute(memberOf(request), changeGroup, { conversationId, info });
      return show(request, conversationId);
    },
  );

  app.post(
    '/api/v1/chats/:chat_id/participants',
    {
      schema: {
        operationId: 'neruAddParticipants',
        summary: 'Add people to a group',
        params: ChatPath,
        body: Type.Object({
          user_ids: Type.Optional(Type.Array(UserId, { minItems: 1, maxItems: mostAtOnce })),
          user_id: Type.Optional(UserId),
        }),
        response: { 200: Type.Object({ message: text, participants: Type.Array(Participant) }) },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const conversationId = chatIn(request);
      const { user_ids: several, user_id: one } = request.body;
      const uuids = several ?? (one === undefined ? [] : [one]);
      if (uuids.length === 0) {
        throw new InvalidRequest({ type: 'missing', loc: ['body', 'user_ids'], msg: 'Field required' });
      }
      // Whoever may not look in is told that, not who exists.
      await messenger.ask(member, conversation, { id: conversationId });
      const accounts = await others(member, uuids);
      await messenger.execute(member, addMembers, { conversationId, accounts });
      const changed = await messenger.ask(member, conversation, { id: conversationId });
      return {
        ...acknowledge(request, 'operation_successful'),
        participants: present.participants(changed, member.accountId),
      };
    },
  );

  app.delete(
    '/api/v1/chats/:chat_id/participants/:user_id',
    {
      schema: {
        operationId: 'neruRemoveParticipant',
        summary: 'Leave a group, or take somebody out',
        params: Type.Object({ chat_id: Type.String(), user_id: Type.String() }),
        response: { 200: Ack },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const conversationId = chatIn(request);
      const accountId = accountIn(request.params.user_id);
      if (accountId === member.accountId) await messenger.execute(member, leaveGroup, { conversationId });
      else await messenger.execute(member, removeMember, { conversationId, accountId });
      return acknowledge(request, 'operation_successful');
    },
  );

  /** Somebody unknown is not in the chat either. */
  function accountIn(value: string): AccountId {
    try {
      return read.account(value, ['path', 'user_id']);
    } catch (error) {
      throw error instanceof DomainError ? noSuchMember() : error;
    }
  }
}

function badParticipants(): DomainError {
  return new DomainError('invalid', 'bad_participants', 'Some of these people cannot be added.');
}
