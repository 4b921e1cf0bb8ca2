// What settings must be, taken together.

import type { Settings } from '../config.ts';

/** Unset it is 8000 beside an unset PORT; a second port that is the first is none. */
export function secondPort({ port, alsoPort }: Settings, portGiven: boolean): number | null {
  const wanted = alsoPort ?? (portGiven ? null : 8000);
  return wanted === port && port !== 0 ? null : wanted;
}

/** In production a key of its own that nobody guesses. */
export function judgeSecret({ environment, jwtSecret }: Settings, warnings: string[], problems: string[]): void {
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
export function judgeBucket(
  { s3AccessKeyId, s3SecretAccessKey, s3Bucket, cdnUrl }: Settings,
  warnings: string[],
): void {
  const given = [s3AccessKeyId, s3SecretAccessKey, s3Bucket].filter((each) => each !== null).length;
  if (given > 0 && given < 3) {
    warnings.push(
      'Files are kept on disk: a bucket needs AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and S3_BUCKET_NAME, all three.',
    );
  }
  if (cdnUrl !== null && given < 3) warnings.push('CDN_URL is not used: there is no bucket for it to read.');
}

/** Agora needs both of its keys, and a relay its secret. */
export function judgeCalls({ agoraAppId, agoraCertificate, turnUrls, turnSecret }: Settings, warnings: string[]): void {
  if ((agoraAppId === null) !== (agoraCertificate === null)) {
    warnings.push('Agora is not used: it needs AGORA_APP_ID and AGORA_APP_CERTIFICATE, both.');
  }
  if ((turnUrls === null) !== (turnSecret === null)) {
    warnings.push('There is no relay for calls: it needs TURN_URL and TURN_SECRET, both.');
  }
}

/** The embedded database is one process's, and without Redis the others would neither see nor hear its people. */
export function judgeWorkers({ workers, databaseUrl, redisUrl }: Settings, problems: string[]): void {
  if (workers === 1) return;
  if (!/^postgres/i.test(databaseUrl ?? '')) {
    problems.push(
      `WORKERS is ${workers}, but the embedded database belongs to one process. Set DATABASE_URL to a PostgreSQL ` +
        'server, or WORKERS to 1.',
    );
  }
  if (redisUrl === null) {
    problems.push(
      `WORKERS is ${workers}, and without Redis people on different workers would not see each other, nor hear who ` +
        'types or calls. Set REDIS_URL, or WORKERS to 1.',
    );
  }
}

/** What is told in the clear, or unsigned, is told to anybody. */
export function judgeWebhook({ webhookUrl, webhookSecret, webPushPrivate }: Settings, problems: string[]): void {
  if (webhookUrl === null) return;
  if (webhookSecret === null) problems.push('WEBHOOK_URL needs WEBHOOK_SECRET.');
  if (webhookUrl.startsWith('http:') && !webPushPrivate) {
    problems.push('WEBHOOK_URL is plain http: use https, or allow it by WEB_PUSH_PRIVATE_ENDPOINTS=on.');
  }
}

/** A superuser needs a name and a password. */
export function judgeSuperuser({ superuserName, superuserPassword }: Settings, problems: string[]): void {
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
