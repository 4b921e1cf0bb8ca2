// Settings screens: each stores what it is given; what means something here acts as well (contract, 10.2).

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Action } from '../../core/accounts/activities.ts';
import { block, blockedPeople, unblock } from '../../core/accounts/blocks.ts';
import { accountDates } from '../../core/accounts/own-account.ts';
import { changePrivacy, privacy, profilePrivacyScreen, type Privacy } from '../../core/accounts/privacy.ts';
import { ownProfile } from '../../core/accounts/profile.ts';
import { twoFactorStatus } from '../../core/accounts/two-factor.ts';
import type { Member } from '../../core/context.ts';
import { DomainError } from '../../core/errors.ts';
import {
  changeNotificationSettings,
  changeScreen,
  chooseLanguage,
  notificationSettings,
  screenOf,
  type NotificationSettings,
} from '../../core/notifications/settings.ts';
import { languageOfExactly } from '../../texts/wanted.ts';
import { memberOf } from '../fastapi.ts';
import { acknowledge } from './auth.ts';
import { UserId } from './ids.ts';
import type { Kit } from './kit.ts';
import { time as asTime } from './presenters.ts';
import { Ack } from './schemas.ts';
import * as screens from './screens.ts';

type Document = Record<string, unknown>;

/** Switches of the screens that are the account's own, whichever dialect sets them. */
const switches: Record<string, keyof Privacy> = {
  show_last_seen: 'lastSeen',
  show_online_status: 'onlineStatus',
  show_profile_photo: 'profilePhoto',
  read_receipts: 'readReceipts',
};

/** Those of the app's screen that decide how its owner is notified, through whichever product. */
const notifying: Record<string, keyof NotificationSettings> = {
  enable_notifications: 'enabled',
  enable_sounds: 'sound',
  enable_vibration: 'vibration',
};

interface Screen {
  operation: string;
  path: string;
  /** The name under which it is stored. */
  stored: string;
  definition: screens.Definition;
  /** Changing it is kept among the activities as this. */
  action?: Action;
  /** False: clients only ever write it. */
  isAsked?: false;
  /** What stands elsewhere and is shown here. */
  facts?(member: Member): Promise<Document>;
  /** What a change does beside being stored. */
  act?(member: Member, given: Document): Promise<void>;
}

