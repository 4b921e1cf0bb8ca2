// /api/notifications and its other names under /api/settings (contract, sections 4.8, 11 and 15), and what a push says.

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { browserKey, registerDevice, unregisterDevice, type Platform } from '../../core/notifications/devices.ts';
import type { Notice, Wording } from '../../core/notifications/notice.ts';
import {
  changeNotificationSettings,
  notificationSettings,
  type NotificationSettings,
} from '../../core/notifications/settings.ts';
import { languages, say, type Language } from '../../texts/index.ts';
import type { Surroundings } from '../dialect.ts';
import { InvalidRequest, memberOf, Nullable, valueError } from '../fastapi.ts';
import type { PublicIds } from '../public-ids.ts';
import { standIn } from '../stand-ins.ts';
import { success } from './presenters.ts';
import { Success } from './schemas.ts';

const Switches = Type.Object({
  enabled: Type.Boolean(),
  show_preview: Type.Boolean(),
  sound: Type.Boolean(),
  vibration: Type.Boolean(),
  message_notifications: Type.Boolean(),
  group_notifications: Type.Boolean(),
});
type Switches = Type.Static<typeof Switches>;

const Changes = Type.Partial(
  Type.Object({
    ...Switches.properties,
    showPreview: Type.Boolean(),
    messageNotifications: Type.Boolean(),
    groupNotifications: Type.Boolean(),
  }),
);
type Changes = Type.Static<typeof Changes>;

const token = Type.String({ minLength: 1, maxLength: 4096 });

export function notificationRoutes(scope: FastifyInstance, { messenger, ids }: Surroundings): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  for (const [path, name] of [
    ['/api/notifications', 'Notification'],
    ['/api/settings/notifications', 'SettingsNotification'],
  ] as const) {
    app.post(
      `${path}/register`,
      {
        config: { unkept: true },
        schema: {
          operationId: `urge${name}Register`,
          summary: 'Be notified on this device',
          body: Type.Object({
            device_token: Type.Optional(token),
            token: Type.Optional(token),
            platform: Type.String({ minLength: 1, maxLength: 20 }),
          }),
          response: { 200: Success },
        },
      },
      async (request) => {
        const { device_token, token: given = device_token, platform } = request.body;
        if (given === undefined) {
          throw new InvalidRequest({ type: 'missing', loc: ['body', 'device_token'], msg: 'Field required' });
        }
        await messenger.execute(memberOf(request), registerDevice, {
          token: device_token ?? given,
          platform: readPlatform(platform),
        });
        return success('Device registered.');
      },
    );

    app.delete(
      `${path}/unregister`,
      {
        schema: {
          operationId: `urge${name}Unregister`,
          summary: 'Be notified on this device no more',
          querystring: Type.Object({ token }),
          response: { 200: Success },
        },
      },
      async (request) => {
        await messenger.execute(memberOf(request), unregisterDevice, { token: request.query.token });
        return success('Device unregistered.');
      },
    );

    const settingsPath = path === '/api/notifications' ? `${path}/settings` : path;
    app.get(
      settingsPath,
      {
        schema: {
          operationId: `urge${name}Settings`,
          summary: 'What I want to be notified of',
          response: { 200: Type.Object({ user_id: Type.String(), settings: Switches }) },
        },
      },
      async (request) => {
        const member = memberOf(request);
        const settings = await messenger.ask(member, notificationSettings, {});
        return { user_id: ids.toUuid('account', member.accountId), settings: presentSwitches(settings) };
      },
    );

    app.put(
      settingsPath,
      {
        schema: {
          operationId: `urgeChange${name}Settings`,
          summary: 'Change what I want to be notified of: what is absent stays',
          body: Changes,
          response: { 200: Type.Object({ ...Success.properties, settings: Switches }) },
        },
      },
      async (request) => {
        const changes = readChanges(request.body);
        const settings = await messenger.execute(memberOf(request), changeNotificationSettings, changes);
        return { ...success('Notification settings updated.'), settings: presentSwitches(settings) };
      },
    );
  }

  app.get(
    '/api/notifications/web-push-key',
    {
      schema: {
        operationId: 'urgeWebPushKey',
        summary: 'The key a browser subscribes with; its subscription is then registered, as JSON text, for WEB',
        response: { 200: Type.Object({ public_key: Nullable(Type.String()) }) },
      },
    },
    async (request) => ({ public_key: await messenger.ask(memberOf(request), browserKey, {}) }),
  );
}

function readPlatform(text: string): Platform {
  const platform = text.toLowerCase();
  if (platform === 'ios' || platform === 'android' || platform === 'web') return platform;
  throw new InvalidRequest(valueError(['body', 'platform'], 'not IOS, ANDROID or WEB'));
}

function presentSwitches(settings: NotificationSettings): Switches {
  return {
    enabled: settings.enabled,
    show_preview: settings.showPreview,
    sound: settings.sound,
    vibration: settings.vibration,
    message_notifications: settings.messages,
    group_notifications: settings.groups,
  };
}

/** Either spelling; the contract's own before the other. */
function readChanges(body: Changes): Partial<NotificationSettings> {
  const given = {
    enabled: body.enabled,
    showPreview: body.show_preview ?? body.showPreview,
    sound: body.sound,
    vibration: body.vibration,
    messages: body.message_notifications ?? body.messageNotifications,
    groups: body.group_notifications ?? body.groupNotifications,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/**
 * What a device of URGE's shows, in its owner's language, and what its app is handed: all text (section 11). It knows
 * neither calls nor fences.
 */
export function wordNotice(ids: PublicIds, notice: Notice, fallback: Language): Wording | null {
  if (notice.kind === 'announcement') {
    const { title, body, type } = notice;
    return { title, body, data: { type: 'announcement', about: type } };
  }
  if (notice.kind !== 'new_message' && notice.kind !== 'group_invite') return null;
  const { by, conversationName, isGroup } = notice;
  const conversation = ids.toUuid('conversation', notice.conversationId);
  const language = languages.find((one) => one === notice.language) ?? fallback;
  const group = conversationName || say(language, 'push_group');
  if (notice.kind === 'group_invite') {
    return {
      title: group,
      body: say(language, 'push_invited_by', { inviter_name: by.name }),
      data: { type: 'group_invite', group_id: conversation, group_name: group },
    };
  }
  const text =
    notice.text === null
      ? say(language, 'push_hidden_body')
      : notice.text || standIn(language, notice.messageKind, 'document');
  return {
    title: isGroup ? group : by.name,
    body: isGroup ? `${by.name}: ${text}` : text,
    data: {
      type: 'new_message',
      conversation_id: conversation,
      message_id: ids.toUuid('message', notice.messageId),
      sender_name: by.name,
      is_group: String(isGroup),
    },
  };
}
