// /api/v1/video-calls (contract, 6.3 and 10.1).

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { admission, noAdmission, renewedAdmission } from '../../core/calls/admission.ts';
import { addToCall, answerCall, declineCall, endCall, initiateCall, leaveCall } from '../../core/calls/calls.ts';
import { call as readCall, callFigures, callHistory } from '../../core/calls/history.ts';
import type { Call as CoreCall } from '../../core/calls/shape.ts';
import type { AccountId, CallId } from '../../core/ids.ts';
import { say } from '../../texts/index.ts';
import { InvalidRequest, LooseInteger, memberOf, Nullable } from '../fastapi.ts';
import { createCallPresenters } from './calls-presenters.ts';
import { Call, CallHistoryItem, CallParticipant, CallStats, CallToken } from './calls-schemas.ts';
import { readInteger, UserId } from './ids.ts';
import type { Kit } from './kit.ts';
import { languageOf } from './manners.ts';

const CallPath = Type.Object({ call_id: Type.String() });
const PersonPath = Type.Object({ call_id: Type.String(), user_id: Type.String() });
const Said = Type.Object({ message: Type.String() });
const base = '/api/v1/video-calls';
const most = 100;

const page = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: most, default: 50 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, default: 0 })),
};

export function callRoutes(scope: FastifyInstance, kit: Kit): void {
  const { messenger, read, links } = kit;
  const present = createCallPresenters(kit.ids);
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  const linkFor = (request: FastifyRequest) => (path: string) => links.here(request, path);
  const idIn = (request: { params: { call_id: string } }) =>
    readInteger(request.params.call_id, ['path', 'call_id']) as CallId;

  /** The call as the caller may enter it. */
  async function presented(request: FastifyRequest, call: CoreCall) {
    const member = memberOf(request);
    const way = await messenger.ask(member, admission, { call });
    return present.call(call, member.accountId, way, linkFor(request));
  }

  function peopleIn(body: { user_ids?: string[] | null; user_id?: string | null }, list: string): AccountId[] {
    const named = [
      ...(typeof body.user_id === 'string' ? [read.account(body.user_id, ['body', 'user_id'])] : []),
      ...(body.user_ids ?? []).map((id, index) => read.account(id, ['body', list, index])),
    ];
    if (named.length > 0) return named;
    throw new InvalidRequest({ type: 'missing', loc: ['body', 'user_id'], msg: 'Field required' });
  }

  app.post(
    `${base}/initiate`,
    {
      schema: {
        operationId: 'nerutalkInitiateCall',
        summary: 'Call somebody, or several',
        body: Type.Object({
          callee_id: Type.Optional(Nullable(UserId)),
          user_id: Type.Optional(Nullable(UserId)),
          participant_ids: Type.Optional(Nullable(Type.Array(UserId, { maxItems: most }))),
          call_type: Type.Optional(Type.String({ enum: ['video', 'audio'], default: 'video' })),
          is_group_call: Type.Optional(Type.Boolean({ default: false })),
        }),
        response: { 200: Call },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const { callee_id, user_id, participant_ids, call_type, is_group_call } = request.body;
      const named = peopleIn(
        { user_id: callee_id ?? user_id ?? null, user_ids: participant_ids ?? [] },
        'participant_ids',
      );
      const others = named.filter((id) => id !== member.accountId);
      const call = await messenger.execute(member, initiateCall, {
        callees: others.length > 0 ? others : named,
        kind: call_type === 'audio' ? 'audio' : 'video',
        isGroup: is_group_call ?? false,
      });
      return presented(request, call);
    },
  );

  app.post(
    `${base}/:call_id/answer`,
    {
      schema: {
        operationId: 'nerutalkAnswerCall',
        summary: 'Take a call, or with accept false do not',
        params: CallPath,
        body: Type.Object({ accept: Type.Optional(Nullable(Type.Boolean({ default: true }))) }),
        response: { 200: Call },
      },
    },
    async (request) => {
      const command = request.body.accept === false ? declineCall : answerCall;
      return presented(request, await messenger.execute(memberOf(request), command, { id: idIn(request) }));
    },
  );

  app.post(
    `${base}/:call_id/decline`,
    {
      schema: {
        operationId: 'nerutalkDeclineCall',
        summary: 'Do not take a call',
        params: CallPath,
        response: { 200: Call },
      },
    },
    async (request) =>
      presented(request, await messenger.execute(memberOf(request), declineCall, { id: idIn(request) })),
  );

  app.post(
    `${base}/:call_id/end`,
    {
      schema: {
        operationId: 'nerutalkEndCall',
        summary: 'End a call for all',
        params: CallPath,
        body: Type.Object({
          end_reason: Type.Optional(Nullable(Type.String({ maxLength: 100 }))),
          quality_rating: Type.Optional(Nullable(LooseInteger({ minimum: 1, maximum: 5 }))),
        }),
        response: { 200: Call },
      },
    },
    async (request) => {
      const { end_reason, quality_rating } = request.body;
      const ended = await messenger.execute(memberOf(request), endCall, {
        id: idIn(request),
        reason: end_reason || undefined,
        rating: quality_rating ?? undefined,
      });
      return presented(request, ended);
    },
  );

  app.get(
    `${base}/history`,
    {
      schema: {
        operationId: 'nerutalkCallHistory',
        summary: 'My calls, the newest first',
        querystring: Type.Object(page),
        response: { 200: Type.Array(CallHistoryItem) },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const { limit = 50, offset = 0 } = request.query;
      const calls = await messenger.ask(member, callHistory, { live: false, limit, offset });
      const way = await messenger.ask(member, noAdmission, {});
      return calls.map((call) => present.historyItem(call, member.accountId, way, linkFor(request)));
    },
  );

  app.get(
    `${base}/stats`,
    {
      schema: {
        operationId: 'nerutalkCallStats',
        summary: 'Figures of my calls',
        querystring: Type.Object({ days: Type.Optional(Type.Integer({ minimum: 1, maximum: 365, default: 30 })) }),
        response: { 200: CallStats },
      },
    },
    async (request) =>
      present.stats(await messenger.ask(memberOf(request), callFigures, { days: request.query.days ?? 30 })),
  );

  app.get(
    base,
    {
      schema: {
        operationId: 'nerutalkCalls',
        summary: 'My calls that go on',
        querystring: Type.Object(page),
        response: { 200: Type.Array(Call) },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const { limit = 50, offset = 0 } = request.query;
      const calls = await messenger.ask(member, callHistory, { live: true, limit, offset });
      const way = await messenger.ask(member, noAdmission, {});
      return calls.map((call) => present.call(call, member.accountId, way, linkFor(request)));
    },
  );

  app.get(
    `${base}/:call_id`,
    {
      schema: {
        operationId: 'nerutalkCall',
        summary: 'One call of mine',
        params: CallPath,
        response: { 200: Call },
      },
    },
    async (request) => presented(request, await messenger.ask(memberOf(request), readCall, { id: idIn(request) })),
  );

  app.post(
    `${base}/token`,
    {
      schema: {
        operationId: 'nerutalkCallToken',
        summary: 'A fresh token of my own for a call that goes on',
        body: Type.Object({
          channel_name: Type.String({ minLength: 1, maxLength: 64 }),
          uid: Type.Optional(Nullable(LooseInteger({ minimum: 0 }))),
          role: Type.Optional(LooseInteger({ minimum: 1, maximum: 2, default: 1 })),
        }),
        response: { 200: CallToken },
      },
    },
    async (request) => {
      const { channel_name: channel, uid, role } = request.body;
      const own = await messenger.ask(memberOf(request), renewedAdmission, {
        channel,
        uid: uid ?? undefined,
        speaks: role !== 2,
      });
      return present.token(channel, own.uid, own.admission);
    },
  );

  app.post(
    `${base}/:call_id/participants`,
    {
      schema: {
        operationId: 'nerutalkAddToCall',
        summary: 'Bring people into a call',
        params: CallPath,
        body: Type.Object({
          user_id: Type.Optional(Nullable(UserId)),
          user_ids: Type.Optional(Nullable(Type.Array(UserId, { maxItems: most }))),
        }),
        response: {
          200: Type.Object({ message: Type.String(), call: Call, participants: Type.Array(CallParticipant) }),
        },
      },
    },
    async (request) => {
      const accounts = peopleIn(request.body, 'user_ids');
      const grown = await messenger.execute(memberOf(request), addToCall, { id: idIn(request), accounts });
      return {
        message: say(languageOf(request), 'operation_successful'),
        call: await presented(request, grown),
        participants: present.participants(grown, linkFor(request)),
      };
    },
  );

  app.put(
    `${base}/:call_id/participants/:user_id/add`,
    {
      schema: {
        operationId: 'nerutalkAddOneToCall',
        summary: 'Bring somebody into a call',
        params: PersonPath,
        response: { 200: Said },
      },
    },
    async (request) => {
      const accounts = [read.account(request.params.user_id, ['path', 'user_id'])];
      await messenger.execute(memberOf(request), addToCall, { id: idIn(request), accounts });
      return { message: say(languageOf(request), 'operation_successful') };
    },
  );

  app.put(
    `${base}/:call_id/participants/:user_id/remove`,
    {
      schema: {
        operationId: 'nerutalkRemoveFromCall',
        summary: 'Leave a call, or send somebody away whom I called',
        params: PersonPath,
        response: { 200: Said },
      },
    },
    async (request) => {
      const account = read.account(request.params.user_id, ['path', 'user_id']);
      await messenger.execute(memberOf(request), leaveCall, { id: idIn(request), account });
      return { message: say(languageOf(request), 'operation_successful') };
    },
  );
}
