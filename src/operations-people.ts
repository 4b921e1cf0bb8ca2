// /operations: what superusers see of people that no product tells them: where they are signed in, and what a report is about.

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { endOthersSessions, othersSessions } from './core/accounts/others-sessions.ts';
import { noSuchPerson } from './core/accounts/people.ts';
import { mayAdminister } from './core/accounts/superusers.ts';
import type { Member } from './core/context.ts';
import type { AccountId, ReportId, SessionId } from './core/ids.ts';
import { reported } from './core/moderation/reported.ts';
import type { Surroundings } from './dialects/dialect.ts';
import { memberOf, Nullable } from './dialects/fastapi.ts';
import type { PublicIds } from './dialects/public-ids.ts';

const Time = Type.String({ format: 'date-time' });
const Uuid = Type.String({ format: 'uuid' });
const Person = Type.Object({ id: Uuid, username: Type.String() });
const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const account = Type.String({ description: 'A UUID, or an integer' });

const Sessions = Type.Object({
  sessions: Type.Array(
    Type.Object({
      id: Type.Integer(),
      device: Nullable(Type.String()),
      address: Nullable(Type.String()),
      created_at: Time,
      expires_at: Time,
    }),
  ),
});

const Subject = Type.Object({
  account: Nullable(Person),
  conversation: Nullable(
    Type.Object({
      id: Uuid,
      kind: Type.Enum(['direct', 'group', 'channel']),
      name: Nullable(Type.String()),
    }),
  ),
  messages: Type.Array(
    Type.Object({
      id: Uuid,
      sender: Person,
      kind: Type.String(),
      content: Nullable(Type.String({ description: 'Null: sealed, or deleted since' })),
      media_url: Nullable(Type.String()),
      created_at: Time,
      is_reported: Type.Boolean(),
    }),
  ),
});

/** Throws `not_found` (`no_such_person`). */
export function readAccount(ids: PublicIds, text: string): AccountId {
  const id = /^\d{1,15}$/.test(text) ? Number(text) : ids.fromUuid('account', text);
  if (id === null) throw noSuchPerson();
  return id as AccountId;
}

const at = (moment: number) => new Date(moment).toISOString();

/** Adds them to a scope whose callers are known. */
export function peopleOperations(scope: FastifyInstance, { messenger, ids }: Surroundings): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const sessionsOf = async (member: Member, of: AccountId) => {
    const found = await messenger.ask(member, othersSessions, { account: of });
    return {
      sessions: found.map(({ id, device, address, createdAt, expiresAt }) => ({
        id,
        device,
        address,
        created_at: at(createdAt),
        expires_at: at(expiresAt),
      })),
    };
  };

  app.get(
    '/operations/accounts/:id/sessions',
    {
      schema: {
        operationId: 'sessionsOfAccount',
        summary: 'Where somebody is signed in',
        params: Type.Object({ id: account }),
        response: { 200: Sessions },
      },
    },
    async (request) => {
      const member = memberOf(request);
      await messenger.ask(member, mayAdminister, {});
      return sessionsOf(member, readAccount(ids, request.params.id));
    },
  );

  app.delete(
    '/operations/accounts/:id/sessions',
    {
      schema: {
        operationId: 'endSessionsOfAccount',
        summary: 'End all of them, in every product; answers what is left',
        params: Type.Object({ id: account }),
        response: { 200: Sessions },
      },
    },
    async (request) => {
      const member = memberOf(request);
      await messenger.ask(member, mayAdminister, {});
      const which = { account: readAccount(ids, request.params.id) };
      await messenger.execute(member, endOthersSessions, which);
      return sessionsOf(member, which.account);
    },
  );

  app.delete(
    '/operations/accounts/:id/sessions/:session',
    {
      schema: {
        operationId: 'endSessionOfAccount',
        summary: 'End one of them; answers the others',
        params: Type.Object({ id: account, session: Id }),
        response: { 200: Sessions },
      },
    },
    async (request) => {
      const member = memberOf(request);
      await messenger.ask(member, mayAdminister, {});
      const { id, session } = request.params;
      const which = { account: readAccount(ids, id), only: session as SessionId };
      await messenger.execute(member, endOthersSessions, which);
      return sessionsOf(member, which.account);
    },
  );

  app.get(
    '/operations/reports/:id',
    {
      schema: {
        operationId: 'reportSubject',
        summary: 'What a report is about: its message, among the five before and the five after it',
        params: Type.Object({ id: Id }),
        response: { 200: Subject },
      },
    },
    async (request) => {
      const report = { id: request.params.id as ReportId };
      const { account: about, conversation, messages } = await messenger.ask(memberOf(request), reported, report);
      return {
        account: about && { ...about, id: ids.toUuid('account', about.id) },
        conversation: conversation && { ...conversation, id: ids.toUuid('conversation', conversation.id) },
        messages: messages.map(({ id, sender, kind, content, mediaUrl, createdAt, isReported }) => ({
          id: ids.toUuid('message', id),
          sender: { ...sender, id: ids.toUuid('account', sender.id) },
          kind,
          content,
          media_url: mediaUrl,
          created_at: at(createdAt),
          is_reported: isReported,
        })),
      };
    },
  );
}
