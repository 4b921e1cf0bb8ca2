// Who sends text messages here.

import type { Sms } from '../../core/ports.ts';
import { createConsoleSms, createUnsentSms } from './console.ts';
import { createTwilioSms, type TwilioOptions } from './twilio.ts';

export interface SmsOptions {
  /** As `src/config.ts` reads it. */
  environment: 'development' | 'production' | 'test';
  /** Writes one line to standard output, as it is. */
  print: (line: string) => void;
  log: { warn(message: string): void };
  /** Null: none of its settings are there. */
  twilio?: TwilioOptions | null;
}

/** Opens the SMS port: Twilio if its settings are there, else the console, which is silent in production. */
export function openSms({ environment, print, log, twilio = null }: SmsOptions): Sms {
  if (twilio) return createTwilioSms(twilio);
  if (environment === 'production') return createUnsentSms((message) => log.warn(message));
  return createConsoleSms(print);
}
