// Every setting: what it is called, what it may be, what it means. The only reader of the environment.

import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { DialectName } from './core/context.ts';

type Warn = (warning: string) => void;

/** What a setting's text may be and what it becomes; `undefined` refuses it. */
interface Type<T> {
  expects: string;
  parse(text: string, warn: Warn): T | undefined;
}

interface Setting<T = unknown> {
  name: string;
  /** Other names it goes by, the first to be preferred; the name itself before all. */
  aliases?: readonly string[];
  /** All its names are read and their lists joined, instead of one winning. */
  joined?: true;
  type: Type<T>;
  /** As it would be written; null: it may be absent. */
  default: string | null;
  /** What absence amounts to, where the default alone does not say it. */
  otherwise?: string;
  meaning: string;
  group: string;
  /** Never printed. */
  secret?: true;
}

function wholeNumber(least: number, most: number): Type<number> {
  return {
    expects: `a whole number from ${least} to ${most}`,
    parse(text) {
      const value = Number(text);
      return /^\d+$/.test(text) && value >= least && value <= most ? value : undefined;
    },
  };
}

/** One of some words, in any case; `synonyms` are what the products' own servers call them. */
function oneOf<const W extends string>(words: readonly W[], synonyms: Readonly<Record<string, W>> = {}): Type<W> {
  return {
    expects: `one of ${words.join(', ')}`,
    parse: (text) => synonyms[text.toLowerCase()] ?? words.find((word) => word === text.toLowerCase()),
  };
}

const onOrOff: Type<boolean> = {
  expects: 'on or off',
  parse(text) {
    if (/^(on|true|yes|1)$/i.test(text)) return true;
    return /^(off|false|no|0)$/i.test(text) ? false : undefined;
  },
};

const someText: Type<string> = { expects: 'some text', parse: (text) => text };

const filePath: Type<string> = { expects: 'a file', parse: (text) => resolve(text) };

const folderPath: Type<string> = { expects: 'a folder', parse: (text) => resolve(text) };

const postgresUrl: Type<string | null> = {
  expects: 'postgresql://user:password@host:port/database',
  parse(text, warn) {
    if (/^sqlite\b/.test(text)) {
      warn(
        'DATABASE_URL names an SQLite file, which Parlance does not use: the embedded database in DATA_DIR is used.',
      );
      return null;
    }
    const [, rest] = /^postgres(?:ql)?(?:\+\w+)?:\/\/(.+)$/.exec(text) ?? [];
    return rest === undefined ? undefined : `postgresql://${rest}`;
  },
};

const redisUrl: Type<string> = {
  expects: 'redis://user:password@host:port/number, or rediss:// for TLS',
  parse: (text) => (/^rediss?:\/\/[^/]/.test(text) && URL.canParse(text) ? text : undefined),
};

/** The beginning of addresses, without a slash at its end. */
const webAddress: Type<string> = {
  expects: 'an address such as https://chat.example.org',
  parse(text) {
    const isPlain = URL.canParse(text) && /^https?:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/i.test(text);
    return isPlain ? text.replace(/\/+$/, '') : undefined;
  },
};

const bucketName: Type<string> = {
  expects: 'the name of a bucket',
  parse: (text) => (/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/i.test(text) ? text : undefined),
};

/** Given by Amazon; what stands in a manual's example is none. */
const amazonKey: Type<string | null> = {
  expects: 'a key',
  parse: (text, warn) => {
    if (!/^your[-_ ]/i.test(text)) return text;
    warn('AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is an example from a manual: files are kept on disk.');
    return null;
  },
};

const DIALECTS = Object.keys({
  urge: true,
  'ai-messaging': true,
  nerutalk: true,
  pythia: true,
} satisfies Record<DialectName, true>) as readonly DialectName[];

const dialects: Type<readonly DialectName[]> = {
  expects: `"all", or a comma list of ${DIALECTS.join(', ')}`,
  parse(text) {
    if (text === 'all') return DIALECTS;
    const named = listed(text);
    return named.length > 0 && named.every((name) => DIALECTS.some((dialect) => dialect === name))
      ? DIALECTS.filter((dialect) => named.includes(dialect))
      : undefined;
  },
};

