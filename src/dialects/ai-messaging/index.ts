// AI Messaging: people who write to one another, over /auth, /messages and /reports; no socket (contract: ai-messaging.md).

import { mayAdminister } from '../../core/accounts/superusers.ts';
import type { Dialect } from '../dialect.ts';
import { answerErrors, describeAsProtected, memberOf, requireMember } from '../fastapi.ts';
import { authRoutes, ownAccountRoutes } from './auth.ts';
import { conversationRoutes } from './conversations.ts';
import { journalFiles, keepJournal } from './journal.ts';
import { manners } from './manners.ts';
import { messageRoutes } from './messages.ts';
import { reportAdminRoutes, reportRoutes } from './reports.ts';
import { serviceRoutes } from './service.ts';
import { sessionRoutes } from './sessions.ts';
import { createTeller } from './synced.ts';
import { userRoutes } from './users.ts';
import { webhookRoutes } from './webhook.ts';

export const aiMessaging: Dialect = {
  name: 'ai-messaging',

  journalFiles,

  openPaths: /^\/(auth|messages|reports|db-test|twilio_webhook)(\/|$)/,

  routes(app, around) {
    const { messenger } = around;
    answerErrors(app, manners);
    keepJournal(app, around.journal);
    serviceRoutes(app, around);
    app.register(async (scope) => webhookRoutes(scope, around));
    authRoutes(app, around);
    app.register(async (scope) => {
      describeAsProtected(scope);
      // After malformed JSON, before validation: the order that the product's tests know.
      scope.addHook(
        'preValidation',
        requireMember((token) => messenger.authenticate(token)),
      );
      ownAccountRoutes(scope, around);
      sessionRoutes(scope, around);
      conversationRoutes(scope, around);
      messageRoutes(scope, around);
      reportRoutes(scope, around);
      scope.register(async (inner) => {
        inner.addHook('preValidation', (request) => messenger.ask(memberOf(request), mayAdminister, {}));
        userRoutes(inner, around);
        reportAdminRoutes(inner, around);
      });
    });
  },

  encoders: () => ({}),

  tell: createTeller,
};
