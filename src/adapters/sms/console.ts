// Text messages without a provider: a developer reads the code from the terminal.

import { randomUUID } from 'node:crypto';
import type { Sms } from '../../core/ports.ts';

/** Prints `OTP <phone> <code>`, one line a message; other tools look for just that. */
export function createConsoleSms(print: (line: string) => void): Sms {
  return {
    name: 'console',
    async send(_to, _text, { phone, code }) {
      print(`OTP ${phone} ${code}`);
      return `console-${randomUUID()}`;
    },
  };
}

/** Sends nothing and says so, without the code: a production log is no place for one. */
export function createUnsentSms(warn: (message: string) => void): Sms {
  return {
    name: 'none',
    async send() {
      warn('A code was not sent: no SMS provider is configured.');
      return `unsent-${randomUUID()}`;
    },
  };
}
