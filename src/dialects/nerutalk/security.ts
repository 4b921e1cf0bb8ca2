// Proving an e-mail address, a second factor, and what I did with my account (contract, 10.1 and 10.2).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ownActivities } from '../../core/accounts/activities.ts';
import { requestEmailCode, verifyEmail } from '../../core/accounts/email-codes.ts';
import { ownProfile } from '../../core/accounts/profile.ts';
import { disableTwoFactor, enableTwoFactor, setUpTwoFactor } from '../../core/accounts/two-factor.ts';
import { say } from '../../texts/index.ts';
import { InvalidRequest, limitBy, memberOf, Nullable } from '../fastapi.ts';
import { acknowledge } from './auth.ts';
import type { Kit } from './kit.ts';
import { languageOf } from './manners.ts';
import { time as asTime } from './presenters.ts';
import { Ack, text, time, uuid } from './schemas.ts';

const code = Type.Optional(Nullable(Type.String({ maxLength: 64 })));
/** The client's name for it, and shorter ones. */
const Code = Type.Object({ verification_code: code, code, token: code });

const Activity = Type.Object({
  id: text,
  user_id: uuid,
  action: text,
  description: text,
  metadata: Type.Null(),
  created_at: time,
});

const TwoFactor = Type.Object({
  ...Ack.properties,
  enabled: Type.Boolean(),
  secret: Nullable(text),
  provisioning_uri: Nullable(text),
  backup_codes: Type.Array(text),
});

type Codes = { verification_code?: string | null; code?: string | null; token?: string | null } | null | undefined;

/** Undefined: none was given. */
function codeIn(body: Codes): string | undefined {
  return body?.verification_code || body?.code || body?.token || undefined;
}

/** Throws InvalidRequest (422) where none was given. */
function requiredCode(body: Codes): string {
  const given = codeIn(body);
  if (given !== undefined) return given;
  throw new InvalidRequest({ type: 'missing', loc: ['body', 'verification_code'], msg: 'Field required' });
}

export function securityRoutes(scope: FastifyInstance, { messenger, present }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/api/v1/profile/activities',
    {
      schema: {
        operationId: 'neruActivities',
        summary: 'What I did with my account, newest first',
        querystring: Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }) }),
        response: { 200: Type.Array(Activity) },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const activities = await messenger.ask(member, ownActivities, { limit: request.query.limit });
      return activities.map(({ id, action, createdAt }) => ({
        id: String(id),
        user_id: present.userId(member.accountId),
        action,
        description: say(languageOf(request), `activity_${action}`),
        metadata: null,
        created_at: asTime(createdAt),
      }));
    },
  );

  app.post(
    '/api/v1/profile/send-email-verification',
    {
      preHandler: limitBy(scope, {
        name: 'neru-email-code',
        max: 10,
        seconds: 3600,
        by: (request) => String(memberOf(request).accountId),
      }),
      schema: {
        operationId: 'neruSendEmailVerification',
        summary: 'Send a code to my e-mail address, unless it is confirmed',
        response: { 200: Ack },
      },
    },
    async (request) => {
      await messenger.execute(memberOf(request), requestEmailCode, {});
      return acknowledge(request, 'email_code_sent');
    },
  );

  for (const [operationId, url] of [
    ['neruVerifyEmail', '/api/v1/profile/verify-email'],
    ['neruVerifyEmailToo', '/api/v1/auth/verify-email'],
  ] as const) {
    app.post(
      url,
      {
        schema: {
          operationId,
          summary: 'Confirm my e-mail address by the code sent there',
          body: Code,
          response: { 200: Ack },
        },
      },
      async (request) => {
        await messenger.execute(memberOf(request), verifyEmail, { code: requiredCode(request.body) });
        return acknowledge(request, 'activity_email_verified');
      },
    );
  }

  app.post(
    '/api/v1/settings/security/2fa/enable',
    {
      config: { unkept: true },
      schema: {
        operationId: 'neruEnableTwoFactor',
        summary: 'Without a code: a new secret for an authenticator app. With its code: turn the second factor on',
        body: Type.Union([Code, Type.Null()]),
        response: { 200: TwoFactor },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const given = codeIn(request.body);
      if (given !== undefined) {
        const backup_codes = await messenger.execute(member, enableTwoFactor, { code: given });
        const nothing = { secret: null, provisioning_uri: null };
        return { ...acknowledge(request, 'data_saved'), enabled: true, ...nothing, backup_codes };
      }
      const { email, username } = await messenger.ask(member, ownProfile, {});
      const about = { issuer: 'NeruTalk', label: email ?? username };
      const { secret, uri } = await messenger.execute(member, setUpTwoFactor, about);
      const pending = acknowledge(request, 'two_factor_pending');
      return { ...pending, enabled: false, secret, provisioning_uri: uri, backup_codes: [] };
    },
  );

  app.post(
    '/api/v1/settings/security/2fa/disable',
    {
      schema: {
        operationId: 'neruDisableTwoFactor',
        summary: 'Turn the second factor off, by a code or a backup code',
        body: Code,
        response: { 200: Ack },
      },
    },
    async (request) => {
      await messenger.execute(memberOf(request), disableTwoFactor, { code: requiredCode(request.body) });
      return acknowledge(request, 'data_saved');
    },
  );
}
