// Notifications for browsers, through whatever service each of them subscribed at.

import { createECDH } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { NotSent, type Push, type PushOutcome } from '../../core/ports.ts';
import { endpointOf, postOutward } from '../outward.ts';
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

/** As long as a push service keeps it for a browser that is closed, in seconds, unless it says itself. */
const longestLifetime = 86_400;

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
    async send({ address, keys: theirs }, notification) {
      const { id, title, body, data, sound, vibration, imageUrl, urgency = 'high', lifetime } = notification;
      if (!theirs) return { kind: 'gone', reason: 'no keys' };
      const url = endpointOf(address, allowPrivate);
      if (!url) return { kind: 'gone', reason: 'not an endpoint to send to' };
      let details;
      try {
        const { default: webPush } = await import('web-push');
        const content = JSON.stringify({ title, body, data, tag: id, silent: !sound, vibration, image: imageUrl });
        details = webPush.generateRequestDetails({ endpoint: address, keys: theirs }, content, {
          vapidDetails: { subject, ...keys },
          contentEncoding: 'aes128gcm',
          TTL: lifetime ?? longestLifetime,
          urgency,
          topic: id.slice(-32),
        });
      } catch {
        return { kind: 'gone', reason: 'keys that nothing can be encrypted to' };
      }
      try {
        const answer = await postOutward(url, details.headers, details.body, { allowPrivate, patience });
        if (answer.kind === 'private') return { kind: 'gone', reason: 'a private address' };
        return outcomeOf(answer.status, answer.headers);
      } catch (error) {
        const { kind, reason } = error instanceof NotSent ? error : asNotSent(error);
        return { kind, reason };
      }
    },
  };
}

/** RFC 8030, and what the services make of it. */
function outcomeOf(status: number, headers: IncomingHttpHeaders): PushOutcome {
  const reason = String(status);
  if (status >= 200 && status < 300) return { kind: 'delivered', vendorId: headers.location?.slice(0, 500) ?? null };
  if (status === 404 || status === 410) return { kind: 'gone', reason };
  if (status === 429 || status >= 500) return { kind: 'later', reason, ...waitOf(headers['retry-after']) };
  return { kind: 'refused', reason };
}
