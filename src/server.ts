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
import { fileOrigins, keepsInBucket, openBlobs } from './adapters/blobs/index.ts';
import { openDatabase, type Database } from './adapters/database/index.ts';
import { migrate } from './adapters/database/migrate.ts';
import { openGifs } from './adapters/gifs/index.ts';
import { openJobs } from './adapters/jobs/pg-boss.ts';
import { openLogFiles } from './adapters/log-files/index.ts';
import { openMail } from './adapters/mail/index.ts';
import { openMedia } from './adapters/media/index.ts';
import { createMetrics } from './adapters/metrics/prometheus.ts';
import { openPush } from './adapters/push/index.ts';
import { makeVapidKeys, type VapidKeys } from './adapters/push/web-push.ts';
import { openInboundSms } from './adapters/sms/inbound.ts';
import { openSms } from './adapters/sms/index.ts';
import { openWebhook } from './adapters/webhook/index.ts';
import { createApp } from './app.ts';
import { settingsInForce, type Settings } from './config.ts';
import { promoteNamed } from './core/accounts/named-admins.ts';
import { keepSuperuser } from './core/accounts/administer.ts';
import { readRevocations } from './core/accounts/sessions.ts';
import { suspectCalls } from './core/calls/deserted.ts';
import { claimedDialect } from './core/accounts/tokens.ts';
import { beatsAfter, headOf, missedBy, seam } from './core/catch-up.ts';
import type { DialectName, Member } from './core/context.ts';
import { audienceOf, concerning, standingsOf } from './core/conversations/audience.ts';
import { settleEpoch } from './core/epoch.ts';
import type { Event } from './core/events.ts';
import { createMessenger, type Messenger } from './core/execute.ts';
import { otherServers } from './core/health.ts';
import type { AccountId } from './core/ids.ts';
import type { Wordings } from './core/notifications/notice.ts';
import { keepWebhooks } from './core/notifications/webhooks.ts';
import type { Ports } from './core/ports.ts';
import { changePresence, correctPresence } from './core/presence.ts';
import { replayChanges, replayOwnChanges } from './core/replay.ts';
import { serverValue } from './core/server-values.ts';
import { dialects } from './dialects/index.ts';
import type { Encoders, FileRules, SocketProtocol } from './dialects/dialect.ts';
import { createLinks } from './dialects/links.ts';
import { createPublicIds, type PublicIds } from './dialects/public-ids.ts';
import { watchDepartures } from './jobs/departures.ts';
import { followLog } from './jobs/follower.ts';
import { watchNeighbours } from './jobs/neighbours.ts';
import { startJobs } from './jobs/index.ts';
import { startPusher } from './jobs/pusher.ts';
import { startSweeper } from './jobs/sweeper.ts';
import { startTrimmer } from './jobs/trimmer.ts';
import { startWebhooks } from './jobs/webhooks.ts';
import type { Crew } from './realtime/crew.ts';
import { createGateway, type Gateway } from './realtime/gateway.ts';
import { createHub, type Hub } from './realtime/hub.ts';
import { createPulse } from './realtime/pulse.ts';
import { languageOfExactly, wantedLanguage, type LanguageRules } from './texts/wanted.ts';
import { createHttpServer, readTls } from './tls.ts';
import { version } from './version.ts';
import { builtWebClient } from './web.ts';
import { webhookBody } from './webhooks.ts';

const revocationInterval = 1_000;
/** So that reloading a page is no departure. */
const departureGrace = 1_000;
/** Whose people count as here by their requests (DECISIONS 30). */
const visiting: readonly DialectName[] = ['ai-messaging', 'nerutalk'];

export interface ServerOptions {
  settings: Settings;
  log: Logger;
  /** Lines for people, beside the log: one-time codes in development. */
  print(line: string): void;
  /** A migrated database to use instead of opening one; it is closed with the server. */
  database?: Database;
  /** Milliseconds between two looks at a log in which there was nothing new; a second if not given. */
  followInterval?: number;
  /** The half of the work that this process does. Not said: both, or only `web` where JOBS is off. */
  only?: Half;
  /** Absent: this process has its ports for itself. */
  crew?: Crew;
  /** The server can no longer work: the process should end. */
  onLost?(reason: Error): void;
}

