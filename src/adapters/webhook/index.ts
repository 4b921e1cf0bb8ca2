// The operator's webhook: posts what happened, signed as Standard Webhooks say.

import { createHmac } from 'node:crypto';
import { NotSent } from '../../core/ports.ts';
import { endpointOf, postOutward } from '../outward.ts';
import { waitOf } from '../vendor.ts';

export interface WebhookOptions {
  url: string;
  secret: Uint8Array;
  /** Whether it may be at plain http or on a private network. */
  allowPrivate: boolean;
  /** Milliseconds until an answer is given up on. */
  patience?: number;
}

/** What the receiver made of it; `reason` is for the operator. */
export interface WebhookAnswer {
  taken: boolean;
  reason: string;
  /** Seconds that it asked for. */
  retryAfter?: number;
}

/** Posts one body. `id` is the same in every attempt. Never throws. */
export type Webhook = (id: string, body: string) => Promise<WebhookAnswer>;

/** Any answer but 2xx, redirections too, is a no. Throws an Error for an address that may not be posted to. */
export function openWebhook({ url: address, secret, allowPrivate, patience = 10_000 }: WebhookOptions): Webhook {
  const url = endpointOf(address, allowPrivate);
  if (!url)
    throw new Error('WEBHOOK_URL is plain http or a private address: WEB_PUSH_PRIVATE_ENDPOINTS=on allows that.');
  return async (id, body) => {
    const timestamp = Math.floor(Date.now() / 1_000);
    const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    };
    try {
      const answer = await postOutward(url, headers, body, { allowPrivate, patience });
      if (answer.kind === 'private') return { taken: false, reason: 'a private address' };
      const { status } = answer;
      const taken = status >= 200 && status < 300;
      return { taken, reason: String(status), ...(!taken && waitOf(answer.headers['retry-after'])) };
    } catch (error) {
      return { taken: false, reason: error instanceof NotSent ? error.reason : 'it failed' };
    }
  };
}
