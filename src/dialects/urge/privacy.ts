// /api/settings/privacy: switches and blocks (contract, sections 4.9, 12 and 15).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { block, blockBetween, blockedPeople, unblock } from '../../core/accounts/blocks.ts';
import { changePrivacy, privacy, type Privacy } from '../../core/accounts/privacy.ts';
import type { Surroundings } from '../dialect.ts';
import { memberOf, Nullable } from '../fastapi.ts';
import type { Ids } from './manners.ts';
import { nameOf, success } from './presenters.ts';
import { Success } from './schemas.ts';

const UserId = Type.Object({ userId: Type.String() });

const Switches = Type.Object({
  show_online_status: Type.Boolean(),
  show_last_seen: Type.Boolean(),
  show_profile_photo: Type.Boolean(),
  show_read_receipts: Type.Boolean(),
});

const flag = Type.Optional(Type.Boolean());
const SomeSwitches = Type.Object({
  show_online_status: flag,
  show_last_seen: flag,
  show_profile_photo: flag,
  show_read_receipts: flag,
});

const Blocked = Type.Object({ ...Success.properties, blocked_users: Type.Array(Type.String()) });

export function privacyRoutes(scope: FastifyInstance, { messenger, ids }: Surroundings, read: Ids): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/api/settings/privacy',
    {
      schema: {
        operationId: 'urgePrivacy',
        summary: 'What others see of me',
        response: { 200: Type.Object({ ...Switches.properties, blocked_users_count: Type.Integer() }) },
      },
    },
    async (request) => {
      const { switches, blockedCount } = await messenger.ask(memberOf(request), privacy, {});
      return { ...present(switches), blocked_users_count: blockedCount };
    },
  );

  app.put(
    '/api/settings/privacy',
    {
      schema: {
        operationId: 'urgeChangePrivacy',
        summary: 'Change what others see of me, by query parameters or by a body',
        querystring: SomeSwitches,
        body: SomeSwitches,
        response: { 200: Type.Object({ ...Success.properties, settings: Switches }) },
      },
    },
    async (request) => {
      const given = { ...request.query, ...request.body };
      const switches = await messenger.execute(memberOf(request), changePrivacy, {
        ...(given.show_online_status !== undefined && { onlineStatus: given.show_online_status }),
        ...(given.show_last_seen !== undefined && { lastSeen: given.show_last_seen }),
        ...(given.show_profile_photo !== undefined && { profilePhoto: given.show_profile_photo }),
        ...(given.show_read_receipts !== undefined && { readReceipts: given.show_read_receipts }),
      });
      return { ...success('Privacy settings updated.'), settings: present(switches) };
    },
  );

  app.get(
    '/api/settings/privacy/blocked',
    {
      schema: {
        operationId: 'urgeBlockedUsers',
        summary: 'Whom I block',
        response: {
          200: Type.Object({
            blocked_users: Type.Array(
              Type.Object({
                id: Type.String(),
                display_name: Type.String(),
                phone_number: Type.String(),
                avatar_url: Nullable(Type.String()),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const blocked = await messenger.ask(memberOf(request), blockedPeople, {});
      return {
        blocked_users: blocked.map((person) => ({
          id: ids.toUuid('account', person.id),
          display_name: nameOf(person),
          phone_number: person.phone ?? '',
          avatar_url: person.avatarUrl,
        })),
      };
    },
  );

  app.get(
    '/api/settings/privacy/blocked/check/:userId',
    {
      schema: {
        operationId: 'urgeCheckBlock',
        summary: 'Whether one of us blocks the other',
        params: UserId,
        response: {
          200: Type.Object({
            i_blocked_them: Type.Boolean(),
            they_blocked_me: Type.Boolean(),
            is_blocked: Type.Boolean(),
          }),
        },
      },
    },
    async (request) => {
      const id = read.account(request.params.userId);
      const { byMe, byThem } = await messenger.ask(memberOf(request), blockBetween, { id });
      return { i_blocked_them: byMe, they_blocked_me: byThem, is_blocked: byMe || byThem };
    },
  );

  app.post(
    '/api/settings/privacy/block/:userId',
    {
      schema: { operationId: 'urgeBlock', summary: 'Block somebody', params: UserId, response: { 200: Blocked } },
    },
    async (request) => {
      const id = read.account(request.params.userId);
      const blocked = await messenger.execute(memberOf(request), block, { id });
      return { ...success('User blocked.'), blocked_users: blocked.map((one) => ids.toUuid('account', one)) };
    },
  );

  app.delete(
    '/api/settings/privacy/unblock/:userId',
    {
      schema: { operationId: 'urgeUnblock', summary: 'Take a block back', params: UserId, response: { 200: Blocked } },
    },
    async (request) => {
      const id = read.account(request.params.userId);
      const blocked = await messenger.execute(memberOf(request), unblock, { id });
      return { ...success('User unblocked.'), blocked_users: blocked.map((one) => ids.toUuid('account', one)) };
    },
  );
}

function present(switches: Privacy) {
  return {
    show_online_status: switches.onlineStatus,
    show_last_seen: switches.lastSeen,
    show_profile_photo: switches.profilePhoto,
    show_read_receipts: switches.readReceipts,
  };
}
