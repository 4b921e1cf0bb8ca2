// NeruTalk: chats, calls and places, over /api/v1 and a plain WebSocket (contract: nerutalk.md).

import type { Dialect } from '../dialect.ts';
import { answerErrors, describeAsProtected, requireMember } from '../fastapi.ts';
import { codeOf } from '../../texts/wanted.ts';
import { accountRoutes } from './account.ts';
import { authRoutes, logoutRoutes } from './auth.ts';
import { callEncoders } from './calls-socket.ts';
import { callRoutes } from './calls.ts';
import { chatRoutes } from './chats.ts';
import { chatEncoders } from './encoders.ts';
import { geofenceRoutes } from './geofences.ts';
import { createKit, type Routes } from './kit.ts';
import { languageRoutes } from './languages.ts';
import { locationShareRoutes } from './location-shares.ts';
import { locationEncoders } from './location-socket.ts';
import { locationRoutes } from './location.ts';
import { languageOf, manners } from './manners.ts';
import { messageRoutes } from './messages.ts';
import { profileRoutes } from './profile.ts';
import { settingsRoutes } from './settings.ts';
import { createSocket } from './socket.ts';

/** One for each part of the contract; all of them for who has a token. */
const protectedRoutes: readonly Routes[] = [
  logoutRoutes,
  profileRoutes,
  chatRoutes,
  messageRoutes,
  settingsRoutes,
  accountRoutes,
  callRoutes,
  locationRoutes,
  locationShareRoutes,
  geofenceRoutes,
];

export const nerutalk: Dialect = {
  name: 'nerutalk',

  routes(app, around) {
    const kit = createKit(around);
    const { messenger } = kit;
    answerErrors(app, manners);
    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-content-language', codeOf(languageOf(request)));
    });
    languageRoutes(app);
    authRoutes(app, kit);
    app.register(async (scope) => {
      describeAsProtected(scope);
      // Whoever issued the token: on these paths one speaks NeruTalk.
      scope.addHook(
        'onRequest',
        requireMember(async (token) => ({ ...(await messenger.authenticate(token)), dialect: 'nerutalk' })),
      );
      for (const addTo of protectedRoutes) addTo(scope, kit);
    });
  },

  encoders(around) {
    const kit = createKit(around);
    return { ...chatEncoders(kit), ...callEncoders(kit), ...locationEncoders(kit) };
  },

  socket: (around) => createSocket(createKit(around)),
};