/** People are served by `web`; what was promised to them is done by `jobs`, which answers for itself only: /health, /metrics. */
export type Half = 'web' | 'jobs';

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
  const { settings, log, print, crew } = options;
  const serves = options.only !== 'jobs';
  const works = options.only === 'jobs' || (options.only === undefined && settings.jobs);
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
      ...(settings.dialects.includes('nerutalk') && { neruTalkUser: (account) => ids.toUuid('account', account) }),
    });
    opened.push(() => cluster.close());
    const jobs = await openJobs({ pool: database.pool, kind: database.kind, log: sentencesOf(log), works });
    opened.push(() => jobs.close());
    const sms = openSms({
      environment: settings.environment,
      print,
      log: sentencesOf(log),
      twilio: twilioOptions(settings),
    });
    const mail = await openMail({
      environment: settings.environment,
      print,
      log: sentencesOf(log),
      smtp: smtpOptions(settings),
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
    const gifs = openGifs({ ...gifOptions(settings), log: sayings });
    const ports: Ports = { cluster, jobs, sms, mail, push, blobs, media, calls, gifs };
    const metrics = createMetrics(() => gateway.stats(), crew !== undefined);
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
        admins: { emails: settings.adminEmails ?? [], mayRegister: settings.environment !== 'production' },
        subject: (dialect, account) => subjectOf(ids, dialect, account),
      },
    });

    /** As the messenger does; some products' people count as here by what they ask for (DECISIONS 30). */
    const authenticateVisitor: Messenger['authenticate'] = async (token, rules) => {
      const member = await messenger.authenticate(token, rules);
      if (visiting.includes(member.dialect)) gateway.visits.note(member);
      return member;
    };
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
    const languages = languageRules(settings);
    const around = {
      messenger: { ...messenger, authenticate: authenticateVisitor },
      ids,
      links,
      languages,
      files: fileRules(settings),
      journal: files.write,
      ...(inboundSms && { inboundSms }),
    };
    const epoch = await messenger.execute({ kind: 'system' }, settleEpoch, {});
    if (epoch !== null) log.info(`The database has come from elsewhere: its log goes on in epoch ${epoch}.`);
    await keepNamedSuperuser(messenger, settings, log);
    await promoteAdmins(messenger, ids, settings, log);
    const encoders: Partial<Record<DialectName, Encoders>> = {};
    const synced: Partial<Record<DialectName, Encoders>> = {};
    const wordings: Wordings = {};
    const protocols: Partial<Record<DialectName, SocketProtocol>> = {};
    for (const dialect of spoken) {
      encoders[dialect.name] = dialect.encoders(around);
      if (dialect.synced) synced[dialect.name] = dialect.synced(around);
      if (dialect.wording) wordings[dialect.name] = dialect.wording(around);
      if (dialect.socket) protocols[dialect.name] = dialect.socket(around);
    }

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
      dialects: encoders,
      synced,
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

    let isLeaving = false;
    const app = await createApp({
      settings,
      ...around,
      tls,
      dialects: serves ? spoken : [],
      ...(serves && {
        web: {
          folder: builtWebClient,
          fileOrigins: [...fileOrigins(settings), ...(publicUrl === null ? [] : [new URL(publicUrl).origin])],
          mapTiles: settings.mapTiles,
        },
      }),
      openToAnyOrigin: (path) => spoken.some(({ openPaths }) => openPaths?.test(path)),
      log,
      version,
      metrics,
      operations: {
        version,
        settings: settingsInForce(settings),
        count: async () => {
          const { open, deliveries: delivered, cutSlow: slowCut, filledFromLog, missingFromLog } = gateway.stats();
          const frames = { delivered, slowCut, filledFromLog, missingFromLog };
          return { connections: open, frames, commands: metrics.latencies(), jobs: await jobs.count() };
        },
      },
      health: async () => {
        if (isLeaving) throw new Error('the server is stopping');
        await database.pool.query('select 1');
      },
    });
    await messenger.execute({ kind: 'system' }, suspectCalls, {});
    if (works) {
      const pusher = startPusher({
        messenger,
        push,
        wordings,
        log,
        keepDays: settings.notificationDays,
        observe: metrics.pushed,
      });
      opened.push(() => pusher.close());
      await startJobs({ messenger, jobs, ports, onPlanned: () => pusher.wake(), observe: metrics.jobDone });
      const follower = followLog({
        messenger,
        log,
        onPlanned: () => pusher.wake(),
        ...(options.followInterval !== undefined && { interval: options.followInterval }),
      });
      opened.push(() => follower.close());
      const { webhookUrl, webhookSecret } = settings;
      await messenger.execute({ kind: 'system' }, keepWebhooks, { on: webhookUrl !== null });
      if (webhookUrl !== null && webhookSecret !== null) {
        const post = openWebhook({ url: webhookUrl, secret: webhookSecret, allowPrivate: settings.webPushPrivate });
        const pace = options.followInterval === undefined ? {} : { interval: options.followInterval };
        const { pushed: observe } = metrics;
        const webhooks = startWebhooks({ messenger, log, post, write: webhookBody(ids), observe, ...pace });
        opened.push(() => webhooks.close());
      }
      const { logDays, logRows } = settings;
      const trimmer = startTrimmer({ messenger, log, keepDays: logDays, keepRows: logRows });
      opened.push(() => trimmer.close());
      const sweeper = startSweeper({ messenger, log, keepDays: settings.locationDays });
      opened.push(() => sweeper.close());
    }
    const revocations = watchRevocations(database, messenger, hub, gateway, log);
    opened.push(() => clearInterval(revocations));
    if (database.kind === 'postgresql' && settings.redisUrl === null) {
      const neighbours = watchNeighbours({
        look: () => otherServers(database.db),
        found: () => {
          hasNeighbours = true;
          log.warn(
            'Another server uses this database, and REDIS_URL is not set. Messages pass between the two a second late; ' +
              'who is here, types or calls is known to one of them only. Set the same REDIS_URL for both.',
          );
          pulse.join(neighbours).catch((error: unknown) => log.warn({ err: error }, 'the log cannot be followed'));
        },
        log,
      });
      opened.push(() => neighbours.close());
    }
    const second = serves && settings.alsoPort !== null ? createHttpServer(tls, app.routing) : null;
    const inner = crew ? createHttpServer(null, app.routing) : null;
    const servers = [app.server, second, inner].filter((server) => server !== null);
    if (serves) for (const server of servers) gateway.attach(server);
    opened.push(async () => {
      isLeaving = true;
      // A connection that was busy when closing began would be kept alive for a minute after its answer.
      const sweep = setInterval(() => servers.forEach((server) => server.closeIdleConnections()), 50);
      // Nobody gets in from here on. Requests under way and sockets are finished beside each other.
      const closed = Promise.all([app.close(), ...servers.slice(1).map(closeServer)]);
      await gateway.close('The server is restarting.');
      await closed;
      clearInterval(sweep);
    });
    if (inner) inner.listen({ path: crew?.addressOf(crew.number), exclusive: true });
    const addresses = await listen(app, second, settings, log);

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
    name: `parlance-${randomBytes(6).toString('base64url')}`,
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

