// The ports of the core, each opened as the settings say.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Settings } from '../config.ts';
import type { AccountId } from '../core/ids.ts';
import type { Ports } from '../core/ports.ts';
import { serverValue } from '../core/server-values.ts';
import { openBlobs } from './blobs/index.ts';
import { openCalls } from './calls/index.ts';
import { openCluster } from './cluster/index.ts';
import type { Database, Log } from './database/index.ts';
import { openGifs } from './gifs/index.ts';
import { openJobs, type JobQueue } from './jobs/pg-boss.ts';
import { openMail } from './mail/index.ts';
import { openMedia } from './media/index.ts';
import { openPush } from './push/index.ts';
import { makeVapidKeys, type VapidKeys } from './push/web-push.ts';
import { openSms } from './sms/index.ts';

/** What closes all that was opened, in the order of opening. */
export type Closers = (() => void | Promise<void>)[];

export interface PortsOptions {
  settings: Settings;
  database: Database;
  /** Signs the addresses that clients upload to. */
  secret: Uint8Array;
  /** False: jobs are promised here and done by another process. */
  works: boolean;
  /** A person as NeruTalk writes them; absent: what its document names in Redis is not written. */
  neruTalkUser?(account: AccountId): string;
  /** Writes one line to standard output, as it is. */
  print(line: string): void;
  log: Log;
  /** Hears what the listener to events throws. */
  faulty(error: unknown): void;
  opened: Closers;
}

export interface OpenPorts extends Ports {
  jobs: JobQueue;
}

export async function openPorts(options: PortsOptions): Promise<OpenPorts> {
  const { settings, database, secret, works, neruTalkUser, print, log, faulty, opened } = options;
  const { environment } = settings;
  const cluster = await openCluster({
    url: settings.redisUrl,
    name: await serverValue(database.db, 'cluster-name', () => randomBytes(9).toString('base64url')),
    log,
    faulty,
    ...(neruTalkUser && { neruTalkUser }),
  });
  opened.push(() => cluster.close());
  const jobs = await openJobs({ pool: database.pool, kind: database.kind, log, works });
  opened.push(() => jobs.close());
  return {
    cluster,
    jobs,
    sms: openSms({ environment, print, log, twilio: twilioOptions(settings) }),
    mail: await openMail({ environment, print, log, smtp: smtpOptions(settings) }),
    push: openPush({
      environment,
      print,
      credentialsPath: settings.fcmCredentials,
      projectId: settings.fcmProject,
      fcmBaseUrl: settings.fcmBaseUrl,
      vapidKeys: await vapidKeys(database),
      vapidSubject: settings.vapidSubject,
      allowPrivateEndpoints: settings.webPushPrivate,
    }),
    blobs: await openBlobs({ settings, secret, uploadPath: '/api/media/incoming', log }),
    media: await openMedia({ folder: join(settings.dataDir, 'workbench'), ffmpeg: settings.ffmpegPath, log }),
    calls: openCalls({ ...callsOptions(settings), log }),
    gifs: openGifs({ ...gifOptions(settings), log }),
  };
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
