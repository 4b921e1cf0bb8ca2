// /api/v1/push-notifications/device-tokens: where I am told of things while away (contract, 6.5).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type, type Static } from 'typebox';
import type { DeviceId } from '../../core/ids.ts';
import { changeDevice, devices, registerDevice, removeDevice, type Device } from '../../core/notifications/devices.ts';
import { memberOf, Nullable } from '../fastapi.ts';
import { acknowledge } from './auth.ts';
import { readInteger } from './ids.ts';
import type { Kit } from './kit.ts';
import { languageOf } from './manners.ts';
import { time } from './presenters.ts';
import { Ack, flag, id, text, time as moment, uuid } from './schemas.ts';

const base = '/api/v1/push-notifications/device-tokens';
const TokenPath = Type.Object({ token_id: Type.String() });

const DeviceType = Type.Enum(['ios', 'android', 'web']);
const token = Type.String({ minLength: 1, maxLength: 255 });
const about = {
  device_id: Type.Optional(Nullable(Type.String({ maxLength: 255 }))),
  app_version: Type.Optional(Nullable(Type.String({ maxLength: 50 }))),
  device_name: Type.Optional(Nullable(Type.String({ maxLength: 255 }))),
  os_version: Type.Optional(Nullable(Type.String({ maxLength: 50 }))),
};
type About = { -readonly [Name in keyof typeof about]?: Static<(typeof about)[Name]> };

const DeviceToken = Type.Object({
  id,
  user_id: uuid,
  token: text,
  device_type: DeviceType,
  device_id: text,
  app_version: text,
  device_name: Nullable(text),
  os_version: Nullable(text),
  is_active: flag,
  last_used: moment,
  last_used_at: moment,
  created_at: moment,
  updated_at: moment,
});

export function deviceRoutes(scope: FastifyInstance, { messenger, present: { userId } }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const idIn = (request: { params: { token_id: string } }) =>
    readInteger(request.params.token_id, ['path', 'token_id']) as DeviceId;
  const present = (device: Device): Static<typeof DeviceToken> => ({
    id: device.id,
    user_id: userId(device.accountId),
    token: device.token,
    device_type: device.platform,
    device_id: device.deviceId ?? '',
    app_version: device.appVersion ?? '',
    device_name: device.deviceName,
    os_version: device.osVersion,
    is_active: device.isActive,
    last_used: time(device.lastUsedAt),
    last_used_at: time(device.lastUsedAt),
    created_at: time(device.createdAt),
    updated_at: time(device.updatedAt),
  });

  app.post(
    base,
    {
      config: { unkept: true },
      schema: {
        operationId: 'neruRegisterDevice',
        summary: 'Be told of things on this device, in the language in which this is asked',
        body: Type.Object({ token, device_type: DeviceType, ...about }),
        response: { 200: DeviceToken },
      },
    },
    async (request) => {
      const { body } = request;
      const device = await messenger.execute(memberOf(request), registerDevice, {
        token: body.token,
        platform: body.device_type,
        ...readAbout(body),
        language: languageOf(request),
      });
      return present(device);
    },
  );

  app.get(
    base,
    {
      schema: {
        operationId: 'neruDevices',
        summary: 'My devices that are told, the one used last first',
        response: { 200: Type.Array(DeviceToken) },
      },
    },
    async (request) => (await messenger.ask(memberOf(request), devices, {})).map(present),
  );

  app.put(
    `${base}/:token_id`,
    {
      config: { unkept: true },
      schema: {
        operationId: 'neruChangeDevice',
        summary: 'Change what is given of a device of mine',
        params: TokenPath,
        body: Type.Object({
          token: Type.Optional(token),
          ...about,
          is_active: Type.Optional(Nullable(Type.Boolean())),
        }),
        response: { 200: DeviceToken },
      },
    },
    async (request) => {
      const { body } = request;
      const device = await messenger.execute(memberOf(request), changeDevice, {
        id: idIn(request),
        ...(body.token !== undefined && { token: body.token }),
        ...readAbout(body),
        ...(typeof body.is_active === 'boolean' && { isActive: body.is_active }),
      });
      return present(device);
    },
  );

  app.delete(
    `${base}/:token_id`,
    {
      schema: {
        operationId: 'neruRemoveDevice',
        summary: 'Be told no more on this device',
        params: TokenPath,
        response: { 200: Ack },
      },
    },
    async (request) => {
      await messenger.execute(memberOf(request), removeDevice, { id: idIn(request) });
      return acknowledge(request, 'data_deleted');
    },
  );
}

function readAbout(body: About) {
  return {
    ...(body.device_id !== undefined && { deviceId: body.device_id }),
    ...(body.app_version !== undefined && { appVersion: body.app_version }),
    ...(body.device_name !== undefined && { deviceName: body.device_name }),
    ...(body.os_version !== undefined && { osVersion: body.os_version }),
  };
}
