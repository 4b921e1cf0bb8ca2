// Settings: signing in.

import { listed, onOrOff, someText, wholeNumber, type Setting, type Type } from './setting.ts';

const names: Type<readonly string[]> = { expects: 'a comma list', parse: (text) => listed(text) };

export const signingIn = {
  jwtSecret: {
    name: 'JWT_SECRET_KEY',
    aliases: ['SECRET_KEY'],
    type: someText,
    default: null,
    otherwise: 'made at first start and kept in the database; production requires one',
    meaning: 'The key that tokens are signed with: random, 32 characters or more.',
    secret: true,
  },
  accessTokenMinutes: {
    name: 'JWT_ACCESS_TOKEN_EXPIRE_MINUTES',
    type: wholeNumber(1, 10_080),
    default: '30',
    meaning: 'How long an access token is valid.',
  },
  refreshTokenDays: {
    name: 'JWT_REFRESH_TOKEN_EXPIRE_DAYS',
    type: wholeNumber(1, 3_650),
    default: '7',
    meaning: 'How long a refresh token is valid.',
  },
  socketTokenGraceHours: {
    name: 'SOCKET_TOKEN_GRACE_HOURS',
    type: wholeNumber(0, 24),
    default: '24',
    meaning:
      'How long past its expiry URGE’s socket still accepts an access token, while its session lives; 0 is not at all.',
  },
  bcryptRounds: {
    name: 'BCRYPT_ROUNDS',
    type: wholeNumber(4, 15),
    default: '12',
    meaning: 'The cost of a password hash: one more doubles the time.',
  },
  superuserName: {
    name: 'SUPERUSER_USERNAME',
    type: someText,
    default: null,
    meaning:
      'The username of a superuser that is made at start, unless there is one of this name; or use npm run user.',
  },
  superuserEmail: {
    name: 'SUPERUSER_EMAIL',
    type: someText,
    default: null,
    meaning: 'Their e-mail address.',
  },
  superuserPassword: {
    name: 'SUPERUSER_PASSWORD',
    type: someText,
    default: null,
    meaning: 'Their first password, of 8 characters or more; one that was changed since stays changed.',
    secret: true,
  },
  adminIds: {
    name: 'ADMIN_USER_IDS',
    type: names,
    default: null,
    meaning: 'Accounts that are superusers, by id: a comma list of UUIDs, read at start.',
  },
  adminEmails: {
    name: 'ADMIN_EMAILS',
    type: names,
    default: null,
    meaning:
      'E-mail addresses whose accounts are superusers: a comma list. In production only npm run user makes an account with one of them, since anybody can claim an address.',
  },
  rateLimits: {
    name: 'RATE_LIMITS',
    type: onOrOff,
    default: 'on',
    meaning: 'Whether too many requests are refused. Off is for tests.',
  },
} as const satisfies Record<string, Setting>;
