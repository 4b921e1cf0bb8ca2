// NeruTalk: chats, calls and places, over /api/v1 and a plain WebSocket (contract: nerutalk.md).

import type { Dialect } from '../dialect.ts';
import { answerErrors, describeAsProtected, requireMember } from '../fastapi.ts';
import { codeOf } from '../../texts/wanted.ts';
import { accountRoutes } from './account.ts';
import { announcementRoutes } from './announcements.ts';
import { authRoutes, logoutRoutes } from './auth.ts';
import { avatarRoutes } from './avatars.ts';
import { callEncoders } from './calls-socket.ts';
import { callRoutes } from './calls.ts';
import { chatRoutes } from './chats.ts';
import { deviceRoutes } from './devices.ts';
import { chatEncoders } from './encoders.ts';
import { fileRoutes, namedFileRoutes } from './files.ts';
import { geofenceRoutes } from './geofences.ts';
import { gifRoutes } from './gifs.ts';
import { createKit, type Routes } from './kit.ts';
import { languageRoutes } from './languages.ts';
import { locationShareRoutes } from './location-shares.ts';
import { locationEncoders } from './location-socket.ts';
import { locationRoutes } from './location.ts';
import { languageOf, manners } from './manners.ts';
import { messageRoutes } from './messages.ts';
import { notificationRoutes } from './notifications.ts';
import { withPoints } from './points.ts';
import { profileRoutes } from './profile.ts';
import { securityRoutes } from './security.ts';
import { settingsRoutes } from './settings.ts';
import { createSocket } from './socket.ts';
import { createSynced } from './synced.ts';
import { stickerRoutes } from './stickers.ts';
import { uploadRoutes } from './uploads.ts';
import { createWording } from './wording.ts';

/** One for each part of the contract; all of them for who has a token. */
const protectedRoutes: readonly Routes[] = [
  logoutRoutes,
  profileRoutes,
  chatRoutes,
  messageRoutes,
  avatarRoutes,
  uploadRoutes,
  fileRoutes,
  stickerRoutes,
  gifRoutes,
  settingsRoutes,
  accountRoutes,
  securityRoutes,
  callRoutes,
  locationRoutes,
  locationShareRoutes,
  geofenceRoutes,
  deviceRoutes,
  notificationRoutes,
  announcementRoutes,
];

export const nerutalk: Dialect = {
  name: 'nerutalk',
  languagePaths: /^\/api\/v1(\/|$)/,

  routes(app, around) {
    const kit = createKit(around);
    const { messenger } = kit;
    answerErrors(app, manners);
    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-content-language', codeOf(languageOf(request)));
    });
    languageRoutes(app, around);
    authRoutes(app, kit);
    namedFileRoutes(app, kit);
    app.register(async (scope) => {
      describeAsProtected(scope);
      // Whoever issued the token: on these paths one speaks NeruTalk.
      scope.addHook(
        'onRequest',
        requireMember(async (token) => ({ ...(await messenger.authenticate(token)), dialect: 'nerutalk' })),
      );
      scope.addHook('onSend', async ({ url }, _reply, payload) =>
        typeof payload === 'string' && url.startsWith('/api/v1/location/') ? withPoints(payload) : payload,
      );
      for (const addTo of protectedRoutes) addTo(scope, kit);
    });
  },

  encoders(around) {
    const kit = createKit(around);
    return { ...chatEncoders(kit), ...callEncoders(kit), ...locationEncoders(kit) };
  },

  wording: createWording,

  synced: (around) => createSynced(createKit(around)),

  socket: (around) => createSocket(createKit(around)),
};
