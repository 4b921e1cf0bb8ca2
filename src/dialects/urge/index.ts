// URGE: phone sign-in, direct and group chat, over /api and Socket.IO (contract: urge.md).

import { usualLanguages } from '../../texts/wanted.ts';
import type { Dialect } from '../dialect.ts';
import { answerErrors, describeAsProtected, requireMember } from '../fastapi.ts';
import { accountRoutes } from './account.ts';
import { authRoutes, ownAccountRoutes } from './auth.ts';
import { conversationRoutes } from './conversations.ts';
import { createEncoders } from './encoders.ts';
import { groupEventRoutes } from './group-events.ts';
import { groupRoutes } from './groups.ts';
import { keyRoutes } from './keys.ts';
import { manners, readIds } from './manners.ts';
import { mediaRoutes } from './media.ts';
import { messageRoutes } from './messages.ts';
import { notificationRoutes, wordNotice } from './notifications.ts';
import { createPresenters } from './presenters.ts';
import { privacyRoutes } from './privacy.ts';
import { createSocket } from './socket.ts';
import { createSynced } from './synced.ts';
import { twoFactorRoutes } from './two-factor.ts';
import { userRoutes } from './users.ts';

export const urge: Dialect = {
  name: 'urge',

  // Below /api/v1 others are served.
  languagePaths: /^\/api(?!\/v1)(\/|$)/,

  routes(app, around) {
    const present = createPresenters(around.ids);
    const read = readIds(around.ids);
    answerErrors(app, manners);
    authRoutes(app, around, present);
    mediaRoutes(app, around, read);
    app.register(async (scope) => {
      describeAsProtected(scope);
      scope.addHook(
        'onRequest',
        requireMember((token) => around.messenger.authenticate(token)),
      );
      ownAccountRoutes(scope, around, present);
      userRoutes(scope, around, present, read);
      conversationRoutes(scope, around, present, read);
      messageRoutes(scope, around, present, read);
      groupRoutes(scope, around, read);
      groupEventRoutes(scope, around, read);
      privacyRoutes(scope, around, read);
      twoFactorRoutes(scope, around);
      accountRoutes(scope, around, present);
      keyRoutes(scope, around, read);
      notificationRoutes(scope, around);
    });
  },

  encoders: ({ ids }) => createEncoders(ids, createPresenters(ids)),

  synced: ({ ids }) => createSynced(ids, createPresenters(ids)),

  wording:
    ({ ids, languages: { fallback } = usualLanguages }) =>
    (notice) =>
      wordNotice(ids, notice, fallback),

  socket: (around) => createSocket(around, createPresenters(around.ids)),
};
