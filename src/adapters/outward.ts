// Requests to addresses that may lead anywhere: none back into the operator's own network, unless that is allowed.

import dns from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { NotSent } from '../core/ports.ts';
import { asNotSent } from './vendor.ts';

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

/** The address as a URL; null if it is none to send to. `allowPrivate`: plain http and private addresses are. */
export function endpointOf(address: string, allowPrivate: boolean): URL | null {
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

/** The first line of an answer; `private`: the address leads into the operator's own network, and nothing was sent. */
export type Outward = { kind: 'answered'; status: number; headers: http.IncomingHttpHeaders } | { kind: 'private' };

/**
 * Posts, and reads no more of the answer than its head. Throws NotSent: `later` if it certainly did not arrive, else
 * `unsure`. Not by fetch: that has no word for how a name is resolved, and follows where the answer leads.
 */
export function postOutward(
  url: URL,
  headers: Record<string, string | number>,
  body: Buffer | string | null,
  { allowPrivate, patience }: { allowPrivate: boolean; patience: number },
): Promise<Outward> {
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
        return resolve({ kind: 'private' });
      }
      const { kind, reason } = asNotSent(error);
      reject(new NotSent(connected ? kind : 'later', reason));
    });
    sent.on('response', (answer) => {
      // The status says it all; the rest is let go unread.
      answer.on('error', () => {});
      resolve({ kind: 'answered', status: answer.statusCode ?? 0, headers: answer.headers });
      answer.destroy();
    });
    sent.end(body);
  });
}
