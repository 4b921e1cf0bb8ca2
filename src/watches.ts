// Looks into the database for what other processes do there: sessions they end, and that they are there at all.

import type { Logger } from 'pino';
import type { Closers } from './adapters/index.ts';
import type { Database } from './adapters/database/index.ts';
import type { Settings } from './config.ts';
import { readRevocations } from './core/accounts/sessions.ts';
import type { Messenger } from './core/execute.ts';
import { otherServers } from './core/health.ts';
import { watchNeighbours } from './jobs/neighbours.ts';
import type { Sockets } from './sockets.ts';

const revocationInterval = 1_000;

export interface WatchesOptions {
  settings: Pick<Settings, 'redisUrl'>;
  database: Database;
  messenger: Messenger;
  sockets: Sockets;
  log: Logger;
  opened: Closers;
}

export function startWatches(options: WatchesOptions): void {
  const { settings, database, sockets, log, opened } = options;
  const revocations = watchRevocations(options);
  opened.push(() => clearInterval(revocations));
  if (database.kind === 'postgresql' && settings.redisUrl === null) {
    const neighbours = watchNeighbours({
      look: () => otherServers(database.db),
      found: () => {
        log.warn(
          'Another server uses this database, and REDIS_URL is not set. Messages pass between the two a second late; ' +
            'who is here, types or calls is known to one of them only. Set the same REDIS_URL for both.',
        );
        sockets.notAlone();
      },
      log,
    });
    opened.push(() => neighbours.close());
  }
}

/** Without Redis too, a session that another process ended is over here within two seconds (DECISIONS 6). */
function watchRevocations({ database, messenger, sockets, log }: WatchesOptions): NodeJS.Timeout {
  const { hub, gateway } = sockets;
  let looking = false;
  return setInterval(() => {
    if (looking) return;
    looking = true;
    readRevocations(database.db)
      .then(({ ended, changed, barred }) => {
        messenger.forget([...ended, ...changed]);
        gateway.visits.end([...ended, ...barred]);
        hub.endSessions(ended, 'session ended');
        hub.disconnect(barred, 'account disabled');
      })
      .catch((error: unknown) => log.warn({ err: error }, 'revocations could not be read'))
      .finally(() => (looking = false));
  }, revocationInterval);
}
