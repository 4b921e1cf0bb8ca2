// The settings: what is read, what is refused, what is only remarked on.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadSettings, readFile, readSettings, settingDescriptions, type Source } from '../src/config.ts';

const ROOT = join(import.meta.dirname, '..');
const STRONG = 'k7Jw2pQx9LzR4vTnB8mYc1HsD6fGa3Ue0WiXo5Kt';

function settings(...sources: Source[]) {
  return readSettings(...sources).settings;
}

function refusal(source: Source): string {
  try {
    readSettings(source);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'not refused';
}

test('nothing given: the defaults', () => {
  expect(readSettings({})).toEqual({
    warnings: [],
    settings: {
      port: 8080,
      alsoPort: 8000,
      host: '0.0.0.0',
      corsOrigins: ['http://localhost:3000', 'http://localhost:3001'],
      domain: 'localhost',
      tlsCertificate: resolve('ssl/cert.pem'),
      tlsKey: resolve('ssl/key.pem'),
      trustedProxies: false,
      publicUrl: null,
      dataDir: resolve('data'),
      databaseUrl: null,
      redisUrl: null,
      s3AccessKeyId: null,
      s3SecretAccessKey: null,
      s3Bucket: null,
      s3Region: 'us-east-1',
      s3Endpoint: null,
      cdnUrl: null,
      ffmpegPath: 'ffmpeg',
      jwtSecret: null,
      accessTokenMinutes: 30,
      refreshTokenDays: 7,
      socketTokenGraceHours: 24,
      bcryptRounds: 12,
      superuserName: null,
      superuserEmail: null,
      superuserPassword: null,
      adminIds: null,
      adminEmails: null,
      rateLimits: true,
      twilioAccount: null,
      twilioToken: null,
      twilioNumber: null,
      twilioWebhookUrl: null,
      twilioBaseUrl: 'https://api.twilio.com',
      smtpHost: null,
      smtpPort: 587,
      smtpUsername: null,
      smtpPassword: null,
      smtpTls: true,
      smtpFrom: null,
      codesPerDay: 2_000,
      fcmCredentials: null,
      fcmProject: null,
      fcmServerKey: null,
      fcmBaseUrl: 'https://fcm.googleapis.com',
      notificationDays: 30,
      vapidSubject: 'mailto:nobody@users.invalid',
      webPushPrivate: false,
      webhookUrl: null,
      webhookSecret: null,
      mostFileBytes: 10_485_760,
      fileExtensions: ['jpg', 'jpeg', 'png', 'gif', 'mp4', 'mov', 'pdf', 'doc', 'docx'],
      thumbnailSide: 200,
      thumbnailQuality: 85,
      giphyKey: null,
      giphyBaseUrl: 'https://api.giphy.com',
      klipyKey: null,
      klipyBaseUrl: 'https://api.klipy.com',
      agoraAppId: null,
      agoraCertificate: null,
      callTokenHours: 24,
      iceServers: null,
      turnUrls: null,
      turnSecret: null,
      locationDays: 90,
      logDays: 30,
      logRows: 10_000_000,
      geofenceRadius: 10_000,
      mapTiles: null,
      environment: 'development',
      dialects: ['urge', 'ai-messaging', 'nerutalk', 'pythia'],
      workers: 1,
      jobs: true,
      defaultLanguage: 'en',
      detectLanguage: true,
      logsFolder: resolve('logs'),
      logLevel: 'info',
    },
  });
});

test('an empty text is as good as none', () => {
  expect(settings({ PORT: '', HOST: '  ', DATABASE_URL: '' })).toEqual(settings({}));
});

describe('ports', () => {
  test.each([
    [{}, 8080, 8000],
    [{ PORT: '8000' }, 8000, null],
    [{ PORT: '3000', ALSO_PORT: '3001' }, 3000, 3001],
    [{ AI_MESSAGE_PORT: '9000' }, 8080, 9000],
    [{ PORT: '8000', AI_MESSAGE_PORT: '8000' }, 8000, null],
    [{ PORT: '0', ALSO_PORT: '0' }, 0, 0],
  ])('%j', (source, port, alsoPort) => {
    expect(settings(source)).toMatchObject({ port, alsoPort });
  });
});

describe('several names', () => {
  test('the first named wins, and a difference is remarked on without the secret', () => {
    const { settings: read, warnings } = readSettings({ SECRET_KEY: `other${STRONG}`, JWT_SECRET_KEY: STRONG });
    expect(read.jwtSecret).toBe(STRONG);
    expect(warnings).toEqual(['SECRET_KEY differs from JWT_SECRET_KEY, which is used.']);
  });

  test('the same text under two names is no matter', () => {
    expect(readSettings({ HOST: '::1', AI_MESSAGE_HOST: '::1' }).warnings).toEqual([]);
  });

  test('any name in an earlier source wins over all names in a later one', () => {
    const { settings: read, warnings } = readSettings({ AI_MESSAGE_HOST: '127.0.0.1' }, { HOST: '0.0.0.0' });
    expect(read.host).toBe('127.0.0.1');
    expect(warnings).toEqual(['HOST differs from AI_MESSAGE_HOST, which is used.']);
  });

  test('origins under all their names are joined', () => {
    const { settings: read, warnings } = readSettings({
      CORS_ORIGINS: 'https://a.example',
      BACKEND_CORS_ORIGINS: '["https://b.example", "https://a.example/"]',
      ALLOWED_ORIGINS: 'https://c.example:8443 , https://b.example',
    });
    expect(read.corsOrigins).toEqual(['https://a.example', 'https://b.example', 'https://c.example:8443']);
    expect(warnings).toEqual([]);
  });
});

describe('what is accepted', () => {
  test.each<[Source, object]>([
    [{ CORS_ORIGINS: '*' }, { corsOrigins: 'any' }],
    [{ REDIS_URL: 'redis://localhost:6379/0' }, { redisUrl: 'redis://localhost:6379/0' }],
    [{ REDIS_URL: 'rediss://u:p@redis' }, { redisUrl: 'rediss://u:p@redis' }],
    [{ DATABASE_URL: 'postgres://u:p@db:5432/x' }, { databaseUrl: 'postgresql://u:p@db:5432/x' }],
    [{ DATABASE_URL: 'postgresql+asyncpg://u:p@db/x?a=b' }, { databaseUrl: 'postgresql://u:p@db/x?a=b' }],
    [{ RATE_LIMITS: 'Off' }, { rateLimits: false }],
    [{ LOG_LEVEL: 'WARNING' }, { logLevel: 'warn' }],
    [{ DIALECTS: 'pythia, urge' }, { dialects: ['urge', 'pythia'] }],
    [{ TRUSTED_PROXIES: '2' }, { trustedProxies: 2 }],
    [{ TRUSTED_PROXIES: 'none' }, { trustedProxies: false }],
    [{ TRUSTED_PROXIES: 'loopback, 10.0.0.0/8,fd00::/8' }, { trustedProxies: ['loopback', '10.0.0.0/8', 'fd00::/8'] }],
    [{ SOCKET_TOKEN_GRACE_HOURS: '0' }, { socketTokenGraceHours: 0 }],
  ])('%j', (source, expected) => {
    expect(settings(source)).toMatchObject(expected);
  });

  test('an SQLite address, for the embedded database, with a remark', () => {
    const { settings: read, warnings } = readSettings({ DATABASE_URL: 'sqlite:///./backend.db' });
    expect(read.databaseUrl).toBeNull();
    expect(warnings).toEqual([expect.stringContaining('SQLite')]);
  });
});

describe('what is refused', () => {
  test.each([
    [{ PORT: '80a' }, 'PORT is "80a", but should be a whole number from 0 to 65535.'],
    [{ PORT: '65536' }, 'PORT is "65536"'],
    [{ AI_MESSAGE_PORT: '-1' }, 'AI_MESSAGE_PORT is "-1"'],
    [{ BCRYPT_ROUNDS: '16' }, 'BCRYPT_ROUNDS is "16", but should be a whole number from 4 to 15.'],
    [{ SOCKET_TOKEN_GRACE_HOURS: '25' }, 'SOCKET_TOKEN_GRACE_HOURS'],
    [{ ENVIRONMENT: 'prod' }, 'ENVIRONMENT is "prod", but should be one of development, production, test.'],
    [{ DIALECTS: 'urge,icq' }, 'DIALECTS is "urge,icq"'],
    [{ DIALECTS: ',' }, 'DIALECTS is ","'],
    [{ TRUSTED_PROXIES: '10.0.0.0/33' }, 'TRUSTED_PROXIES'],
    [{ TRUSTED_PROXIES: 'true' }, 'TRUSTED_PROXIES'],
    [{ CORS_ORIGINS: 'localhost:3000' }, 'CORS_ORIGINS is "localhost:3000"'],
    [{ CORS_ORIGINS: 'http://a.example/path' }, 'CORS_ORIGINS'],
    [{ RATE_LIMITS: 'maybe' }, 'RATE_LIMITS is "maybe", but should be on or off.'],
  ])('%j', (source, sentence) => {
    expect(refusal(source)).toContain(sentence);
  });

  test('all at once, in one error', () => {
    expect(refusal({ PORT: 'x', LOG_LEVEL: 'loud', ENVIRONMENT: 'production' }).split('\n')).toHaveLength(4);
  });

  test('a secret is not repeated', () => {
    expect(refusal({ DATABASE_URL: 'mysql://root:hunter2@db/x' })).toContain('DATABASE_URL should be postgresql://');
    expect(refusal({ REDIS_URL: 'http://:hunter2@redis' })).toBe(
      'The settings are not right:\n  - REDIS_URL should be redis://user:password@host:port/number, or rediss:// for TLS.',
    );
    expect(refusal({ DATABASE_URL: 'mysql://root:hunter2@db/x' })).not.toContain('hunter2');
  });
});

describe('the signing key', () => {
  test('production does not start without one', () => {
    expect(refusal({ ENVIRONMENT: 'production' })).toContain('JWT_SECRET_KEY is missing');
  });

  test.each([
    'secret',
    'change-me',
    STRONG.slice(0, 31),
    'your-super-secret-key-change-this',
    'your-super-secret-jwt-key-that-is-long-enough',
    'please-change-me-in-production-0123456789',
    'abababababababababababababababababababab',
  ])('production does not start with %s, and does not repeat it', (JWT_SECRET_KEY) => {
    const sentence = refusal({ ENVIRONMENT: 'production', JWT_SECRET_KEY });
    expect(sentence).toContain('can be guessed');
    expect(sentence).not.toContain(JWT_SECRET_KEY);
    expect(readSettings({ JWT_SECRET_KEY })).toMatchObject({
      settings: { jwtSecret: JWT_SECRET_KEY },
      warnings: [expect.stringContaining('can be guessed')],
    });
  });

  test('a strong one is taken, under either name', () => {
    expect(settings({ ENVIRONMENT: 'production', JWT_SECRET_KEY: STRONG }).jwtSecret).toBe(STRONG);
    expect(settings({ ENVIRONMENT: 'production', SECRET_KEY: STRONG }).jwtSecret).toBe(STRONG);
  });
});

describe('workers', () => {
  const PLACES = { DATABASE_URL: 'postgresql://db.example.org/chat', REDIS_URL: 'redis://redis.example.org' };

  test('are allowed on PostgreSQL and Redis', () => {
    expect(settings({ WORKERS: '4', ...PLACES })).toMatchObject({ workers: 4, jobs: true });
    expect(settings({ WORKERS: '1', JOBS: 'off' })).toMatchObject({ workers: 1, jobs: false });
  });

  test.each([
    [{ REDIS_URL: PLACES.REDIS_URL }, ['WORKERS', 'embedded database', 'DATABASE_URL']],
    [{ DATABASE_URL: PLACES.DATABASE_URL }, ['WORKERS', 'REDIS_URL']],
    [{ ...PLACES, DATABASE_URL: 'sqlite:///app.db' }, ['WORKERS', 'embedded database']],
  ])('more than one are refused with %j', (source, words) => {
    const said = refusal({ WORKERS: '2', ...source });
    for (const word of words) expect(said).toContain(word);
  });
});

describe('settings files', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parlance-config-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  test('the environment wins over .env, and .env over config.env', () => {
    writeFileSync(join(folder, '.env'), 'LOG_LEVEL=debug\nPORT=1111  # for now\nBCRYPT_ROUNDS=5\n');
    writeFileSync(join(folder, 'config.env'), 'BCRYPT_ROUNDS=6\nJWT_REFRESH_TOKEN_EXPIRE_DAYS=9\n');
    vi.stubEnv('LOG_LEVEL', 'error');
    vi.stubEnv('PORT', undefined);
    expect(loadSettings(folder).settings).toMatchObject({
      logLevel: 'error',
      port: 1111,
      bcryptRounds: 5,
      refreshTokenDays: 9,
    });
  });

  test('a remark after a value is no part of it', () => {
    const { source, warnings } = readFile('.env', 'PORT=8081  # the public one\nHOST="::1" # quoted\n');
    expect(source).toEqual({ PORT: '8081', HOST: '::1' });
    expect(warnings).toEqual([]);
  });

  test('a key that Google takes no more is remarked on, under either name and without the key', () => {
    for (const name of ['FCM_SERVER_KEY', 'FIREBASE_SERVER_KEY']) {
      const { settings: read, warnings } = readSettings({ [name]: 'AAAAsecret' });
      expect(read.fcmServerKey).toBeNull();
      expect(warnings).toEqual([expect.stringContaining('FIREBASE_CREDENTIALS_PATH')]);
      expect(warnings.join()).not.toContain('secret');
    }
  });

  test('a value cut short, and names that nothing reads, are remarked on', () => {
    const content = `SECRET_KEY=abc#${STRONG}\nDATA_DIR="a#b"\nDEBUG=true\nCACHE_TTL=3600 # 1 h\n#HOST=x\n`;
    expect(readFile('config.env', content).warnings).toEqual([
      'config.env: SECRET_KEY: what follows # is taken for a comment; quote the value to keep it.',
      'config.env: nothing reads CACHE_TTL, DEBUG.',
    ]);
  });
});

