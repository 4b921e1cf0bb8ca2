// The sockets and what they hear: hub, pulse, gateway, and who is here.

import type { Logger } from 'pino';
import type { Closers } from './adapters/index.ts';
import type { Database } from './adapters/database/index.ts';
import type { Settings } from './config.ts';
import { claimedDialect } from './core/accounts/tokens.ts';
import { suspectCalls } from './core/calls/deserted.ts';
import { beatsAfter, headOf, missedBy, seam } from './core/catch-up.ts';
import type { DialectName, Member } from './core/context.ts';
import { audienceOf, concerning, standingsOf } from './core/conversations/audience.ts';
import type { Event } from './core/events.ts';
import type { Messenger } from './core/execute.ts';
import type { AccountId } from './core/ids.ts';
import type { Cluster } from './core/ports.ts';
import { changePresence, correctPresence } from './core/presence.ts';
import { replayChanges, replayOwnChanges } from './core/replay.ts';
import type { Encoders, SocketProtocol } from './dialects/dialect.ts';
import { watchDepartures } from './jobs/departures.ts';
import type { Crew } from './realtime/crew.ts';
import { createGateway, type Gateway } from './realtime/gateway.ts';
import { createHub, type Hub } from './realtime/hub.ts';
import { createPulse } from './realtime/pulse.ts';
import { wantedLanguage, type LanguageRules } from './texts/wanted.ts';

/** So that reloading a page is no departure. */
const departureGrace = 1_000;

export interface SocketsOptions {
  settings: Settings;
  database: Database;
  messenger: Messenger;
  cluster: Cluster;
  encoders: Partial<Record<DialectName, Encoders>>;
  /** What a dialect says besides to those who go by cursors. */
  synced: Partial<Record<DialectName, Encoders>>;
  protocols: Partial<Record<DialectName, SocketProtocol>>;
  languages: LanguageRules;
  /** False: nobody is served here. */
  serves: boolean;
  crew: Crew | undefined;
  log: Logger;
  opened: Closers;
}

export interface Sockets {
  hub: Hub;
  gateway: Gateway;
  /** Another server uses the same database: what it does is from now on read from the log. */
  notAlone(): void;
}

/** Nobody gets in before the gateway is attached to a server. It is closed by whoever attaches it. */
export function openSockets(options: SocketsOptions): Sockets {
  const { settings, database, messenger, cluster, languages, serves, crew, log, opened } = options;
  let hasNeighbours = false;
  const hub = createHub({
    cluster: {
      ...cluster,
      listen(listener) {
        cluster.listen((events) => {
          heedEnded(messenger, gateway, events);
          listener(events);
        });
      },
    },
    selective: settings.redisUrl !== null,
    lossy: () => settings.redisUrl !== null || hasNeighbours,
    late: () => pulse.hurry(),
    dialects: options.encoders,
    synced: options.synced,
    readAudience: (conversationId) => audienceOf(database.db, conversationId),
    readChanges: (conversationId, after, upto) => replayChanges(database.db, conversationId, after, upto),
    readOwn: (rows) => replayOwnChanges(database.db, rows),
    log,
  });
  opened.push(() => hub.close());
  const pulse = createPulse({
    hub,
    readHead: () => headOf(database.db),
    readBeats: (after, limit) => beatsAfter(database.db, after, limit),
    readConcerning: (conversations, accounts) => concerning(database.db, conversations, accounts),
    // What goes through Redis may be lost on its way.
    always: serves && settings.redisUrl !== null,
    log,
  });
  opened.push(() => pulse.close());
  const changeOf = (isOnline: boolean) => async (member: Member) => {
    await messenger.execute(member, changePresence, { isOnline, connected: await cluster.connected() });
  };
  const correct = async (accounts: readonly AccountId[], isOnline: boolean) => {
    for (const accountId of accounts) {
      // Meanwhile it may have come to this process, or gone.
      if ((await cluster.online([accountId])).has(accountId) !== isOnline) continue;
      const connected = await cluster.connected();
      await messenger.execute({ kind: 'system' }, correctPresence, { accountId, isOnline, connected });
    }
  };
  // Whoever was in a call on a process that died was taken out of it by nobody.
  const suspect = (accounts: readonly AccountId[]) =>
    void messenger
      .execute({ kind: 'system' }, suspectCalls, { with: accounts })
      .catch((error: unknown) => log.warn({ err: error }, 'calls left behind could not be looked for'));
  cluster.watch((accounts, isOnline) => {
    if (!isOnline) suspect(accounts);
    correct(accounts, isOnline).catch((error: unknown) => log.warn({ err: error }, 'presence could not be put right'));
  });
  const departures = watchDepartures({ messenger, cluster, log });
  opened.push(() => departures.close());
  const gateway = createGateway({
    hub,
    cluster,
    protocols: options.protocols,
    authenticate: (token, { grace }) =>
      messenger.authenticate(token, { graceSeconds: grace ? settings.socketTokenGraceHours * 3_600 : 0 }),
    readConversations: (member) => standingsOf(database.db, member.accountId),
    catchUp: {
      pulse,
      readHead: () => headOf(database.db),
      readMissed: (account, after) => missedBy(database.db, account, after),
      readSeam: (account, after) => seam(database.db, account, after),
    },
    language: ({ headers, url = '' }) =>
      wantedLanguage(
        {
          codes: [new URLSearchParams(url.split('?', 2)[1]).get('lang'), headers['x-language']],
          accepted: headers['accept-language'],
        },
        languages,
      ),
    onArrive: changeOf(true),
    onDepart: changeOf(false),
    onHangUp: (member) => departures.departed(member),
    // To a Pythia client a token that is no longer good is a matter of policy; of others nobody knows whose they are.
    refusal: ({ message }, token) => ({ code: claimedDialect(token) === 'pythia' ? 1008 : 4001, reason: message }),
    log,
    limits: { departureGrace, ...(!settings.rateLimits && { rate: null }) },
    ...(crew && { crew }),
  });
  const notAlone = () => {
    hasNeighbours = true;
    pulse.join(notAlone).catch((error: unknown) => log.warn({ err: error }, 'the log cannot be followed'));
  };
  return { hub, gateway, notAlone };
}

/** Tokens whose sessions another process has ended, or whose account it has closed, are read afresh here. */
function heedEnded(messenger: Messenger, { visits }: Gateway, events: readonly Event[]): void {
  for (const event of events) {
    if (!('sessions' in event)) continue;
    messenger.forget(event.sessions);
    if (event.type === 'sessions.ended' || !event.allowed) visits.end(event.sessions);
  }
}
