// Who sends mail here.

import type { Mail } from '../../core/ports.ts';
import { createConsoleMail, createUnsentMail } from './console.ts';
import type { SmtpOptions } from './smtp.ts';

export interface MailOptions {
  /** As `src/config.ts` reads it. */
  environment: 'development' | 'production' | 'test';
  /** Writes one line to standard output, as it is. */
  print: (line: string) => void;
  log: { warn(message: string): void };
  /** Null: no server is named. */
  smtp?: SmtpOptions | null;
}

/** Opens the mail port: SMTP if a server is named, else the console, which is silent in production. */
export async function openMail({ environment, print, log, smtp = null }: MailOptions): Promise<Mail> {
  if (smtp) {
    const { createSmtpMail } = await import('./smtp.ts');
    return createSmtpMail(smtp);
  }
  if (environment === 'production') return createUnsentMail((message) => log.warn(message));
  return createConsoleMail(print);
}
