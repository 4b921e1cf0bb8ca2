// /api/keys: public keys of devices, for end-to-end encryption. No source names these paths: they are ours.

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { deviceKeys, publishKey, withdrawKey, type DeviceKey } from '../../core/accounts/device-keys.ts';
import type { Surroundings } from '../dialect.ts';
import { memberOf } from '../fastapi.ts';
import type { Ids } from './manners.ts';
import { success, time } from './presenters.ts';
import { Success } from './schemas.ts';

const Device = Type.Object({ deviceId: Type.String({ pattern: '^[A-Za-z0-9._:-]{1,64}$' }) });
const Keys = Type.Array(
  Type.Object({
    device_id: Type.String(),
    algorithm: Type.String(),
    public_key: Type.String(),
    created_at: Type.String({ format: 'date-time' }),
    updated_at: Type.String({ format: 'date-time' }),
  }),
);

export function keyRoutes(scope: FastifyInstance, { messenger, ids }: Surroundings, read: Ids): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/api/keys',
    {
      schema: {
        operationId: 'urgeOwnKeys',
        summary: 'The public keys of my devices',
        response: { 200: Type.Object({ user_id: Type.String(), keys: Keys }) },
      },
    },
    async (request) => {
      const id = memberOf(request).accountId;
      const keys = await messenger.ask(memberOf(request), deviceKeys, { id });
      return { user_id: ids.toUuid('account', id), keys: keys.map(present) };
    },
  );

  app.get(
    '/api/users/:id/keys',
    {
      schema: {
        operationId: 'urgeUserKeys',
        summary: 'The public keys of somebody’s devices',
        params: Type.Object({ id: Type.String() }),
        response: { 200: Type.Object({ user_id: Type.String(), keys: Keys }) },
      },
    },
    async (request) => {
      const id = read.account(request.params.id);
      const keys = await messenger.ask(memberOf(request), deviceKeys, { id });
      return { user_id: ids.toUuid('account', id), keys: keys.map(present) };
    },
  );

  app.put(
    '/api/keys/:deviceId',
    {
      schema: {
        operationId: 'urgePublishKey',
        summary: 'Publish the public key of one of my devices, or replace it',
        params: Device,
        body: Type.Object({
          algorithm: Type.String({ minLength: 1, maxLength: 64 }),
          public_key: Type.String({ minLength: 1, maxLength: 4096 }),
        }),
        response: { 200: Success },
      },
    },
    async (request) => {
      const { algorithm, public_key } = request.body;
      const key = { deviceId: request.params.deviceId, algorithm, publicKey: public_key };
      await messenger.execute(memberOf(request), publishKey, key);
      return success('Key published.');
    },
  );

  app.delete(
    '/api/keys/:deviceId',
    {
      schema: {
        operationId: 'urgeWithdrawKey',
        summary: 'Take the key of one of my devices back',
        params: Device,
        response: { 200: Success },
      },
    },
    async (request) => {
      await messenger.execute(memberOf(request), withdrawKey, { deviceId: request.params.deviceId });
      return success('Key withdrawn.');
    },
  );
}

function present(key: DeviceKey) {
  return {
    device_id: key.deviceId,
    algorithm: key.algorithm,
    public_key: key.publicKey,
    created_at: time(key.createdAt),
    updated_at: time(key.updatedAt),
  };
}
