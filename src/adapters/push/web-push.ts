// Notifications for browsers, through whatever service each of them subscribed at.

import { createECDH } from 'node:crypto';
import dns from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { NotSent, type Push, type PushOutcome } from '../../core/ports.ts';
import { asNotSent, waitOf } from '../vendor.ts';

/** The key pair that identifies this server to push services (VAPID), as base64url. */
export interface VapidKeys {
  publicKey: string;
  privateKey: string;
}

export interface WebPushOptions {
  keys: VapidKeys;
  /** Whom a push service may write to about us: `mailto:` or `https:`. */
  subject: string;
  /** Whether endpoints may be plain http or on private networks: for tests, and services of one's own. */
  allowPrivate: boolean;
  /** Milliseconds until an answer is given up on. */
  patience?: number;
}

/** As long as a push service keeps it for a browser that is closed, in seconds. */
const lifetime = 86_400;

/** Addresses that only lead back into the operator's own network. */
const privateAddresses = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  privateAddresses.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  privateAddresses.addSubnet(network, bits, 'ipv6');
}

/** New keys for a server that has none. */
export function makeVapidKeys(): VapidKeys {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  const padded = Buffer.concat([Buffer.alloc(32), pair.getPrivateKey()]).subarray(-32);
  return { publicKey: pair.getPublicKey('base64url'), privateKey: padded.toString('base64url') };
}

/** Sends to browsers, encrypted to each of them. Endpoints come from clients: where they lead is checked at each use. */
export function createWebPush({ keys, subject, allowPrivate, patience = 15_000 }: WebPushOptions): Pick<Push, 'send'> {
  return {
    async send({ address, keys: theirs }, { id, title, body, data, sound, vibration }) {
      if (!theirs) return { kind: 'gone', reason: 'no keys' };
      const url = endpointOf(address, allowPrivate);
      if (!url) return { kind: 'gone', reason: 'not an endpoint to send to' };
      let details;
      try {
        const { default: webPush } = await import('web-push');
        const content = JSON.stringify({ title, body, data, tag: id, silent: !sound, vibration });
        details = webPush.generateRequestDetails({ endpoint: address, keys: theirs }, content, {
          vapidDetails: { subject, ...keys },
          contentEncoding: 'aes128gcm',
          TTL: lifetime,
          urgency: 'high',
          topic: id.slice(-32),
        });
      } catch {
        return { kind: 'gone', reason: 'keys that nothing can be encrypted to' };
      }
      try {
        return await request(url, details.headers, details.body, { allowPrivate, patience });
      } catch (error) {
        const { kind, reason } = error instanceof NotSent ? error : asNotSent(error);
        return { kind, reason };
      }
    },
  };
}

function endpointOf(address: string, allowPrivate: boolean): URL | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) return null;
  if (url.username !== '' || url.password !== '') return null;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 && !allowPrivate && isPrivate(host) ? null : url;
}

function isPrivate(address: string): boolean {
  return privateAddresses.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Resolves names as the connection is made, so that no second look-up can lead elsewhere. */
const publicLookup: LookupFunction = (host, options, done) => {
  dns.lookup(host, { ...options, all: true }, (error, found) => {
    if (error) return done(error, '');
    const [first] = found;
    if (!first || found.some(({ address }) => isPrivate(address))) {
      return done(Object.assign(new Error('a private address'), { code: 'PRIVATE_ADDRESS' }), '');
    }
    if (options.all) done(null, found);
    else done(null, first.address, first.family);
  });
};

// Not fetch: it has no word for how a name is resolved, and follows where the answer leads.
function request(
  url: URL,
  headers: Record<string, string | number>,
  body: Buffer | null,
  { allowPrivate, patience }: { allowPrivate: boolean; patience: number },
): Promise<PushOutcome> {
  return new Promise((resolve, reject) => {
    const { request: open } = url.protocol === 'https:' ? https : http;
    let connected = false;
    const sent = open(url, {
      method: 'POST',
      headers,
      agent: false,
      signal: AbortSignal.timeout(patience),
      ...(!allowPrivate && { lookup: publicLookup }),
    });
    sent.on('socket', (socket) =>
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => (connected = true)),
    );
    sent.on('error', (error) => {
      if ((error as { code?: unknown }).code === 'PRIVATE_ADDRESS') {
        return resolve({ kind: 'gone', reason: 'a private address' });
      }
      const { kind, reason } = asNotSent(error);
      reject(new NotSent(connected ? kind : 'later', reason));
    });
    sent.on('response', (answer) => {
      // The status says it all; the rest is let go unread.
      answer.on('error', () => {});
      resolve(outcomeOf(answer.statusCode ?? 0, answer.headers));
      answer.destroy();
    });
    sent.end(body);
  });
}

/** RFC 8030, and what the services make of it. */
function outcomeOf(status: number, headers: http.IncomingHttpHeaders): PushOutcome {
  const reason = String(status);
  if (status >= 200 && status < 300) return { kind: 'delivered', vendorId: headers.location?.slice(0, 500) ?? null };
  if (status === 404 || status === 410) return { kind: 'gone', reason };
  if (status === 429 || status >= 500) return { kind: 'later', reason, ...waitOf(headers['retry-after']) };
  return { kind: 'refused', reason };
}
