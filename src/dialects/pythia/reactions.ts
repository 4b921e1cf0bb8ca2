// /api/v1/messages/reactions (contract, 4.17 and section 8).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Member } from '../../core/context.ts';
import type { ReactionId } from '../../core/ids.ts';
import { reactionNear, removeReaction, toggleReaction } from '../../core/messages/reactions.ts';
import { InvalidRequest, memberOf } from '../fastapi.ts';
import type { Kit } from './kit.ts';
import { ReactionAck } from './schemas.ts';

const longestEmoji = 32;
/** How far the client's clock may be from ours, with the way between. */
const nearEnough = 10_000;

export function reactionRoutes(scope: FastifyInstance, { messenger, read, lost }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.post(
    '/api/v1/messages/reactions',
    {
      schema: {
        operationId: 'pythiaToggleReaction',
        summary: 'Put my emoji on a message, or take it off',
        body: Type.Object({ message_id: Type.String({ maxLength: 64 }), emoji: Type.String({ minLength: 1 }) }),
        response: { 200: ReactionAck },
      },
    },
    async (request, reply) => {
      const { emoji, message_id } = request.body;
      if (emoji.length > longestEmoji) throw tooLong();
      const messageId = read.message(message_id);
      const action = await lost.orAgain(request, reply, () =>
        messenger.execute(memberOf(request), toggleReaction, { messageId, emoji }),
      );
      return { message: action === 'add' ? 'Reaction added' : 'Reaction removed', action };
    },
  );

  app.delete(
    '/api/v1/messages/reactions/:reaction_id',
    {
      schema: {
        operationId: 'pythiaRemoveReaction',
        summary: 'Take one of my reactions off',
        params: Type.Object({ reaction_id: Type.String() }),
        response: { 200: ReactionAck },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const reactionId = await find(member, request.params.reaction_id);
      await messenger.execute(member, removeReaction, { reactionId });
      return { message: 'Reaction removed', action: 'remove' as const };
    },
  );

  /** A live reaction has no id of ours in the client, only the moment at which it heard of it. */
  async function find(member: Member, text: string): Promise<ReactionId> {
    const [, milliseconds] = /^temp_(\d{13})$/.exec(text) ?? [];
    if (milliseconds === undefined) return read.reaction(text);
    return messenger.ask(member, reactionNear, { moment: Number(milliseconds), within: nearEnough });
  }
}

function tooLong(): InvalidRequest {
  return new InvalidRequest({
    type: 'string_too_long',
    loc: ['body', 'emoji'],
    msg: `String should have at most ${longestEmoji} characters`,
    ctx: { max_length: longestEmoji },
  });
}