describe('npm run settings', () => {
  const tsx = join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs');
  const print = (...args: string[]) =>
    execFileSync(process.execPath, [tsx, 'src/cli/settings.ts', ...args], { cwd: ROOT, encoding: 'utf8' });

  test('names every setting, its other names and its meaning', () => {
    const words = print().replaceAll(/\s+/g, ' ');
    for (const { name, aliases = [], meaning } of settingDescriptions) {
      for (const expected of [name, ...aliases, meaning]) expect(words).toContain(expected);
    }
  });

  test('.env.example is what it would print; else: npm run --silent settings -- --env-example > .env.example', () => {
    const example = print('--env-example');
    expect(readFileSync(join(ROOT, '.env.example'), 'utf8')).toBe(example);
    expect(readFile('.env.example', example.replaceAll(/^#(?=[A-Z_]+=)/gm, '')).warnings).toEqual([]);
  });

  test('every default that is printed is accepted as written', () => {
    const written = Object.fromEntries(settingDescriptions.map(({ name, default: text }) => [name, text ?? '']));
    expect(settings({ ...written, PORT: '' })).toEqual(settings({}));
  });
});

test('what stands in the manual’s example is no account with Twilio', () => {
  const { settings: read, warnings } = readSettings({
    TWILIO_ACCOUNT_SID: 'your-twilio-sid',
    TWILIO_PHONE_NUMBER: '+1 (234) 567-890',
  });
  expect(read).toMatchObject({ twilioAccount: null, twilioNumber: '+1234567890' });
  expect(warnings).toEqual([expect.stringContaining('is an example from a manual')]);
});
