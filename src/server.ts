// The whole server, put together: database, core, dialects, sockets. `main.ts` runs it as a process, tests inside theirs.

import { randomBytes } from 'node:crypto';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { openCalls } from './adapters/calls/index.ts';
import { openCluster } from './adapters/cluster/index.ts';
import { keepsInBucket, openBlobs } from './adapters/blobs/index.ts';
import { openDatabase, type Database } from './adapters/database/index.ts';
import { migrate } from './adapters/database/migrate.ts';
import { openJobs } from './adapters/jobs/pg-boss.ts';
import { openLogFiles } from './adapters/log-files/index.ts';
import { openMedia } from './adapters/media/index.ts';
import { createMetrics } from './adapters/metrics/prometheus.ts';
import { openPush } from './adapters/push/index.ts';
import { makeVapidKeys, type VapidKeys } from './adapters/push/web-push.ts';
import { openInboundSms } from './adapters/sms/inbound.ts';
import { openSms } from './adapters/sms/index.ts';
import { createApp } from './app.ts';
import type { Settings } from './config.ts';
import { keepSuperuser } from './core/accounts/administer.ts';
import { readRevocations } from './core/accounts/sessions.ts';
import { claimedDialect } from './core/accounts/tokens.ts';
import type { DialectName, Member } from './core/context.ts';
import { audienceOf, standingsOf } from './core/conversations/audience.ts';
import type { Event } from './core/events.ts';
import { createMessenger, type Messenger } from './core/execute.ts';
import type { AccountId } from './core/ids.ts';
import type { Wordings } from './core/notifications/notice.ts';
import type { Ports } from './core/ports.ts';
import { changePresence, correctPresence } from './core/presence.ts';
import { replayChanges } from './core/replay.ts';
import { serverValue } from './core/server-values.ts';
import { dialects } from './dialects/index.ts';
import type { Encoders, SocketProtocol } from './dialects/dialect.ts';
import { createLinks } from './dialects/links.ts';
import { createPublicIds, type PublicIds } from './dialects/public-ids.ts';
import { watchDepartures } from './jobs/departures.ts';
import { followLog } from './jobs/follower.ts';
import { startJobs } from './jobs/index.ts';
import { startPusher } from './jobs/pusher.ts';
import { startSweeper } from './jobs/sweeper.ts';
import { createGateway } from './realtime/gateway.ts';
import { createHub, type Hub } from './realtime/hub.ts';
import { wantedLanguage } from './texts/wanted.ts';
import { createHttpServer, readTls } from './tls.ts';
import { version } from './version.ts';

const revocationInterval = 1_000;
/** So that reloading a page is no departure. */
const departureGrace = 1_000;

export interface ServerOptions {
  settings: Settings;
  log: Logger;
  /** Lines for people, beside the log: one-time codes in development. */
  print(line: string): void;
  /** A migrated database to use instead of opening one; it is closed with the server. */
  database?: Database;
  /** The server can no longer work: the process should end. */
  onLost?(reason: Error): void;
}

export interface Server {
  /** Where it listens. */
  addresses: string[];
  /** For tests: requests without a socket, and the core without a dialect. */
  app: FastifyInstance;
  messenger: Messenger;
  ids: PublicIds;
  database: Database;
  /** Lets nobody in any more, finishes what is under way, says goodbye, and lets go of everything. */
  close(): Promise<void>;
}

