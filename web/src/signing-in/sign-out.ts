// Leaving: the session ends at the server, and nothing of it stays in this browser.

import { turnPushOff } from '../notifications/push.ts';
import { session } from '../api/session.ts';
import * as urge from '../api/urge.ts';
import { forgetConversations } from '../store/conversations.ts';
import { database } from '../store/database.ts';
import { forgetDrafts } from '../store/drafts.ts';
import { forgetOutbox } from '../store/outbox.ts';
import { queries } from '../store/queries.ts';
import { forgetTimelines } from '../store/timeline.ts';

/** Without a line the session ends when its tokens do; here it is over at once. */
export async function signOut(): Promise<void> {
  await turnPushOff().catch(() => undefined);
  await urge.signOut().catch(() => undefined);
  session.set(null);
}

// However it ended: here, in another tab, or by the server.
let last = session.get()?.me.id;
session.subscribe(() => {
  const now = session.get()?.me.id;
  if (last !== undefined && now !== last) {
    forgetOutbox();
    forgetConversations();
    forgetTimelines();
    forgetDrafts();
    queries.clear();
    database.clear().catch(() => undefined);
  }
  last = now;
});
