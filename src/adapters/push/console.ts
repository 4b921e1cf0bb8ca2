// Notifications without a provider: a developer sees on the terminal what a phone would have shown.

import { randomUUID } from 'node:crypto';
import type { Push } from '../../core/ports.ts';

/** Prints `PUSH <platform> …<end of its token> <title>: <body>`, one line a notification. */
export function createConsolePush(print: (line: string) => void): Pick<Push, 'send'> {
  return {
    async send({ platform, address }, { title, body }) {
      print(`PUSH ${platform} …${address.slice(-6)} ${title}: ${body}`.replaceAll(/\s+/g, ' '));
      return { kind: 'delivered', vendorId: `console-${randomUUID()}` };
    },
  };
}

/** For what works with the core and notifies nobody: tools, and tests of other things. */
export const noPush: Push = {
  adapters: {},
  browserKey: null,
  send: async () => ({ kind: 'refused', reason: 'no provider' }),
};