/** Opens everything and listens. Throws an Error with a sentence for the operator if it cannot. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { settings, log, print } = options;
  const database = options.database ?? (await openOwnDatabase(options));
  // Closed in the opposite order, after a failed start too.
  const opened: (() => void | Promise<void>)[] = [() => database.close()];
  const closeAll = async () => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    const tls = readTls(settings.tlsCertificate, settings.tlsKey, (sentence) => log.warn(sentence));
    const secret = await serverSecret(database, settings);
    const ids = createPublicIds(Buffer.from(await ownKey(database, 'public-id-key'), 'base64url'));
    const cluster = await openCluster({
      url: settings.redisUrl,
      name: await serverValue(database.db, 'cluster-name', () => randomBytes(9).toString('base64url')),
      log: sentencesOf(log),
      faulty: (error) => log.error({ err: error }, 'an event listener threw'),
    });
    opened.push(() => cluster.close());
    const jobs = await openJobs({ pool: database.pool, kind: database.kind, log: sentencesOf(log) });
    opened.push(() => jobs.close());
    const sms = openSms({
      environment: settings.environment,
      print,
      log: sentencesOf(log),
      twilio: twilioOptions(settings),
    });
    const push = openPush({
      environment: settings.environment,
      print,
      credentialsPath: settings.fcmCredentials,
      projectId: settings.fcmProject,
      fcmBaseUrl: settings.fcmBaseUrl,
      vapidKeys: await vapidKeys(database),
      vapidSubject: settings.vapidSubject,
      allowPrivateEndpoints: settings.webPushPrivate,
    });
    const sayings = sentencesOf(log);
    const blobs = await openBlobs({ settings, secret, uploadPath: '/api/media/incoming', log: sayings });
    const media = await openMedia({
      folder: join(settings.dataDir, 'workbench'),
      ffmpeg: settings.ffmpegPath,
      log: sayings,
    });
    const calls = openCalls({ ...callsOptions(settings), log: sayings });
    const ports: Ports = { cluster, jobs, sms, push, blobs, media, calls };
    const metrics = createMetrics(() => gateway.stats());
    const messenger = createMessenger({
      observer: metrics.observer,
      db: database.db,
      lanes: database.lanes,
      ports,
      settings: {
        secret,
        accessTokenSeconds: settings.accessTokenMinutes * 60,
        refreshTokenSeconds: settings.refreshTokenDays * 86_400,
        socketGraceSeconds: settings.socketTokenGraceHours * 3_600,
        passwordRounds: settings.bcryptRounds,
        limits: settings.rateLimits,
        codesPerDay: settings.codesPerDay,
        geofenceRadius: settings.geofenceRadius,
        subject: (dialect, account) => subjectOf(ids, dialect, account),
      },
    });

    const spoken = dialects.filter((dialect) => settings.dialects.includes(dialect.name));
    const { publicUrl } = settings;
    const links = createLinks({ publicUrl, cdnUrl: keepsInBucket(settings) ? settings.cdnUrl : null });
    const files = openLogFiles({
      folder: settings.logsFolder,
      names: spoken.flatMap(({ journalFiles = [] }) => journalFiles),
      log: sayings,
    });
    opened.push(() => files.close());
    const inboundSms = await openInboundSms({
      environment: settings.environment,
      authToken: settings.twilioToken,
      url: settings.twilioWebhookUrl,
    });
    const around = { messenger, ids, links, journal: files.write, ...(inboundSms && { inboundSms }) };
    await keepNamedSuperuser(messenger, settings, log);
    const encoders: Partial<Record<DialectName, Encoders>> = {};
    const wordings: Wordings = {};
    const protocols: Partial<Record<DialectName, SocketProtocol>> = {};
    for (const dialect of spoken) {
      encoders[dialect.name] = dialect.encoders(around);
      if (dialect.wording) wordings[dialect.name] = dialect.wording(around);
      if (dialect.socket) protocols[dialect.name] = dialect.socket(around);
    }

    const hub = createHub({
      cluster: { listen: (listener) => cluster.listen((events) => listener(forgetEnded(messenger, events))) },
      dialects: encoders,
      readAudience: (conversationId) => audienceOf(database.db, conversationId),
      readChanges: (conversationId, after, upto) => replayChanges(database.db, conversationId, after, upto),
      log,
    });
    opened.push(() => hub.close());
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
    cluster.watch((accounts, isOnline) => {
      correct(accounts, isOnline).catch((error: unknown) =>
        log.warn({ err: error }, 'presence could not be put right'),
      );
    });
    const departures = watchDepartures({ messenger, cluster, log });
    opened.push(() => departures.close());
    const gateway = createGateway({
      hub,
      cluster,
      protocols,
      authenticate: (token, { grace }) =>
        messenger.authenticate(token, { graceSeconds: grace ? settings.socketTokenGraceHours * 3_600 : 0 }),
      readConversations: (member) => standingsOf(database.db, member.accountId),
      language: ({ headers, url = '' }) =>
        wantedLanguage({
          codes: [new URLSearchParams(url.split('?', 2)[1]).get('lang'), headers['x-language']],
          accepted: headers['accept-language'],
        }),
      onArrive: changeOf(true),
      onDepart: async (member) => {
        departures.departed(member);
        await changeOf(false)(member);
      },
      // To a Pythia client a token that is no longer good is a matter of policy; of others nobody knows whose they are.
      refusal: ({ message }, token) => ({ code: claimedDialect(token) === 'pythia' ? 1008 : 4001, reason: message }),
      log,
      limits: { departureGrace, ...(!settings.rateLimits && { rate: null }) },
    });

    const app = await createApp({
      settings,
      ...around,
      tls,
      dialects: spoken,
      openToAnyOrigin: (path) => spoken.some(({ openPaths }) => openPaths?.test(path)),
      log,
      version,
      metrics,
      health: async () => {
        await database.pool.query('select 1');
      },
    });
    await startJobs({ messenger, jobs, ports, observe: metrics.jobDone });
    const pusher = startPusher({ messenger, push, wordings, log, observe: metrics.pushed });
    opened.push(() => pusher.close());
    const follower = followLog({ messenger, log, onPlanned: () => pusher.wake() });
    opened.push(() => follower.close());
    const sweeper = startSweeper({ messenger, log, keepDays: settings.locationDays });
    opened.push(() => sweeper.close());
    const revocations = watchRevocations(database, messenger, hub, log);
    opened.push(() => clearInterval(revocations));
    const servers = [app.server, ...(settings.alsoPort === null ? [] : [createHttpServer(tls, app.routing)])];
    for (const server of servers) gateway.attach(server);
    opened.push(async () => {
      // A connection that was busy when closing began would be kept alive for a minute after its answer.
      const sweep = setInterval(() => servers.forEach((server) => server.closeIdleConnections()), 50);
      await app.close();
      await Promise.all(servers.slice(1).map(closeServer));
      clearInterval(sweep);
    });
    opened.push(() => gateway.close('The server is restarting.'));
    const addresses = await listen(app, servers, settings, log);

    let closing: Promise<void> | undefined;
    return { addresses, app, messenger, ids, database, close: () => (closing ??= closeAll()) };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function openOwnDatabase({ settings, log, onLost }: ServerOptions): Promise<Database> {
  const sentences = sentencesOf(log);
  const database = await openDatabase({
    url: settings.databaseUrl ?? undefined,
    dataDir: settings.dataDir,
    log: sentences,
    ...(onLost && { onLost }),
  });
  try {
    await migrate(database.db, sentences);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/** The log, for rooms that say plain sentences. */
