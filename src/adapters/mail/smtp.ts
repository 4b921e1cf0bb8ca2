// Mail through an SMTP server.

import { createTransport } from 'nodemailer';
import type { NodemailerError } from 'nodemailer/lib/errors';
import { type Mail, NotSent } from '../../core/ports.ts';

export interface SmtpOptions {
  host: string;
  port: number;
  username: string | null;
  password: string | null;
  /** Nothing is sent in the clear: TLS from the first byte on port 465, STARTTLS elsewhere. */
  tls: boolean;
  /** The address that letters come from. */
  from: string;
  /** Milliseconds until an answer is given up on. */
  patience?: number;
}

/** Sends through the server. What it throws holds the server's code and nothing else: its texts name the address. */
export function createSmtpMail(options: SmtpOptions): Mail {
  const { host, port, username, password, tls, from, patience = 15_000 } = options;
  const server = createTransport({
    host,
    port,
    secure: tls && port === 465,
    requireTLS: tls && port !== 465,
    ...(username !== null && password !== null && { auth: { user: username, pass: password } }),
    connectionTimeout: patience,
    greetingTimeout: patience,
    socketTimeout: patience,
    // Letters are made here: nothing is read from files or addresses.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    name: 'smtp',
    async send(to, { subject, text }, { id }) {
      // The same in every attempt: whoever gets it twice can tell.
      const messageId = `<parlance-${id}@${from.split('@').at(-1) ?? host}>`;
      try {
        await server.sendMail({ from, to: { name: '', address: to }, subject, text, messageId });
        return messageId;
      } catch (error) {
        throw asNotSent(error);
      }
    },
  };
}

/**
 * A server's own no says whether to try again. Of a line that broke nobody knows how far the letter was, unless it broke
 * before there was anybody to talk to.
 */
function asNotSent(error: unknown): NotSent {
  const { code, responseCode, syscall, timeoutType } = error as NodemailerError;
  // The operator's to mend, perhaps while the code is alive.
  if (code === 'EAUTH') return new NotSent('later', 'not let in');
  if (code === 'ETLS') return new NotSent('later', 'no TLS');
  if (responseCode !== undefined) return new NotSent(responseCode >= 500 ? 'refused' : 'later', String(responseCode));
  if (code === undefined) return new NotSent('unsure', 'it failed');
  const wasAlone = syscall === 'connect' || (timeoutType !== undefined && timeoutType !== 'SOCKET_TIMEOUT');
  return new NotSent(wasAlone || code === 'EDNS' ? 'later' : 'unsure', code);
}
