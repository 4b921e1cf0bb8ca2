// Mail without a server: a developer reads the code from the terminal.

import { randomUUID } from 'node:crypto';
import type { Mail } from '../../core/ports.ts';

/** Prints `EMAIL CODE <address> <code>`, one line a letter; other tools look for just that. */
export function createConsoleMail(print: (line: string) => void): Mail {
  return {
    name: 'console',
    async send(to, _letter, { code }) {
      print(`EMAIL CODE ${to} ${code}`);
      return `console-${randomUUID()}`;
    },
  };
}

/** Sends nothing and says so, without the code: a production log is no place for one. */
export function createUnsentMail(warn: (message: string) => void): Mail {
  return {
    name: 'none',
    async send() {
      warn('A code was not sent: no SMTP server is configured.');
      return `unsent-${randomUUID()}`;
    },
  };
}