function sentencesOf(log: Logger) {
  return { info: (text: string) => log.info(text), warn: (text: string) => log.warn(text) };
}

/** Given, or made once and kept beside the id key (DECISIONS 36; `config.ts` insists in production). */
async function serverSecret(database: Database, settings: Settings): Promise<Uint8Array> {
  return Buffer.from(settings.jwtSecret ?? (await ownKey(database, 'token-secret')));
}

/** The keys that browsers subscribe with: made once, since a subscription is bound to them. */
async function vapidKeys({ db }: Database): Promise<VapidKeys> {
  return JSON.parse(await serverValue(db, 'vapid-keys', () => JSON.stringify(makeVapidKeys()))) as VapidKeys;
}

/** Twilio sends if all three of its settings are there. */
function twilioOptions({ twilioAccount, twilioToken, twilioNumber, twilioBaseUrl }: Settings) {
  if (twilioAccount === null || twilioToken === null || twilioNumber === null) return null;
  return { accountSid: twilioAccount, authToken: twilioToken, from: twilioNumber, baseUrl: twilioBaseUrl };
}

function callsOptions({ agoraAppId, agoraCertificate, turnUrls, turnSecret, ...settings }: Settings) {
  return {
    hours: settings.callTokenHours,
    agora:
      agoraAppId === null || agoraCertificate === null ? null : { appId: agoraAppId, certificate: agoraCertificate },
    iceServers: settings.iceServers,
    turn: turnUrls === null || turnSecret === null ? null : { urls: turnUrls, secret: turnSecret },
  };
}

