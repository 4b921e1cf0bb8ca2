// Settings: where data is kept.

import { folderPath, someText, webAddress, wholeNumber, type Setting, type Type } from './setting.ts';

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

export const storing = {
  dataDir: {
    name: 'DATA_DIR',
    type: folderPath,
    default: './data',
    meaning: 'The folder of the embedded database, and of all else that is kept in files.',
  },
  databaseUrl: {
    name: 'DATABASE_URL',
    aliases: ['AI_MESSAGE_DATABASE_URL'],
    type: postgresUrl,
    default: null,
    otherwise: 'the embedded database in DATA_DIR',
    meaning: 'A PostgreSQL server (15 or newer) to use instead of the embedded database.',
    secret: true,
  },
  logDays: {
    name: 'LOG_DAYS',
    type: wholeNumber(1, 3_650),
    default: '30',
    meaning: 'How many days a client may be away and still catch up, change by change, with what it missed.',
  },
  logRows: {
    name: 'LOG_ROWS',
    type: wholeNumber(10_000, 10_000_000_000),
    default: '10000000',
    meaning: 'How many changes are kept for that at most; each takes some 200 bytes.',
  },
  redisUrl: {
    name: 'REDIS_URL',
    type: redisUrl,
    default: null,
    otherwise: 'none, which is enough for one process',
    meaning:
      'The Redis through which several processes on one PostgreSQL hear of each other at once; of a Redis Cluster, any server.',
    secret: true,
  },
  s3AccessKeyId: {
    name: 'AWS_ACCESS_KEY_ID',
    type: amazonKey,
    default: null,
    otherwise: 'files are kept in DATA_DIR',
    meaning: 'With the two below: files are kept in a bucket of Amazon S3, or of anything that speaks like it.',
    secret: true,
  },
  s3SecretAccessKey: {
    name: 'AWS_SECRET_ACCESS_KEY',
    type: amazonKey,
    default: null,
    otherwise: 'files are kept in DATA_DIR',
    meaning: 'The secret of AWS_ACCESS_KEY_ID.',
    secret: true,
  },
  s3Bucket: {
    name: 'S3_BUCKET_NAME',
    aliases: ['AWS_S3_BUCKET', 'AWS_BUCKET_NAME'],
    type: bucketName,
    default: null,
    otherwise: 'files are kept in DATA_DIR',
    meaning: 'The bucket, which may be private; browsers upload to it, so its CORS rules must allow PUT.',
  },
  s3Region: {
    name: 'AWS_REGION',
    type: someText,
    default: 'us-east-1',
    meaning: 'The region of the bucket.',
  },
  s3Endpoint: {
    name: 'S3_ENDPOINT',
    type: webAddress,
    default: null,
    otherwise: 'Amazon',
    meaning: 'Where another S3 than Amazon’s is reached, by this server and by clients.',
  },
  cdnUrl: {
    name: 'CDN_URL',
    type: webAddress,
    default: null,
    otherwise: 'files are read through this server',
    meaning: 'What stands before a file’s key where a CDN reads the bucket: links to files then lead there.',
  },
  ffmpegPath: {
    name: 'FFMPEG_PATH',
    type: someText,
    default: 'ffmpeg',
    meaning:
      'The program that looks into videos, with ffprobe beside it; without it they have no picture and no length.',
  },
} as const satisfies Record<string, Setting>;