/** As Fastify's `trustProxy` takes it. */
const proxies: Type<false | number | string[]> = {
  expects: '"none", how many proxies stand in front, or a comma list of addresses, CIDR ranges and "loopback"',
  parse(text) {
    if (text === 'none' || text === '0') return false;
    if (/^\d{1,2}$/.test(text)) return Number(text);
    const ranges = listed(text);
    return ranges.length > 0 && ranges.every(isAddressRange) ? ranges : undefined;
  },
};

const origins: Type<'any' | string[]> = {
  expects: '"*", or origins such as https://chat.example.org, as a comma list or a JSON array',
  parse(text) {
    // An origin holds none of the characters that make a JSON array, so both spellings, even joined, are one list.
    const named = listed(text.replaceAll(/[[\]"']/g, '')).map((origin) => origin.replace(/\/$/, ''));
    if (named.includes('*')) return 'any';
    return named.every((origin) => URL.canParse(origin) && /^[a-z][a-z\d+.-]*:\/\/[^/?#]+$/i.test(origin))
      ? [...new Set(named)]
      : undefined;
  },
};

/** Given by Twilio; what stands in a manual's example is none. */
const twilioKey: Type<string | null> = {
  expects: 'what Twilio gave you',
  parse: (text, warn) => {
    if (!/^your[-_ ]/i.test(text)) return text;
    warn('TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN is an example from a manual: no text messages are sent.');
    return null;
  },
};

const contact: Type<string> = {
  expects: 'an address such as mailto:me@example.org or https://example.org',
  parse: (text) => (/^(mailto:[^@\s]+@[^@\s]+|https:\/\/\S+)$/.test(text) ? text : undefined),
};

/** Given by Agora; what stands in a manual's example is none. */
const agoraKey: Type<string | null> = {
  expects: 'what Agora gave you',
  parse: (text, warn) => {
    if (!/^your[-_ ]/i.test(text)) return text;
    warn('AGORA_APP_ID or AGORA_APP_CERTIFICATE is an example from a manual: calls go without Agora.');
    return null;
  },
};

const iceAddresses: Type<readonly string[]> = {
  expects: 'addresses such as stun:stun.example.org:3478, as a comma list',
  parse(text) {
    const named = listed(text);
    return named.length > 0 && named.every((address) => /^(stun|turn)s?:[^\s/]+$/.test(address)) ? named : undefined;
  },
};

const phoneNumber: Type<string> = {
  expects: 'a phone number such as +15551234567',
  parse: (text) => (/^\+?\d[\d ()-]{4,20}$/.test(text) ? text.replace(/[^\d+]/g, '') : undefined),
};

const LISTENING = 'Where it listens';
const STORING = 'Where data is kept';
const SIGNING_IN = 'Signing in';
const TELLING = 'Text messages and notifications';
const CALLING = 'Calls and places';
const RUNNING = 'How it runs';

const SETTINGS = {
  port: {
    name: 'PORT',
    type: wholeNumber(0, 65_535),
    default: '8080',
    meaning: 'The port it listens on; 0 takes a free one.',
    group: LISTENING,
  },
  alsoPort: {
    name: 'ALSO_PORT',
    aliases: ['AI_MESSAGE_PORT'],
    type: wholeNumber(0, 65_535),
    default: null,
    otherwise: '8000 if PORT is not set either, else none',
    meaning: 'A second port with the same answers, since the products’ clients expect different ones.',
    group: LISTENING,
  },
  host: {
    name: 'HOST',
    aliases: ['AI_MESSAGE_HOST'],
    type: someText,
    default: '0.0.0.0',
    meaning: 'The address it listens on; 127.0.0.1 is reachable from this machine only.',
    group: LISTENING,
  },
  corsOrigins: {
    name: 'CORS_ORIGINS',
    aliases: ['BACKEND_CORS_ORIGINS', 'ALLOWED_ORIGINS'],
    joined: true,
    type: origins,
    default: 'http://localhost:3000,http://localhost:3001',
    meaning: 'The web pages, by origin, whose scripts may call the server: a comma list or JSON array; * is any.',
    group: LISTENING,
  },
  domain: {
    name: 'AI_MESSAGE_DOMAIN',
    type: someText,
    default: 'localhost',
    meaning: 'The name it says at its start that it listens on.',
    group: LISTENING,
  },
  tlsCertificate: {
    name: 'AI_MESSAGE_SSL_CERT',
    type: filePath,
    default: 'ssl/cert.pem',
    meaning: 'The certificate to speak TLS with, as PEM. Without this file, or that of the key, it speaks plain HTTP.',
    group: LISTENING,
  },
  tlsKey: {
    name: 'AI_MESSAGE_SSL_KEY',
    type: filePath,
    default: 'ssl/key.pem',
    meaning: 'The private key of the certificate, as PEM.',
    group: LISTENING,
  },
  trustedProxies: {
    name: 'TRUSTED_PROXIES',
    type: proxies,
    default: 'none',
    meaning:
      'Whose word on a client’s address is believed: addresses, CIDR ranges and "loopback", or how many proxies there are.',
    group: LISTENING,
  },
  publicUrl: {
    name: 'PUBLIC_URL',
    type: webAddress,
    default: null,
    otherwise: 'the address by which each request reached it',
    meaning: 'How clients reach the server, for links to files: set it behind a proxy.',
    group: LISTENING,
  },
  dataDir: {
    name: 'DATA_DIR',
    type: folderPath,
    default: './data',
    meaning: 'The folder of the embedded database, and of all else that is kept in files.',
    group: STORING,
  },
  databaseUrl: {
    name: 'DATABASE_URL',
    aliases: ['AI_MESSAGE_DATABASE_URL'],
    type: postgresUrl,
    default: null,
    otherwise: 'the embedded database in DATA_DIR',
    meaning: 'A PostgreSQL server (15 or newer) to use instead of the embedded database.',
    group: STORING,
    secret: true,
  },
  redisUrl: {
    name: 'REDIS_URL',
    type: redisUrl,
    default: null,
    otherwise: 'none, which is enough for one process',
    meaning: 'The Redis through which several processes on one PostgreSQL hear of each other at once.',
    group: STORING,
    secret: true,
  },
  s3AccessKeyId: {
    name: 'AWS_ACCESS_KEY_ID',
    type: amazonKey,
    default: null,
    otherwise: 'files are kept in DATA_DIR',
    meaning: 'With the two below: files are kept in a bucket of Amazon S3, or of anything that speaks like it.',
    group: STORING,
    secret: true,
  },
  s3SecretAccessKey: {
    name: 'AWS_SECRET_ACCESS_KEY',
    type: amazonKey,
    default: null,
    otherwise: 'files are kept in DATA_DIR',
    meaning: 'The secret of AWS_ACCESS_KEY_ID.',
    group: STORING,
    secret: true,
  },
  s3Bucket: {
    name: 'S3_BUCKET_NAME',
    aliases: ['AWS_S3_BUCKET', 'AWS_BUCKET_NAME'],
    type: bucketName,
    default: null,
    otherwise: 'files are kept in DATA_DIR',
    meaning: 'The bucket, which may be private; browsers upload to it, so its CORS rules must allow PUT.',
    group: STORING,
  },
  s3Region: {
    name: 'AWS_REGION',
    type: someText,
    default: 'us-east-1',
    meaning: 'The region of the bucket.',
    group: STORING,
  },
  s3Endpoint: {
    name: 'S3_ENDPOINT',
    type: webAddress,
    default: null,
    otherwise: 'Amazon',
    meaning: 'Where another S3 than Amazon’s is reached, by this server and by clients.',
    group: STORING,
  },
  cdnUrl: {
    name: 'CDN_URL',
    type: webAddress,
    default: null,
    otherwise: 'files are read through this server',
    meaning: 'What stands before a file’s key where a CDN reads the bucket: links to files then lead there.',
    group: STORING,
  },
  ffmpegPath: {
    name: 'FFMPEG_PATH',
    type: someText,
    default: 'ffmpeg',
    meaning:
      'The program that looks into videos, with ffprobe beside it; without it they have no picture and no length.',
    group: STORING,
  },
  jwtSecret: {
    name: 'JWT_SECRET_KEY',
    aliases: ['SECRET_KEY'],
    type: someText,
    default: null,
    otherwise: 'made at first start and kept in the database; production requires one',
    meaning: 'The key that tokens are signed with: random, 32 characters or more.',
    group: SIGNING_IN,
    secret: true,
  },
  accessTokenMinutes: {
    name: 'JWT_ACCESS_TOKEN_EXPIRE_MINUTES',
    type: wholeNumber(1, 10_080),
    default: '30',
    meaning: 'How long an access token is valid.',
    group: SIGNING_IN,
  },
  refreshTokenDays: {
    name: 'JWT_REFRESH_TOKEN_EXPIRE_DAYS',
    type: wholeNumber(1, 3_650),
    default: '7',
    meaning: 'How long a refresh token is valid.',
    group: SIGNING_IN,
  },
  socketTokenGraceHours: {
    name: 'SOCKET_TOKEN_GRACE_HOURS',
    type: wholeNumber(0, 24),
    default: '24',
    meaning:
      'How long past its expiry URGE’s socket still accepts an access token, while its session lives; 0 is not at all.',
    group: SIGNING_IN,
  },
  bcryptRounds: {
    name: 'BCRYPT_ROUNDS',
    type: wholeNumber(4, 15),
    default: '12',
    meaning: 'The cost of a password hash: one more doubles the time.',
    group: SIGNING_IN,
  },
  superuserName: {
    name: 'SUPERUSER_USERNAME',
    type: someText,
    default: null,
    meaning:
      'The username of a superuser that is made at start, unless there is one of this name; or use npm run user.',
    group: SIGNING_IN,
  },
  superuserEmail: {
    name: 'SUPERUSER_EMAIL',
    type: someText,
    default: null,
    meaning: 'Their e-mail address.',
    group: SIGNING_IN,
  },
  superuserPassword: {
    name: 'SUPERUSER_PASSWORD',
    type: someText,
    default: null,
    meaning: 'Their first password, of 8 characters or more; one that was changed since stays changed.',
    group: SIGNING_IN,
    secret: true,
  },
  rateLimits: {
    name: 'RATE_LIMITS',
    type: onOrOff,
    default: 'on',
    meaning: 'Whether too many requests are refused. Off is for tests.',
    group: SIGNING_IN,
  },
  twilioAccount: {
    name: 'TWILIO_ACCOUNT_SID',
    type: twilioKey,
    default: null,
    otherwise: 'codes are printed in development, and not sent in production',
    meaning: 'The Twilio account that sends text messages; it needs TWILIO_AUTH_TOKEN and TWILIO_PHONE_NUMBER too.',
    group: TELLING,
  },
  twilioToken: {
    name: 'TWILIO_AUTH_TOKEN',
    type: twilioKey,
    default: null,
    meaning: 'The Twilio account’s token: to send with, and to check what comes in.',
    group: TELLING,
    secret: true,
  },
  twilioNumber: {
    name: 'TWILIO_PHONE_NUMBER',
    type: phoneNumber,
    default: null,
    meaning: 'The number that text messages come from.',
    group: TELLING,
  },
  twilioWebhookUrl: {
    name: 'TWILIO_WEBHOOK_URL',
    type: webAddress,
    default: null,
    otherwise: 'the address that each request was sent to',
    meaning: 'The address of /twilio_webhook as it was told to Twilio, who signs it. TWILIO_AUTH_TOKEN checks it.',
    group: TELLING,
  },
  twilioBaseUrl: {
    name: 'TWILIO_BASE_URL',
    type: webAddress,
    default: 'https://api.twilio.com',
    meaning: 'Where Twilio is.',
    group: TELLING,
  },
  codesPerDay: {
    name: 'SMS_CODES_PER_DAY',
    type: wholeNumber(1, 10_000_000),
    default: '2000',
    meaning:
      'One-time codes sent within 24 hours at most. One country gets half of them, and an eighth within an hour; one number 20, and 10 within an hour; one network address 300, and 100 within an hour.',
    group: TELLING,
  },
  fcmCredentials: {
    name: 'FIREBASE_CREDENTIALS_PATH',
    aliases: ['FCM_CREDENTIALS_FILE'],
    type: filePath,
    default: null,
    otherwise: 'apps get no notifications; in development they are printed',
    meaning: 'The file of a Firebase service account, for notifications to apps.',
    group: TELLING,
  },
  fcmProject: {
    name: 'FCM_PROJECT_ID',
    aliases: ['FIREBASE_PROJECT_ID'],
    type: someText,
    default: null,
    otherwise: 'the service account’s own',
    meaning: 'The Firebase project whose apps are notified.',
    group: TELLING,
  },
  fcmBaseUrl: {
    name: 'FCM_BASE_URL',
    type: webAddress,
    default: 'https://fcm.googleapis.com',
    meaning: 'Where Firebase Cloud Messaging is.',
    group: TELLING,
  },
  vapidSubject: {
    name: 'VAPID_SUBJECT',
    type: contact,
    default: 'mailto:nobody@users.invalid',
    meaning: 'Whom a browser’s push service may write to about this server; some refuse one that cannot be.',
    group: TELLING,
  },
  webPushPrivate: {
    name: 'WEB_PUSH_PRIVATE_ENDPOINTS',
    type: onOrOff,
    default: 'off',
    meaning:
      'Whether browsers may subscribe at plain http and at private addresses. Off keeps this server’s network closed.',
    group: TELLING,
  },
  agoraAppId: {
    name: 'AGORA_APP_ID',
    type: agoraKey,
    default: null,
    otherwise: 'browsers meet without a vendor',
    meaning: 'With AGORA_APP_CERTIFICATE: calls go through Agora.',
    group: CALLING,
  },
  agoraCertificate: {
    name: 'AGORA_APP_CERTIFICATE',
    type: agoraKey,
    default: null,
    meaning: 'The certificate of AGORA_APP_ID.',
    group: CALLING,
    secret: true,
  },
  callTokenHours: {
    name: 'AGORA_TOKEN_EXPIRY_HOURS',
    type: wholeNumber(1, 720),
    default: '24',
    meaning: 'How long what lets somebody into a call is good: Agora’s tokens, and credentials for TURN_URL.',
    group: CALLING,
  },
  iceServers: {
    name: 'ICE_SERVERS',
    type: iceAddresses,
    default: null,
    otherwise: 'stun:stun.agora.io with Agora, else none, which is enough in one network',
    meaning: 'STUN servers, by which browsers learn their own addresses: a comma list.',
    group: CALLING,
  },
  turnUrls: {
    name: 'TURN_URL',
    type: iceAddresses,
    default: null,
    meaning: 'Relays for browsers that cannot reach each other, such as turn:turn.example.org:3478: a comma list.',
    group: CALLING,
  },
  turnSecret: {
    name: 'TURN_SECRET',
    type: someText,
    default: null,
    meaning: 'What the relays and this server both know: coturn’s static-auth-secret, with use-auth-secret.',
    group: CALLING,
    secret: true,
  },
  locationDays: {
    name: 'LOCATION_HISTORY_RETENTION_DAYS',
    type: wholeNumber(1, 3_650),
    default: '90',
    meaning: 'How many days it is remembered where somebody was.',
    group: CALLING,
  },
  geofenceRadius: {
    name: 'GEOFENCE_MAX_RADIUS',
    type: wholeNumber(1, 1_000_000),
    default: '10000',
    meaning: 'How far a geofence may reach from its centre, in metres.',
    group: CALLING,
  },
  environment: {
    name: 'ENVIRONMENT',
    type: oneOf(['development', 'production', 'test']),
    default: 'development',
    meaning: 'What it runs for: in production, weak secrets are refused.',
    group: RUNNING,
  },
  dialects: {
    name: 'DIALECTS',
    type: dialects,
    default: 'all',
    meaning: `The products it serves: a comma list of ${DIALECTS.join(', ')}, or all.`,
    group: RUNNING,
  },
  logsFolder: {
    name: 'AI_MESSAGE_LOGS_FOLDER',
    type: folderPath,
    default: 'logs',
    meaning: 'The folder of AI Messaging’s own log files. Each process needs one of its own.',
    group: RUNNING,
  },
  logLevel: {
    name: 'LOG_LEVEL',
    type: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], { warning: 'warn', critical: 'fatal' }),
    default: 'info',
    meaning: 'The least important message that is logged: fatal, error, warn, info, debug, trace or silent.',
    group: RUNNING,
  },
} as const satisfies Record<string, Setting>;

type Value<S extends Setting> = S extends { type: Type<infer T>; default: infer D }
  ? D extends null
    ? T | null
    : T
  : never;

/** All settings, checked. */
export type Settings = { readonly [K in keyof typeof SETTINGS]: Value<(typeof SETTINGS)[K]> };

/** A setting as people read of it. */
export type SettingDescription = Readonly<Omit<Setting, 'type'>>;

/** All settings in the order in which they are shown. */
export const settingDescriptions: readonly SettingDescription[] = Object.values<Setting>(SETTINGS);

/** Names and their texts: an environment. */
export type Source = Readonly<Record<string, string | undefined>>;

interface Reading {
  settings: Settings;
  /** What the operator should know but is no reason to stop. Secrets are not in it. */
  warnings: string[];
}

/**
 * Reads the settings from the sources, the earlier ones winning. An empty text counts as absent. Throws one Error that
 * lists all that is wrong.
 */
export function readSettings(...sources: readonly Source[]): Reading {
  const warnings: string[] = [];
  const problems: string[] = [];
  const warn: Warn = (warning) => warnings.push(warning);

  function read(setting: Setting): unknown {
    const given = textsOf(setting, sources);
    const [chosen] = given;
    if (!setting.joined && chosen) warnings.push(...differences(chosen, given));
    const text = setting.joined ? given.map((each) => each.text).join(',') : chosen?.text;
    const value = text ? setting.type.parse(text, warn) : undefined;
    if (value !== undefined) return value;
    if (text) problems.push(refusal(setting, given, text));
    return setting.default === null ? null : setting.type.parse(setting.default, warn);
  }

  const values = Object.fromEntries(Object.entries(SETTINGS).map(([key, setting]) => [key, read(setting)])) as Settings;
  const settings = { ...values, alsoPort: secondPort(values, textsOf(SETTINGS.port, sources).length > 0) };
  judgeSecret(settings, warnings, problems);
  judgeSuperuser(settings, problems);
  judgeBucket(settings, warnings);
  judgeCalls(settings, warnings);
  if (problems.length > 0) {
    throw new Error(`The settings are not right:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
  return { settings, warnings };
}

/** Reads the settings of this process: its environment, then `.env`, then `config.env`. Throws as `readSettings` does. */
export function loadSettings(folder = process.cwd()): Reading {
  const files = ['.env', 'config.env'].map((name) => ({ name, path: join(folder, name) }));
  const read = files
    .filter(({ path }) => existsSync(path))
    .map(({ name, path }) => readFile(name, readFileSync(path, 'utf8')));
  const { settings, warnings } = readSettings(process.env, ...read.map((file) => file.source));
  return { settings, warnings: [...read.flatMap((file) => file.warnings), ...warnings] };
}

/** The names and texts in a settings file, and what in it would surprise its writer. */
export function readFile(fileName: string, content: string): { source: Source; warnings: string[] } {
  const source = parseEnv(content);
  const warnings: string[] = [];
  const cut = [...content.matchAll(/^\s*(?:export\s+)?(\w+)\s*=\s*[^\s'"`#][^\n#]*[^\s#]#/gm)].map(([, name]) => name);
  if (cut.length > 0) {
    warnings.push(`${fileName}: ${cut.join(', ')}: what follows # is taken for a comment; quote the value to keep it.`);
  }
  const known = new Set(settingDescriptions.flatMap(namesOf));
  const unknown = Object.keys(source).filter((name) => !known.has(name));
  if (unknown.length > 0) warnings.push(`${fileName}: nothing reads ${unknown.join(', ')}.`);
  return { source, warnings };
}

interface Given {
  name: string;
  text: string;
}

function namesOf({ name, aliases = [] }: Pick<Setting, 'name' | 'aliases'>): string[] {
  return [name, ...aliases];
}

/** What the setting's names say, the one to be preferred first: by source, and within a source by name. */
function textsOf(setting: Setting, sources: readonly Source[]): Given[] {
  const found = new Map<string, string>();
  for (const source of sources) {
    for (const name of namesOf(setting)) {
      const text = source[name]?.trim();
      if (text && !found.has(name)) found.set(name, text);
    }
  }
  return [...found].map(([name, text]) => ({ name, text }));
}

function differences(chosen: Given, given: readonly Given[]): string[] {
  return given
    .filter(({ text }) => text !== chosen.text)
    .map(({ name }) => `${name} differs from ${chosen.name}, which is used.`);
}

function refusal(setting: Setting, given: readonly Given[], text: string): string {
  const names = given.map(({ name }) => name);
  const culprit = setting.joined ? names.join(' and ') : names[0];
  const { expects } = setting.type;
  return setting.secret ? `${culprit} should be ${expects}.` : `${culprit} is "${text}", but should be ${expects}.`;
}

/** Unset it is 8000 beside an unset PORT; a second port that is the first is none. */
function secondPort({ port, alsoPort }: Settings, portGiven: boolean): number | null {
  const wanted = alsoPort ?? (portGiven ? null : 8000);
  return wanted === port && port !== 0 ? null : wanted;
}

function judgeSecret({ environment, jwtSecret }: Settings, warnings: string[], problems: string[]): void {
  const advice = 'Give 32 random characters or more, for instance those of `openssl rand -base64 48`.';
  if (environment === 'production' && jwtSecret === null) {
    problems.push(`JWT_SECRET_KEY is missing, and production needs one of its own. ${advice}`);
  } else if (jwtSecret !== null && isWeak(jwtSecret)) {
    const sentence = 'JWT_SECRET_KEY can be guessed: it is short, or an example from a manual.';
    if (environment === 'production') problems.push(`${sentence} ${advice}`);
    else if (environment === 'development') warnings.push(`${sentence} Production would refuse it.`);
  }
}

/** A bucket needs all three, and a CDN a bucket. */
function judgeBucket({ s3AccessKeyId, s3SecretAccessKey, s3Bucket, cdnUrl }: Settings, warnings: string[]): void {
  const given = [s3AccessKeyId, s3SecretAccessKey, s3Bucket].filter((each) => each !== null).length;
  if (given > 0 && given < 3) {
    warnings.push(
      'Files are kept on disk: a bucket needs AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and S3_BUCKET_NAME, all three.',
    );
  }
  if (cdnUrl !== null && given < 3) warnings.push('CDN_URL is not used: there is no bucket for it to read.');
}

/** Agora needs both of its keys, and a relay its secret. */
function judgeCalls({ agoraAppId, agoraCertificate, turnUrls, turnSecret }: Settings, warnings: string[]): void {
  if ((agoraAppId === null) !== (agoraCertificate === null)) {
    warnings.push('Agora is not used: it needs AGORA_APP_ID and AGORA_APP_CERTIFICATE, both.');
  }
  if ((turnUrls === null) !== (turnSecret === null)) {
    warnings.push('There is no relay for calls: it needs TURN_URL and TURN_SECRET, both.');
  }
}

function judgeSuperuser({ superuserName, superuserPassword }: Settings, problems: string[]): void {
  if ((superuserName === null) !== (superuserPassword === null)) {
    problems.push('SUPERUSER_USERNAME and SUPERUSER_PASSWORD go together: one of them is missing.');
  }
  if (superuserPassword !== null && superuserPassword.length < 8) {
    problems.push('SUPERUSER_PASSWORD should have 8 characters or more.');
  }
}

function isWeak(secret: string): boolean {
  const placeholder = /change[-_ ]?(me|this|it|in)|^your[-_ ]|secret[-_ ]key|example|placeholder/i;
  return secret.length < 32 || new Set(secret).size < 10 || placeholder.test(secret);
}

function listed(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function isAddressRange(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