function ownKey(database: Database, name: string): Promise<string> {
  return serverValue(database.db, name, () => randomBytes(48).toString('base64url'));
}

function subjectOf(ids: PublicIds, dialect: DialectName, account: AccountId): string {
  return dialect === 'ai-messaging' ? String(account) : ids.toUuid('account', account);
}

/** The superuser of the settings, if they name one. */
async function keepNamedSuperuser(messenger: Messenger, settings: Settings, log: Logger): Promise<void> {
  const { superuserName: username, superuserEmail: email, superuserPassword: password } = settings;
  if (username === null || password === null) return;
  const outcome = await messenger.execute({ kind: 'system' }, keepSuperuser, { username, email, password });
  if (outcome === 'made') log.info(`Made the superuser ${username}.`);
  if (outcome === 'email_taken') log.warn(`There is no superuser ${username}: somebody else has SUPERUSER_EMAIL.`);
  if (outcome === 'name_taken') {
    log.warn(`Somebody else is called ${username} and is no superuser: see npm run user -- promote ${username}`);
  }
}

/** Tokens whose sessions another process has ended, or whose account it has closed, are read afresh here. */
function forgetEnded(messenger: Messenger, events: readonly Event[]): readonly Event[] {
  for (const event of events) if ('sessions' in event) messenger.forget(event.sessions);
  return events;
}

/** Without Redis too, a session that another process ended is over here within two seconds (DECISIONS 6). */
function watchRevocations(database: Database, messenger: Messenger, hub: Hub, log: Logger): NodeJS.Timeout {
  let looking = false;
  return setInterval(() => {
    if (looking) return;
    looking = true;
    readRevocations(database.db)
      .then(({ ended, changed, barred }) => {
        messenger.forget([...ended, ...changed]);
        hub.endSessions(ended, 'session ended');
        hub.disconnect(barred, 'account disabled');
      })
      .catch((error: unknown) => log.warn({ err: error }, 'revocations could not be read'))
      .finally(() => (looking = false));
  }, revocationInterval);
}

/** Listens on the first port, which must be free, and on the second if it is. Answers where. */
async function listen(
  app: FastifyInstance,
  [, second]: readonly HttpServer[],
  { host, port, alsoPort, domain }: Settings,
  log: Logger,
): Promise<string[]> {
  await app.listen({ host, port });
  const listening = [app.server];
  if (second && alsoPort !== null) {
    const taken = await new Promise<Error | null>((done) => {
      second.once('error', done);
      second.listen(alsoPort, host, () => done(null));
    });
    if (taken) log.warn(`Port ${alsoPort} is taken: listening on ${port} only. Set ALSO_PORT to choose another.`);
    else listening.push(second);
  }
  return listening.map((server) => {
    const { port: bound } = server.address() as AddressInfo;
    const scheme = server instanceof TlsServer ? 'https' : 'http';
    return `${scheme}://${host === '0.0.0.0' || host === '::' ? domain : host}:${bound}`;
  });
}

function closeServer(server: HttpServer): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeIdleConnections();
  });
}
