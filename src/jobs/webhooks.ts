// Tells the operator's webhook what happened, at least once, what happened in one conversation in order.

import type { Messenger } from '../core/execute.ts';
import {
  claimWebhooks,
  planWebhooks,
  rouseWebhooks,
  settleWebhooks,
  type WebhookClaim,
  type WebhookSettlement,
} from '../core/notifications/webhooks.ts';
import { stepping, type FollowerOptions } from './follower.ts';

const system = { kind: 'system' } as const;

/** Lines under way at once, deliveries claimed at once, and milliseconds after which a line begins no other. */
const concurrency = 8;
const stepSize = 200;
const longestTurn = 60_000;

export interface WebhooksOptions extends Pick<FollowerOptions, 'log'> {
  messenger: Messenger;
  /** Posts one body under an id that is the same in every attempt. Never throws. */
  post(id: string, body: string): Promise<{ taken: boolean; reason: string; retryAfter?: number }>;
  /** The body. */
  write(claim: WebhookClaim): string;
  observe?: (adapter: string, outcome: string) => void;
  /** Milliseconds until it looks again when there was nothing. */
  interval?: number;
}

/** Starts telling. Every process may: they take turns. `close` waits for the posts under way. */
export function startWebhooks(options: WebhooksOptions): { close(): Promise<void> } {
  const { messenger, log, post, write, observe, interval = 1_000 } = options;
  let closed = false;

  /** One after the other until one is not taken; the rest of the line goes back. */
  async function tell(line: readonly WebhookClaim[]): Promise<void> {
    const settled: WebhookSettlement[] = [];
    const end = Date.now() + longestTurn;
    let goesOn = true;
    for (const claim of line) {
      if (!goesOn || closed || Date.now() >= end) {
        settled.push({ claim, outcome: 'released', reason: '' });
        continue;
      }
      const { taken, ...answer } = await post(`parlance-${claim.id}`, write(claim));
      const outcome = taken ? 'delivered' : 'failed';
      observe?.('webhook', taken ? outcome : 'later');
      settled.push({ claim, outcome, ...answer });
      goesOn = taken;
    }
    await messenger.execute(system, settleWebhooks, { settled });
  }

  async function round(): Promise<boolean> {
    const claims = await messenger.execute(system, claimWebhooks, { limit: stepSize, adapter: 'webhook' });
    const byLine = new Map<number, WebhookClaim[]>();
    for (const claim of claims) byLine.set(claim.line, [...(byLine.get(claim.line) ?? []), claim]);
    const lines = [...byLine.values()];
    const turns = Array.from({ length: concurrency }, async () => {
      for (let line = lines.shift(); line; line = lines.shift()) await tell(line);
    });
    await Promise.all(turns);
    return claims.length > 0;
  }

  const steps = [
    stepping({ log, interval }, 'deliveries to the webhook could not be planned', () =>
      messenger.execute(system, planWebhooks, {}),
    ),
    stepping({ log, interval }, 'the webhook could not be told', round),
    stepping({ log, interval: 600_000 }, 'deliveries to the webhook could not be looked through', async () => {
      await messenger.execute(system, rouseWebhooks, {});
      return false;
    }),
  ];
  return {
    async close() {
      closed = true;
      await Promise.all(steps.map((step) => step.close()));
    },
  };
}
