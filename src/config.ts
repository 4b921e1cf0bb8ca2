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

const LISTENING = 'Where it listens';
const STORING = 'Where data is kept';
const SIGNING_IN = 'Signing in';
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
  trustedProxies: {
    name: 'TRUSTED_PROXIES',
    type: proxies,
    default: 'none',
    meaning:
      'Whose word on a client’s address is believed: addresses, CIDR ranges and "loopback", or how many proxies there are.',
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
  rateLimits: {
    name: 'RATE_LIMITS',
    type: onOrOff,
    default: 'on',
    meaning: 'Whether too many requests are refused. Off is for tests.',
    group: SIGNING_IN,
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
