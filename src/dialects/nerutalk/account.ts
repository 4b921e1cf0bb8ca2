// One's password, one's data, and leaving (contract, 10.1 and 10.2).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { blockedPeople } from '../../core/accounts/blocks.ts';
import { deactivateOwnAccount, deleteOwnAccount } from '../../core/accounts/own-account.ts';
import { ownProfile } from '../../core/accounts/profile.ts';
import { ownSessions } from '../../core/accounts/own-sessions.ts';
import { changePassword } from '../../core/accounts/sign-in.ts';
import type { Member } from '../../core/context.ts';
import { listConversations } from '../../core/conversations/list.ts';
import type { Language } from '../../texts/index.ts';
import { InvalidRequest, memberOf, Nullable, valueError } from '../fastapi.ts';
import { acknowledge, requireStrong } from './auth.ts';
import type { Kit } from './kit.ts';
import { languageOf } from './manners.ts';
import { time as asTime } from './presenters.ts';
import { Ack, Chat, text, time, User, uuid } from './schemas.ts';

const SecurityLog = Type.Object({
  id: text,
  user_id: uuid,
  action: text,
  device_info: text,
  ip_address: Nullable(text),
  location: Nullable(text),
  timestamp: time,
});

const mostExported = 10_000;
const Export = Type.Object({
  exported_at: time,
  profile: User,
  blocked_users: Type.Array(uuid),
  chats: Type.Array(Chat),
});

export function accountRoutes(scope: FastifyInstance, { messenger, present }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  async function everythingOf(member: Member, language: Language) {
    const profile = await messenger.ask(member, ownProfile, {});
    const blocked = await messenger.ask(member, blockedPeople, {});
    const { conversations } = await messenger.ask(member, listConversations, { limit: mostExported, offset: 0 });
    return {
      exported_at: new Date().toISOString(),
      profile: present.user(profile),
      blocked_users: blocked.map(({ id }) => present.userId(id)),
      chats: conversations.map((one) => present.chat(one, member.accountId, language)),
    };
  }

  for (const [operationId, url] of [
    ['neruChangePassword', '/api/v1/settings/security/change-password'],
    ['neruChangePasswordToo', '/api/v1/auth/change-password'],
  ] as const) {
    app.post(
      url,
      {
        schema: {
          operationId,
          summary: 'Change my password; ends all my sessions but this one',
          body: Type.Object({
            current_password: Type.String({ maxLength: 1000 }),
            new_password: Type.String({ minLength: 8, maxLength: 100 }),
            confirm_password: Type.Optional(Nullable(Type.String({ maxLength: 1000 }))),
          }),
          response: { 200: Ack },
        },
      },
      async (request) => {
        const { current_password: current, new_password: next, confirm_password: again } = request.body;
        requireStrong(next, 'new_password');
        if (typeof again === 'string' && again !== next) {
          throw new InvalidRequest(valueError(['body', 'confirm_password'], 'passwords do not match'));
        }
        await messenger.execute(memberOf(request), changePassword, { current, next });
        return acknowledge(request, 'data_saved');
      },
    );
  }

  app.get(
    '/api/v1/settings/security/logs',
    {
      schema: {
        operationId: 'neruSecurityLogs',
        summary: 'Where I signed in, and still am',
        response: { 200: Type.Object({ logs: Type.Array(SecurityLog) }) },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const sessions = await messenger.ask(member, ownSessions, {});
      return {
        logs: sessions.toReversed().map((session) => ({
          id: String(session.id),
          user_id: present.userId(member.accountId),
          action: 'login',
          device_info: session.device ?? '',
          ip_address: session.address,
          location: null,
          timestamp: asTime(session.createdAt),
        })),
      };
    },
  );

  for (const [operationId, method, url] of [
    ['neruDeactivate', 'PUT', '/api/v1/profile/deactivate'],
    ['neruDeactivateToo', 'POST', '/api/v1/settings/account/deactivate'],
  ] as const) {
    app.route({
      method,
      url,
      schema: { operationId, summary: 'Leave until I sign in again', response: { 200: Ack } },
      handler: async (request) => {
        await messenger.execute(memberOf(request), deactivateOwnAccount, {});
        return acknowledge(request, 'operation_successful');
      },
    });
  }

  for (const [operationId, url] of [
    ['neruDeleteProfile', '/api/v1/profile'],
    ['neruDeleteAccount', '/api/v1/settings/account'],
  ] as const) {
    app.delete(
      url,
      { schema: { operationId, summary: 'Delete my account', response: { 200: Ack } } },
      async (request) => {
        await messenger.execute(memberOf(request), deleteOwnAccount, {});
        return acknowledge(request, 'data_deleted');
      },
    );
  }

  for (const [operationId, method, url] of [
    ['neruExportProfile', 'GET', '/api/v1/profile/export'],
    ['neruExportAccount', 'POST', '/api/v1/settings/account/export'],
  ] as const) {
    app.route({
      method,
      url,
      schema: { operationId, summary: 'What is kept of me', response: { 200: Export } },
      handler: async (request) => everythingOf(memberOf(request), languageOf(request)),
    });
  }
}
