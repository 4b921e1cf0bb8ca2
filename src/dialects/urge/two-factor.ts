// /api/settings/security/2fa (contract, section 15). Answers with secrets are kept for no retry.

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { person } from '../../core/accounts/people.ts';
import {
  disableTwoFactor,
  enableTwoFactor,
  regenerateBackupCodes,
  setUpTwoFactor,
  twoFactorStatus,
} from '../../core/accounts/two-factor.ts';
import type { Surroundings } from '../dialect.ts';
import { memberOf } from '../fastapi.ts';
import { success } from './presenters.ts';
import { Success } from './schemas.ts';

const Code = Type.Object({ code: Type.String({ minLength: 1, maxLength: 64 }) });
const BackupCodes = Type.Object({ ...Success.properties, backup_codes: Type.Array(Type.String()) });

export function twoFactorRoutes(scope: FastifyInstance, { messenger }: Surroundings): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/api/settings/security/2fa/status',
    {
      schema: {
        operationId: 'urgeTwoFactorStatus',
        summary: 'Whether my second factor is on',
        response: { 200: Type.Object({ enabled: Type.Boolean(), has_backup_codes: Type.Boolean() }) },
      },
    },
    async (request) => {
      const { enabled, hasBackupCodes } = await messenger.ask(memberOf(request), twoFactorStatus, {});
      return { enabled, has_backup_codes: hasBackupCodes };
    },
  );

  app.post(
    '/api/settings/security/2fa/setup',
    {
      config: { unkept: true },
      schema: {
        operationId: 'urgeSetUpTwoFactor',
        summary: 'A new secret for an authenticator app',
        response: {
          200: Type.Object({ ...Success.properties, secret: Type.String(), provisioning_uri: Type.String() }),
        },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const { phone, username } = await messenger.ask(member, person, { id: member.accountId });
      const about = { issuer: 'URGE', label: phone ?? username };
      const { secret, uri } = await messenger.execute(member, setUpTwoFactor, about);
      return { ...success('Scan the code with an authenticator app.'), secret, provisioning_uri: uri };
    },
  );

  app.post(
    '/api/settings/security/2fa/verify',
    {
      config: { unkept: true },
      schema: {
        operationId: 'urgeEnableTwoFactor',
        summary: 'Turn the second factor on by its first code',
        body: Code,
        response: { 200: BackupCodes },
      },
    },
    async (request) => {
      const backup_codes = await messenger.execute(memberOf(request), enableTwoFactor, request.body);
      return { ...success('Two-factor authentication enabled.'), backup_codes };
    },
  );

  app.post(
    '/api/settings/security/2fa/disable',
    {
      schema: {
        operationId: 'urgeDisableTwoFactor',
        summary: 'Turn the second factor off, by a code or a backup code',
        body: Code,
        response: { 200: Success },
      },
    },
    async (request) => {
      await messenger.execute(memberOf(request), disableTwoFactor, request.body);
      return success('Two-factor authentication disabled.');
    },
  );

  app.post(
    '/api/settings/security/2fa/regenerate-backup-codes',
    {
      config: { unkept: true },
      schema: {
        operationId: 'urgeRegenerateBackupCodes',
        summary: 'Eight new backup codes; the old ones are dead',
        body: Code,
        response: { 200: BackupCodes },
      },
    },
    async (request) => {
      const backup_codes = await messenger.execute(memberOf(request), regenerateBackupCodes, request.body);
      return { ...success('Backup codes regenerated.'), backup_codes };
    },
  );
}
