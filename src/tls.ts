// Speaking TLS, where there is a certificate to speak it with.

import { existsSync, readFileSync } from 'node:fs';
import { createServer as createPlainServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createSecureContext } from 'node:tls';

export interface Tls {
  cert: Buffer;
  key: Buffer;
}

/** Reads certificate and key if both files are there. Throws an Error with a sentence if they are no good. */
export function readTls(certificate: string, key: string, warn: (sentence: string) => void): Tls | null {
  const missing = [certificate, key].filter((path) => !existsSync(path));
  if (missing.length === 1) warn(`It speaks plain HTTP, because ${missing[0]} is not there.`);
  if (missing.length > 0) return null;
  const tls = { cert: readFileSync(certificate), key: readFileSync(key) };
  try {
    createSecureContext(tls);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${certificate} and ${key} are not a certificate and its key: ${reason}`, { cause: error });
  }
  return tls;
}

/** A server that does not listen yet. */
export function createHttpServer(tls: Tls | null, handler: RequestListener): Server {
  return tls ? createTlsServer(tls, handler) : createPlainServer(handler);
}
