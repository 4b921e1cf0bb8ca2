// The whole server, put together, started and stopped in order. `main.ts` runs it as a process, tests inside theirs.

import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { fileOrigins, keepsInBucket } from './adapters/blobs/index.ts';
import { openDatabase, type Database } from './adapters/database/index.ts';
import { migrate } from './adapters/database/migrate.ts';
import { openPorts, type Closers } from './adapters/index.ts';
import { openLogFiles } from './adapters/log-files/index.ts';
import { createMetrics } from './adapters/metrics/prometheus.ts';
import { openInboundSms } from './adapters/sms/inbound.ts';
import { createApp } from './app.ts';
import { startBackground } from './background.ts';
import { settingsInForce, type Settings } from './config.ts';
import { keepSuperuser } from './core/accounts/administer.ts';
import { promoteNamed } from './core/accounts/named-admins.ts';
import { suspectCalls } from './core/calls/deserted.ts';
import type { DialectName } from './core/context.ts';
import { settleEpoch } from './core/epoch.ts';
import { createMessenger, type Messenger } from './core/execute.ts';
import type { AccountId } from './core/ids.ts';
import type { Wordings } from './core/notifications/notice.ts';
import { serverValue } from './core/server-values.ts';
import type { Encoders, FileRules, SocketProtocol } from './dialects/dialect.ts';
import { dialects } from './dialects/index.ts';
import { createLinks } from './dialects/links.ts';
import { createPublicIds, type PublicIds } from './dialects/public-ids.ts';
import { listen } from './listening.ts';
import type { Crew } from './realtime/crew.ts';
import { openSockets } from './sockets.ts';
import { languageOfExactly, type LanguageRules } from './texts/wanted.ts';
import { readTls } from './tls.ts';
import { version } from './version.ts';
import { startWatches } from './watches.ts';
import { builtWebClient } from './web.ts';

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
  const opened: Closers = [() => database.close()];
  const closeAll = async () => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    const tls = readTls(settings.tlsCertificate, settings.tlsKey, (sentence) => log.warn(sentence));
    const secret = await serverSecret(database, settings);
    const ids = createPublicIds(Buffer.from(await ownKey(database, 'public-id-key'), 'base64url'));
    const sayings = sentencesOf(log);
    const ports = await openPorts({
      settings,
      database,
      secret,
      works,
      ...(settings.dialects.includes('nerutalk') && { neruTalkUser: (account) => ids.toUuid('account', account) }),
      print,
      log: sayings,
      faulty: (error) => log.error({ err: error }, 'an event listener threw'),
      opened,
    });
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

    const sockets = openSockets({
      settings,
      database,
      messenger,
      cluster: ports.cluster,
      encoders,
      synced,
      protocols,
      languages,
      serves,
      crew,
      log,
      opened,
    });
    const { gateway } = sockets;

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
          return { connections: open, frames, commands: metrics.latencies(), jobs: await ports.jobs.count() };
        },
      },
      health: async () => {
        if (isLeaving) throw new Error('the server is stopping');
        await database.pool.query('select 1');
      },
    });
    await messenger.execute({ kind: 'system' }, suspectCalls, {});
    if (works) {
      const { followInterval } = options;
      await startBackground({ settings, messenger, ids, ports, wordings, metrics, followInterval, log, opened });
    }
    startWatches({ settings, database, messenger, sockets, log, opened });
    const leaving = () => (isLeaving = true);
    const addresses = await listen({ settings, app, gateway, tls, serves, crew, log, leaving, opened });

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