export function settingsRoutes(scope: FastifyInstance, { messenger, present, read }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  async function ownSwitches(member: Member): Promise<Document> {
    const { switches: own } = await messenger.ask(member, privacy, {});
    return Object.fromEntries(Object.entries(switches).map(([field, name]) => [field, own[name]]));
  }

  async function notifyAs(member: Member, given: Document): Promise<void> {
    const own = Object.entries(given).filter(([field]) => notifying[field]);
    if (own.length > 0) {
      const changes = Object.fromEntries(own.map(([field, value]) => [notifying[field], value]));
      await messenger.execute(member, changeNotificationSettings, changes as Partial<NotificationSettings>);
    }
    const language = languageOfExactly(given.language);
    if (language !== null) await messenger.execute(member, chooseLanguage, { language });
  }

  const all: readonly Screen[] = [
    {
      operation: 'App',
      path: '/settings/app',
      stored: 'nerutalk-app',
      definition: screens.app,
      facts: async (member) => {
        const own = await messenger.ask(member, notificationSettings, {});
        return Object.fromEntries(Object.entries(notifying).map(([field, name]) => [field, own[name]]));
      },
      act: notifyAs,
    },
    {
      operation: 'Privacy',
      path: '/settings/privacy',
      stored: 'nerutalk-privacy',
      definition: screens.privacy,
      action: 'privacy_updated',
      facts: async (member) => ({
        ...(await ownSwitches(member)),
        blocked_users: (await messenger.ask(member, blockedPeople, {})).map(({ id }) => present.userId(id)),
      }),
    },
    {
      operation: 'ProfilePrivacy',
      path: '/profile/privacy',
      stored: profilePrivacyScreen,
      definition: screens.profilePrivacy,
      action: 'privacy_updated',
      isAsked: false,
      facts: ownSwitches,
    },
    {
      operation: 'Security',
      path: '/settings/security',
      stored: 'nerutalk-security',
      definition: screens.security,
      facts: async (member) => ({
        two_factor_auth: (await messenger.ask(member, twoFactorStatus, {})).enabled,
        trusted_devices: [],
        security_logs: [],
        last_password_change: asTime((await messenger.ask(member, accountDates, {})).passwordChangedAt),
      }),
    },
    {
      operation: 'Account',
      path: '/settings/account',
      stored: 'nerutalk-account',
      definition: screens.account,
      facts: async (member) => {
        const me = await messenger.ask(member, ownProfile, {});
        const { signedInAt } = await messenger.ask(member, accountDates, {});
        return {
          is_active: true,
          email_verified: me.isEmailVerified,
          phone_verified: me.isPhoneVerified,
          account_created_at: asTime(me.createdAt),
          last_login_at: asTime(signedInAt),
          last_active_at: asTime(me.lastSeenAt),
          account_type: 'free',
          subscription_status: 'active',
          subscription_expires_at: null,
        };
      },
    },
  ];

  async function show(member: Member, { stored, definition, facts }: Screen): Promise<Document> {
    return {
      ...definition.defaults,
      ...(await messenger.ask(member, screenOf, { screen: stored })),
      ...(await facts?.(member)),
      user_id: present.userId(member.accountId),
      updated_at: null,
    };
  }

  async function change(member: Member, screen: Screen, given: Document): Promise<void> {
    const own = Object.entries(given).filter(([field]) => screen.definition.shown[field] && switches[field]);
    if (own.length > 0) {
      const changes = Object.fromEntries(own.map(([field, value]) => [switches[field], value]));
      await messenger.execute(member, changePrivacy, changes as Partial<Privacy>);
    }
    if (Object.keys(given).length === 0) return;
    await screen.act?.(member, given);
    await messenger.execute(member, changeScreen, {
      screen: screen.stored,
      changes: given,
      ...(screen.action !== undefined && { action: screen.action }),
    });
  }

  for (const screen of all) {
    const { operation, path, definition } = screen;
    const url = `/api/v1${path}`;
    const response = { 200: Type.Object(definition.shown) };
    if (screen.isAsked !== false) {
      app.get(
        url,
        { schema: { operationId: `neru${operation}Settings`, summary: 'A settings screen of mine', response } },
        async (request) => show(memberOf(request), screen),
      );
    }
    app.put(
      url,
      {
        schema: {
          operationId: `neruChange${operation}Settings`,
          summary: 'Change what is given of a settings screen',
          body: Type.Object(definition.changed),
          response,
        },
      },
      async (request) => {
        const member = memberOf(request);
        await change(member, screen, request.body);
        return show(member, screen);
      },
    );
  }

  /** Saying it twice is saying it. */
  async function settle(request: FastifyRequest, command: typeof block, reason: string) {
    const { user_id } = request.body as { user_id: string };
    const id = read.account(user_id, ['body', 'user_id']);
    try {
      await messenger.execute(memberOf(request), command, { id });
    } catch (error) {
      if (!(error instanceof DomainError) || error.reason !== reason) throw error;
    }
    return acknowledge(request, 'data_saved');
  }

  for (const [name, command, reason] of [
    ['block', block, 'already_blocked'],
    ['unblock', unblock, 'not_blocked'],
  ] as const) {
    app.post(
      `/api/v1/settings/privacy/${name}`,
      {
        schema: {
          operationId: name === 'block' ? 'neruBlock' : 'neruUnblock',
          summary: name === 'block' ? 'Block somebody' : 'Take a block back',
          body: Type.Object({ user_id: UserId }),
          response: { 200: Ack },
        },
      },
      async (request) => settle(request, command, reason),
    );
  }
}
