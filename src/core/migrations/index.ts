// Forward only, in this order, run at start under a lock. Never change one that has been released: add another.

import type { Migration } from 'kysely';
import * as first from './0001-first.ts';
import * as search from './0002-search.ts';
import * as aiMessaging from './0003-ai-messaging.ts';
import * as channels from './0004-channels.ts';
import * as groups from './0005-groups.ts';
import * as media from './0006-media.ts';
import * as notifications from './0007-notifications.ts';
import * as location from './0009-location.ts';
import * as calls from './0010-calls.ts';
import * as files from './0011-files.ts';
import * as announcements from './0012-announcements.ts';
import * as ownAccounts from './0013-own-accounts.ts';
import * as catchUp from './0014-catch-up.ts';
import * as deliveries from './0015-deliveries.ts';
import * as openings from './0016-openings.ts';

export const migrations: Record<string, Migration> = {
  '0001-first': first,
  '0002-search': search,
  '0003-ai-messaging': aiMessaging,
  '0004-channels': channels,
  '0005-groups': groups,
  '0006-media': media,
  '0007-notifications': notifications,
  '0009-location': location,
  '0010-calls': calls,
  '0011-files': files,
  '0012-announcements': announcements,
  '0013-own-accounts': ownAccounts,
  '0014-catch-up': catchUp,
  '0015-deliveries': deliveries,
  '0016-openings': openings,
};