/** SMTP sends if a server is named. */
function smtpOptions({ smtpHost: host, smtpPort: port, smtpTls: tls, smtpFrom, ...settings }: Settings) {
  if (host === null) return null;
  const { smtpUsername: username, smtpPassword: password } = settings;
  const from = smtpFrom ?? (username?.includes('@') ? username : `no-reply@${host}`);
  return { host, port, tls, username, password, from };
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

function gifOptions({ giphyKey, giphyBaseUrl, klipyKey, klipyBaseUrl }: Settings) {
  return {
    giphy: giphyKey === null ? null : { key: giphyKey, baseUrl: giphyBaseUrl },
    klipy: klipyKey === null ? null : { key: klipyKey, baseUrl: klipyBaseUrl },
  };
}

function fileRules({ mostFileBytes, fileExtensions, thumbnailSide, thumbnailQuality }: Settings): FileRules {
  return {
    most: mostFileBytes,
    extensions: fileExtensions,
    small: { side: thumbnailSide, quality: thumbnailQuality },
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

/** The superusers that the settings name by id or e-mail address. */
async function promoteAdmins(messenger: Messenger, ids: PublicIds, settings: Settings, log: Logger): Promise<void> {
  const named = (settings.adminIds ?? []).map((text) => ({ text, id: ids.fromUuid('account', text) }));
  for (const { text } of named.filter(({ id }) => id === null)) log.warn(`ADMIN_USER_IDS: ${text} is nobody’s id.`);
  const known = named.flatMap(({ id }) => (id === null ? [] : [id as AccountId]));
  const made = await messenger.execute({ kind: 'system' }, promoteNamed, { ids: known });
  for (const username of made) log.info(`${username} is a superuser now.`);
}

function languageRules({ defaultLanguage, detectLanguage }: Settings): LanguageRules {
  return { fallback: languageOfExactly(defaultLanguage) ?? 'en', detects: detectLanguage };
}

/** Tokens whose sessions another process has ended, or whose account it has closed, are read afresh here. */
function heedEnded(messenger: Messenger, { visits }: Gateway, events: readonly Event[]): void {
  for (const event of events) {
    if (!('sessions' in event)) continue;
    messenger.forget(event.sessions);
    if (event.type === 'sessions.ended' || !event.allowed) visits.end(event.sessions);
  }
}

/** Without Redis too, a session that another process ended is over here within two seconds (DECISIONS 6). */
function watchRevocations(
  database: Database,
  messenger: Messenger,
  hub: Hub,
  { visits }: Gateway,
  log: Logger,
): NodeJS.Timeout {
  let looking = false;
  return setInterval(() => {
    if (looking) return;
    looking = true;
    readRevocations(database.db)
      .then(({ ended, changed, barred }) => {
        messenger.forget([...ended, ...changed]);
        visits.end([...ended, ...barred]);
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
  second: HttpServer | null,
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
