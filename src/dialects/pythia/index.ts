// Pythia Conversations: channels, mentions and reactions, over /api/v1 and a plain WebSocket (contract: pythia.md).

import type { Dialect } from '../dialect.ts';
import { answerErrors, createLostAnswers, describeAsProtected, requireMember } from '../fastapi.ts';
import { adminRoutes } from './admin.ts';
import { authRoutes, ownAccountRoutes } from './auth.ts';
import { channelRoutes } from './channels.ts';
import { createEncoders } from './encoders.ts';
import { manners, readIds } from './manners.ts';
import { messageRoutes } from './messages.ts';
import { createPresenters } from './presenters.ts';
import { reactionRoutes } from './reactions.ts';
import { createSocket } from './socket.ts';
import { createSynced } from './synced.ts';
import { userRoutes } from './users.ts';

export const pythia: Dialect = {
  name: 'pythia',

  routes(app, around) {
    const { messenger, ids } = around;
    const kit = {
      ...around,
      present: createPresenters(ids),
      read: readIds(ids),
      lost: createLostAnswers(),
    };
    answerErrors(app, manners);
    authRoutes(app, kit);
    app.register(async (scope) => {
      describeAsProtected(scope);
      // Whoever issued the token: on these paths one speaks Pythia.
      scope.addHook(
        'onRequest',
        requireMember(async (token) => ({ ...(await messenger.authenticate(token)), dialect: 'pythia' })),
      );
      ownAccountRoutes(scope, kit);
      userRoutes(scope, kit);
      channelRoutes(scope, kit);
      messageRoutes(scope, kit);
      reactionRoutes(scope, kit);
      adminRoutes(scope, kit);
    });
  },

  encoders: ({ ids }) => createEncoders(ids, createPresenters(ids)),

  synced: ({ ids }) => createSynced(ids, createPresenters(ids)),

  socket: (around) => createSocket(around),
};
