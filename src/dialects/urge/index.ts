// URGE: phone sign-in, direct and group chat, over /api and Socket.IO (contract: urge.md).

import type { Dialect } from '../dialect.ts';
import { answerErrors, describeAsProtected, requireMember } from '../fastapi.ts';
import { authRoutes, ownAccountRoutes } from './auth.ts';
import { conversationRoutes } from './conversations.ts';
import { createEncoders } from './encoders.ts';
import { manners, readIds } from './manners.ts';
import { messageRoutes } from './messages.ts';
import { createPresenters } from './presenters.ts';
import { createSocket } from './socket.ts';
import { userRoutes } from './users.ts';

export const urge: Dialect = {
  name: 'urge',

  routes(app, around) {
    const present = createPresenters(around.ids);
    const read = readIds(around.ids);
    answerErrors(app, manners);
    authRoutes(app, around, present);
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
    });
  },

  encoders: ({ ids }) => createEncoders(ids, createPresenters(ids)),

  socket: (around) => createSocket(around, createPresenters(around.ids)),
};
