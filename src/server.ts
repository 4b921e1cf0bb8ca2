// The whole server, put together: database, core, dialects, sockets. `main.ts` runs it as a process, tests inside theirs.

import { randomBytes } from 'node:crypto';
import type { Server as HttpServer } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { createMemoryCluster } from './adapters/cluster/memory.ts';
import { openDatabase, type Database } from './adapters/database/index.ts';
import { migrate } from './adapters/database/migrate.ts';
import { openJobs } from './adapters/jobs/pg-boss.ts';
import { createMetrics } from './adapters/metrics/prometheus.ts';
import { openSms } from './adapters/sms/index.ts';
import { createApp } from './app.ts';
import type { Settings } from './config.ts';
import { readRevocations } from './core/accounts/sessions.ts';
import type { DialectName, Member } from './core/context.ts';
import { audienceOf, standingsOf } from './core/conversations/audience.ts';
import { createMessenger, type Messenger } from './core/execute.ts';
import type { AccountId } from './core/ids.ts';
import type { Ports } from './core/ports.ts';
import { changePresence } from './core/presence.ts';
import { replayChanges } from './core/replay.ts';
import { serverValue } from './core/server-values.ts';
import { dialects } from './dialects/index.ts';
import type { Encoders, SocketProtocol } from './dialects/dialect.ts';
import { createPublicIds, type PublicIds } from './dialects/public-ids.ts';
import { followLog } from './jobs/follower.ts';
import { startJobs } from './jobs/index.ts';
import { createGateway } from './realtime/gateway.ts';
import { createHub, type Hub } from './realtime/hub.ts';
import { version } from './version.ts';

const revocationInterval = 1_000;

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
    const secret = await serverSecret(database, settings);
    const ids = createPublicIds(Buffer.from(await ownKey(database, 'public-id-key'), 'base64url'));
    const cluster = createMemoryCluster((error) => log.error({ err: error }, 'an event listener threw'));
    opened.push(() => cluster.close());
    const jobs = await openJobs({ pool: database.pool, kind: database.kind, log: sentencesOf(log) });
    opened.push(() => jobs.close());
    const sms = openSms({ environment: settings.environment, print, log: sentencesOf(log) });
    const ports: Ports = { cluster, jobs, sms };
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
        subject: (dialect, account) => subjectOf(ids, dialect, account),
      },
    });

    const spoken = dialects.filter((dialect) => settings.dialects.includes(dialect.name));
    const around = { messenger, ids };
    const encoders: Partial<Record<DialectName, Encoders>> = {};
    const protocols: Partial<Record<DialectName, SocketProtocol>> = {};
    for (const dialect of spoken) {
      encoders[dialect.name] = dialect.encoders(around);
      if (dialect.socket) protocols[dialect.name] = dialect.socket(around);
    }

    const hub = createHub({
      cluster,
      dialects: encoders,
      readAudience: (conversationId) => audienceOf(database.db, conversationId),
      readChanges: (conversationId, after, upto) => replayChanges(database.db, conversationId, after, upto),
      log,
    });
    opened.push(() => hub.close());
    const changeOf = (isOnline: boolean) => async (member: Member) => {
      await messenger.execute(member, changePresence, { isOnline, connected: await cluster.connected() });
    };
    const gateway = createGateway({
      hub,
      cluster,
      protocols,
      authenticate: (token, { grace }) =>
        messenger.authenticate(token, { graceSeconds: grace ? settings.socketTokenGraceHours * 3_600 : 0 }),
      readConversations: (member) => standingsOf(database.db, member.accountId),
      onArrive: changeOf(true),
      onDepart: changeOf(false),
      log,
      limits: settings.rateLimits ? {} : { rate: null },
    });

    const app = await createApp({
      settings,
      messenger,
      ids,
      dialects: spoken,
      log,
      version,
      metrics,
      health: async () => {
        await database.pool.query('select 1');
      },
    });
    await startJobs({ messenger, jobs, ports, observe: metrics.jobDone });
    const follower = followLog({ messenger, log });
    opened.push(() => follower.close());
    const revocations = watchRevocations(database, messenger, hub, log);
    opened.push(() => clearInterval(revocations));
    const servers = [app.server, ...(settings.alsoPort === null ? [] : [createServer(app.routing)])];
    for (const server of servers) gateway.attach(server);
    opened.push(async () => {
      await app.close();
      await Promise.all(servers.slice(1).map(closeServer));
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

function ownKey(database: Database, name: string): Promise<string> {
  return serverValue(database.db, name, () => randomBytes(48).toString('base64url'));
}

function subjectOf(ids: PublicIds, dialect: DialectName, account: AccountId): string {
  return dialect === 'ai-messaging' ? String(account) : ids.toUuid('account', account);
}

/** Without Redis too, a session that another process ended is over here within two seconds (DECISIONS 6). */
function watchRevocations(database: Database, messenger: Messenger, hub: Hub, log: Logger): NodeJS.Timeout {
  let looking = false;
  return setInterval(() => {
    if (looking) return;
    looking = true;
    readRevocations(database.db)
      .then(({ ended, changed }) => {
        messenger.forget([...ended, ...changed]);
        hub.endSessions(ended, 'session ended');
      })
      .catch((error: unknown) => log.warn({ err: error }, 'revocations could not be read'))
      .finally(() => (looking = false));
  }, revocationInterval);
}

/** Listens on the first port, which must be free, and on the second if it is. Answers where. */
async function listen(
  app: FastifyInstance,
  [, second]: readonly HttpServer[],
  { host, port, alsoPort }: Settings,
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
    return `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${bound}`;
  });
}

function closeServer(server: HttpServer): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeIdleConnections();
  });
}
