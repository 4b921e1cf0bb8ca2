// /auth/sessions: where I am signed in (contract, section 8).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { endOwnSession, ownSessions } from '../../core/accounts/own-sessions.ts';
import type { SessionId } from '../../core/ids.ts';
import type { Surroundings } from '../dialect.ts';
import { memberOf } from '../fastapi.ts';
import { ack, presentSession } from './presenters.ts';
import { Ack, Id, Session } from './schemas.ts';

export function sessionRoutes(scope: FastifyInstance, { messenger }: Surroundings): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/auth/sessions',
    { schema: { operationId: 'aiSessions', summary: 'My sessions', response: { 200: Type.Array(Session) } } },
    async (request) => (await messenger.ask(memberOf(request), ownSessions, {})).map(presentSession),
  );

  app.delete(
    '/auth/sessions/:id',
    { schema: { operationId: 'aiDeleteSession', summary: 'End one of them', params: Id, response: { 200: Ack } } },
    async (request) => {
      await messenger.execute(memberOf(request), endOwnSession, { id: request.params.id as SessionId });
      return ack('Session deleted successfully');
    },
  );
}
