// /reports (contract, section 11).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { AccountId, MessageId, ReportId } from '../../core/ids.ts';
import {
  allReports,
  changeReport,
  commentReport,
  fileReport,
  ownReports,
  report,
  resolveReport,
} from '../../core/moderation/reports.ts';
import type { Surroundings } from '../dialect.ts';
import { memberOf, Nullable } from '../fastapi.ts';
import { requireBody } from './manners.ts';
import { presentReport, presentWithSubject } from './presenters.ts';
import { Id, id, Report, ReportWithSubject } from './schemas.ts';
import { readUuids } from './uuids.ts';

const title = Type.String({ maxLength: 255 });
const text = Type.Optional(Nullable(Type.String()));

/** The client says `status_filter`, its tests say `status`; neither, or an empty one, is all. */
const Filter = Type.Object({ status_filter: Type.Optional(Type.String()), status: Type.Optional(Type.String()) });

function filterOf({ status_filter, status }: { status_filter?: string; status?: string }): { status?: string } {
  const wanted = status_filter || status;
  return wanted ? { status: wanted } : {};
}

export function reportRoutes(scope: FastifyInstance, { messenger, ids }: Surroundings): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.post(
    '/reports',
    {
      preValidation: readUuids(ids, { message_id: 'message', user_id: 'account' }),
      schema: {
        operationId: 'aiFileReport',
        summary: 'Report something; a message or a person may be named, by their UUIDs too',
        body: Type.Object({
          title,
          content: Type.String(),
          message_id: Type.Optional(Nullable(id)),
          user_id: Type.Optional(Nullable(id)),
        }),
        response: { 201: Report },
      },
    },
    async (request, reply) => {
      const member = memberOf(request);
      const { body } = request;
      const about = {
        messageId: (body.message_id ?? null) as MessageId | null,
        accountId: (body.user_id ?? null) as AccountId | null,
      };
      const filed = { title: body.title, content: body.content, about };
      const made = await messenger.execute(member, fileReport, filed);
      return reply.code(201).send(presentReport(await messenger.ask(member, report, made)));
    },
  );

  app.get(
    '/reports',
    {
      schema: {
        operationId: 'aiReports',
        summary: 'My reports, the newest first',
        querystring: Filter,
        response: { 200: Type.Array(Report) },
      },
    },
    async (request) => {
      const reports = await messenger.ask(memberOf(request), ownReports, filterOf(request.query));
      return reports.map(presentReport);
    },
  );

  app.get(
    '/reports/:id',
    {
      schema: {
        operationId: 'aiReport',
        summary: 'One of mine; any, for a superuser',
        params: Id,
        response: { 200: Report },
      },
    },
    async (request) =>
      presentReport(await messenger.ask(memberOf(request), report, { id: request.params.id as ReportId })),
  );

  app.put(
    '/reports/:id',
    {
      preValidation: requireBody,
      schema: {
        operationId: 'aiChangeReport',
        summary: 'Say it otherwise, while it is open',
        params: Id,
        body: Type.Object({ title: Type.Optional(Nullable(title)), content: text }),
        response: { 200: Report },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const which = { id: request.params.id as ReportId };
      const { title: newTitle, content } = request.body;
      await messenger.execute(member, changeReport, {
        ...which,
        ...(typeof newTitle === 'string' && { title: newTitle }),
        ...(typeof content === 'string' && { content }),
      });
      return presentReport(await messenger.ask(member, report, which));
    },
  );
}

/** Those of /reports that only superusers may call. */
export function reportAdminRoutes(scope: FastifyInstance, { messenger }: Surroundings): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/reports/admin/all',
    {
      schema: {
        operationId: 'aiAllReports',
        summary: 'Everybody’s reports, the newest first',
        querystring: Filter,
        response: { 200: Type.Array(ReportWithSubject) },
      },
    },
    async (request) => {
      const reports = await messenger.ask(memberOf(request), allReports, filterOf(request.query));
      return reports.map(presentWithSubject);
    },
  );

  app.post(
    '/reports/:id/comment',
    {
      schema: {
        operationId: 'aiCommentReport',
        summary: 'Answer a report, and perhaps move it on',
        params: Id,
        body: Type.Object({ comment: Type.String(), status: text }),
        response: { 200: ReportWithSubject },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const which = { id: request.params.id as ReportId };
      const { comment, status } = request.body;
      const answer = { ...which, comment, ...(status && { status }) };
      await messenger.execute(member, commentReport, answer);
      return presentWithSubject(await messenger.ask(member, report, which));
    },
  );

  app.put(
    '/reports/:id/resolve',
    {
      schema: {
        operationId: 'aiResolveReport',
        summary: 'Resolve a report; without a comment the old one stays',
        params: Id,
        body: Nullable(Type.Object({ comment: text })),
        response: { 200: ReportWithSubject },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const which = { id: request.params.id as ReportId };
      const comment = request.body?.comment;
      await messenger.execute(member, resolveReport, { ...which, ...(comment && { comment }) });
      return presentWithSubject(await messenger.ask(member, report, which));
    },
  );
}
