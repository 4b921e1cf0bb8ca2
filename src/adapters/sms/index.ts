// Who sends text messages here.

import type { Sms } from '../../core/ports.ts';
import { createConsoleSms, createUnsentSms } from './console.ts';

export interface SmsOptions {
  /** As `src/config.ts` reads it. */
  environment: 'development' | 'production' | 'test';
  /** Writes one line to standard output, as it is. */
  print: (line: string) => void;
  log: { warn(message: string): void };
}

/** Opens the SMS port: the console, which is silent in production. A provider with its settings there comes before. */
export function openSms({ environment, print, log }: SmsOptions): Sms {
  if (environment === 'production') return createUnsentSms((message) => log.warn(message));
  return createConsoleSms(print);
}
