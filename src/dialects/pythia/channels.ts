// /api/v1/channels (contract, 4.8 to 4.13 and section 8).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { directory } from '../../core/accounts/directory.ts';
import {
  addToChannel,
  channel,
  createChannel,
  joinChannel,
  ownChannels,
  publicChannels,
} from '../../core/conversations/channels.ts';
import { removeMember } from '../../core/conversations/members.ts';
import { lengthOf } from '../../core/messages/formatting.ts';
import { InvalidRequest, memberOf, Nullable } from '../fastapi.ts';
import type { Kit } from './kit.ts';
import { saying } from './manners.ts';
import { ack } from './presenters.ts';
import { Ack, Channel, ChannelWithMembers, User } from './schemas.ts';
import { typingOf } from './typing.ts';

const ChannelId = Type.Object({ channel_id: Type.String() });
const longestName = 100;

export function channelRoutes(scope: FastifyInstance, { messenger, present, read, lost }: Kit): void {
  const typing = typingOf(messenger);
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/api/v1/channels',
    {
      schema: {
        operationId: 'pythiaChannels',
        summary: 'Every public channel',
        response: { 200: Type.Array(Channel) },
      },
    },
    async (request) => {
      const outlines = await messenger.ask(memberOf(request), publicChannels, {});
      return outlines.map((outline) => present.channel(outline, null));
    },
  );

  app.get(
    '/api/v1/channels/my',
    {
      schema: {
        operationId: 'pythiaOwnChannels',
        summary: 'The channels I am in, the last one joined first',
        response: { 200: Type.Array(ChannelWithMembers) },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const own = await messenger.ask(member, ownChannels, {});
      return own.map((one) => present.channelWithMembers(one, member.accountId));
    },
  );

  app.get(
    '/api/v1/channels/users/available',
    {
      schema: {
        operationId: 'pythiaAvailableUsers',
        summary: 'Who could be added to a channel',
        response: { 200: Type.Array(User) },
      },
    },
    async (request) => (await messenger.ask(memberOf(request), directory, { onlyAvailable: true })).map(present.user),
  );

  app.post(
    '/api/v1/channels',
    {
      schema: {
        operationId: 'pythiaCreateChannel',
        summary: 'Make a channel, with me in it',
        body: Type.Object({
          name: Type.String({ maxLength: 1000 }),
          description: Type.Optional(Nullable(Type.String({ maxLength: 2000 }))),
          is_public: Type.Optional(Type.Boolean({ default: true })),
        }),
        response: { 200: Channel },
      },
    },
    async (request, reply) => {
      const { name, description = null, is_public: isPublic = true } = request.body;
      const given = { name: readName(name), description, isPublic };
      const member = memberOf(request);
      const { conversationId: id } = await lost.orAgain(request, reply, () =>
        messenger.execute(member, createChannel, given),
      );
      return present.channel((await messenger.ask(member, channel, { id })).outline, member.accountId);
    },
  );

  app.get(
    '/api/v1/channels/:channel_id',
    {
      schema: {
        operationId: 'pythiaChannel',
        summary: 'One channel of mine, with its members',
        params: ChannelId,
        response: { 200: ChannelWithMembers },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const id = read.conversation(request.params.channel_id);
      return present.channelWithMembers(await messenger.ask(member, channel, { id }), member.accountId);
    },
  );

  app.post(
    '/api/v1/channels/join',
    {
      schema: {
        operationId: 'pythiaJoinChannel',
        summary: 'Come into a public channel',
        body: Type.Object({ channel_id: Type.String({ maxLength: 64 }) }),
        response: { 200: Ack },
      },
    },
    async (request, reply) => {
      const conversationId = read.conversation(request.body.channel_id);
      await lost.orAgain(request, reply, () => messenger.execute(memberOf(request), joinChannel, { conversationId }));
      return ack('Successfully joined channel');
    },
  );

  app.post(
    '/api/v1/channels/:channel_id/add-user',
    {
      schema: {
        operationId: 'pythiaAddUser',
        summary: 'Bring somebody into a channel of mine',
        params: ChannelId,
        body: Type.Object({ user_id: Type.String({ maxLength: 64 }) }),
        response: { 200: Ack },
      },
    },
    async (request, reply) => {
      const conversationId = read.conversation(request.params.channel_id);
      const accountId = read.account(request.body.user_id);
      await lost.orAgain(request, reply, () =>
        messenger.execute(memberOf(request), addToChannel, { conversationId, accountId }),
      );
      return ack('User added to channel');
    },
  );

  app.delete(
    '/api/v1/channels/:channel_id/leave',
    {
      schema: {
        operationId: 'pythiaLeaveChannel',
        summary: 'Leave a channel',
        params: ChannelId,
        response: { 200: Ack },
      },
    },
    async (request) => {
      const member = memberOf(request);
      await saying('conflict', ['no_such_conversation', 'not_a_member', 'no_such_member'], async () => {
        const conversationId = read.conversation(request.params.channel_id);
        await typing.end(member, conversationId);
        await messenger.execute(member, removeMember, { conversationId, accountId: member.accountId });
      });
      return ack('Successfully left channel');
    },
  );
}

function readName(given: string): string {
  const name = given.trim();
  const length = lengthOf(name);
  if (length > 0 && length <= longestName) return name;
  const [type, allowed, ctx] =
    length === 0
      ? (['string_too_short', 'at least 1 character', { min_length: 1 }] as const)
      : (['string_too_long', `at most ${longestName} characters`, { max_length: longestName }] as const);
  throw new InvalidRequest({ type, loc: ['body', 'name'], msg: `String should have ${allowed}`, ctx });
}
