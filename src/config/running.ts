// Settings: how it runs.

import type { DialectName } from '../core/context.ts';
import { folderPath, listed, oneOf, onOrOff, wholeNumber, type Setting, type Type } from './setting.ts';

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

export const running = {
  environment: {
    name: 'ENVIRONMENT',
    type: oneOf(['development', 'production', 'test']),
    default: 'development',
    meaning: 'What it runs for: in production, weak secrets are refused.',
  },
  dialects: {
    name: 'DIALECTS',
    type: dialects,
    default: 'all',
    meaning: `The products it serves: a comma list of ${DIALECTS.join(', ')}, or all.`,
  },
  workers: {
    name: 'WORKERS',
    type: wholeNumber(1, 256),
    default: '1',
    meaning: 'Processes that share the port, about one a core. More than one need DATABASE_URL and REDIS_URL.',
  },
  jobs: {
    name: 'JOBS',
    type: onOrOff,
    default: 'on',
    meaning:
      'Whether jobs are done here: sending codes and notifications, looking at files, search. Else: --only=jobs.',
  },
  defaultLanguage: {
    name: 'DEFAULT_LANGUAGE',
    type: oneOf(['en', 'id', 'jp', 'ko', 'cn'], { ja: 'jp', zh: 'cn' }),
    default: 'en',
    meaning: 'What is spoken to people who ask for no language of ours: en, id, jp, ko or cn.',
  },
  detectLanguage: {
    name: 'AUTO_DETECT_LANGUAGE',
    type: onOrOff,
    default: 'on',
    meaning: 'Whether Accept-Language is heeded, beside X-Language.',
  },
  logsFolder: {
    name: 'AI_MESSAGE_LOGS_FOLDER',
    type: folderPath,
    default: 'logs',
    meaning: 'The folder of AI Messaging’s own log files. Each process needs one of its own; workers see to that.',
  },
  logLevel: {
    name: 'LOG_LEVEL',
    type: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], { warning: 'warn', critical: 'fatal' }),
    default: 'info',
    meaning: 'The least important message that is logged: fatal, error, warn, info, debug, trace or silent.',
  },
} as const satisfies Record<string, Setting>;
