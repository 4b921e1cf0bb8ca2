// /api/groups/{id}/events (contract, section 15).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { answerEvent, cancelEvent, groupEvents, planEvent } from '../../core/conversations/events.ts';
import type { EventId } from '../../core/ids.ts';
import type { Surroundings } from '../dialect.ts';
import { memberOf, Nullable } from '../fastapi.ts';
import { createGroupPresenters } from './group-presenters.ts';
import { GroupEvent } from './group-schemas.ts';
import { readTime, type Ids } from './manners.ts';
import { success } from './presenters.ts';
import { Success } from './schemas.ts';

const Id = Type.Object({ id: Type.String() });
const OneEvent = Type.Object({ id: Type.String(), eventId: Type.String() });

const moment = Type.String({ minLength: 1, maxLength: 64 });
const line = Type.Optional(Nullable(Type.String({ maxLength: 500 })));
const Attendance = Type.Enum(['going', 'maybe', 'not_going']);

export function groupEventRoutes(scope: FastifyInstance, { messenger, ids }: Surroundings, read: Ids): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const present = createGroupPresenters(ids);
  const place = (params: {
    id: string;
    eventId: string;
  }): { conversationId: ReturnType<Ids['conversation']>; eventId: EventId } => ({
    conversationId: read.conversation(params.id),
    eventId: read.event(params.eventId),
  });

  app.get(
    '/api/groups/:id/events',
    {
      schema: {
        operationId: 'urgeGroupEvents',
        summary: 'What the group plans, the earliest first',
        params: Id,
        response: { 200: Type.Array(GroupEvent) },
      },
    },
    async (request) => {
      const conversationId = read.conversation(request.params.id);
      const events = await messenger.ask(memberOf(request), groupEvents, { conversationId });
      return events.map(present.event);
    },
  );

  app.post(
    '/api/groups/:id/events',
    {
      schema: {
        operationId: 'urgePlanGroupEvent',
        summary: 'Plan an event',
        params: Id,
        body: Type.Object({
          title: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' }),
          start_time: moment,
          end_time: Type.Optional(Nullable(moment)),
          description: Type.Optional(Nullable(Type.String({ maxLength: 5000 }))),
          location: line,
          is_online: Type.Optional(Nullable(Type.Boolean())),
          meeting_link: Type.Optional(Nullable(Type.String({ maxLength: 2048 }))),
          max_attendees: Type.Optional(Nullable(Type.Integer({ minimum: 1, maximum: 1_000_000 }))),
        }),
        response: { 200: GroupEvent },
      },
    },
    async (request) => {
      const { body } = request;
      const plan = {
        title: body.title,
        description: body.description ?? null,
        location: body.location ?? null,
        startAt: readTime(body.start_time, 'start_time'),
        endAt: body.end_time ? readTime(body.end_time, 'end_time') : null,
        isOnline: body.is_online ?? false,
        meetingLink: body.meeting_link ?? null,
        maxAttendees: body.max_attendees ?? null,
      };
      const conversationId = read.conversation(request.params.id);
      return present.event(await messenger.execute(memberOf(request), planEvent, { conversationId, plan }));
    },
  );

  app.delete(
    '/api/groups/:id/events/:eventId',
    {
      schema: {
        operationId: 'urgeCancelGroupEvent',
        summary: 'Call an event off: who planned it, or the founder',
        params: OneEvent,
        response: { 200: Success },
      },
    },
    async (request) => {
      await messenger.execute(memberOf(request), cancelEvent, place(request.params));
      return success('Event deleted.');
    },
  );

  app.post(
    '/api/groups/:id/events/:eventId/attend',
    {
      schema: {
        operationId: 'urgeAttendGroupEvent',
        summary: 'Say whether I come',
        params: OneEvent,
        body: Type.Object({ status: Attendance }),
        response: { 200: Type.Object({ success: Type.Boolean(), status: Attendance }) },
      },
    },
    async (request) => {
      const { status } = request.body;
      const answer = { ...place(request.params), status };
      await messenger.execute(memberOf(request), answerEvent, answer);
      return { success: true, status };
    },
  );
}
