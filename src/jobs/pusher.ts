// Sends what the ledger holds: claims deliveries, hands each to the push port, writes down what became of it.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Messenger } from '../core/execute.ts';
import { exchangeDeliveries, trimDeliveries, type Claim, type Settlement } from '../core/notifications/deliveries.ts';
import type { Wordings } from '../core/notifications/notice.ts';
import type { Push, PushService } from '../core/ports.ts';

const system = { kind: 'system' } as const;

/** All in milliseconds. Between two claims while there is more: on the embedded database each keeps others waiting. */
const breath = 50;
/** How long those under way at the end are waited for; what becomes of the others nobody will know. */
const closingPatience = 5_000;
const trimInterval = 600_000;

export interface PusherOptions {
  messenger: Messenger;
  push: Push;
  wordings: Wordings;
  log: { warn(about: object, message: string): void };
  /** Days that the ledger is kept. Default: 30. */
  keepDays?: number;
  /** Told of each attempt. */
  observe?: (adapter: string, outcome: string) => void;
  /** Sends under way at once, for each service. */
  concurrency?: number;
  /** Milliseconds until it looks again when there was nothing, if nobody wakes it. */
  interval?: number;
  /** Seconds before a second attempt, instead of the usual. */
  firstWait?: number;
}

export interface Pusher {
  /** There is something to send. */
  wake(): void;
  /** Claims no more, waits for what is under way, and writes it down. */
  close(): Promise<void>;
}

/** Starts sending. Services do not wait for one another, and a slow one holds no more than its own places. */
export function startPusher(options: PusherOptions): Pusher {
  const { messenger, log, push, keepDays = 30 } = options;
  const pumps = (Object.keys(push.adapters) as PushService[]).map((service) => startPump(options, service));
  const trimming = setInterval(() => void (trimmed = trim()), trimInterval).unref();
  let trimmed: Promise<void> = Promise.resolve();

  async function trim(): Promise<void> {
    try {
      while ((await messenger.execute(system, trimDeliveries, { keepDays })) > 0);
    } catch (error) {
      log.warn({ err: error }, 'the ledger of deliveries could not be trimmed');
    }
  }

  return {
    wake: () => pumps.forEach((pump) => pump.wake()),
    async close() {
      clearInterval(trimming);
      await Promise.all([trimmed, ...pumps.map((pump) => pump.close())]);
    },
  };
}

function startPump(options: PusherOptions, service: PushService): Pusher {
  const { messenger, push, wordings, log, observe, concurrency = 32, interval = 5_000, firstWait } = options;
  const adapter = push.adapters[service] ?? service;
  const underWay = new Set<Promise<void>>();
  let settled: Settlement[] = [];
  const closing = new AbortController();
  let stirred = false;
  let wake = () => {};

  async function exchange(limit: number): Promise<Claim[]> {
    const settling = settled;
    settled = [];
    try {
      return await messenger.execute(system, exchangeDeliveries, {
        service,
        adapter,
        settled: settling,
        limit,
        ...(firstWait !== undefined && { firstWait }),
      });
    } catch (error) {
      settled = [...settling, ...settled];
      throw error;
    }
  }

  async function deliver(claim: Claim): Promise<void> {
    const outcome = await attempt(claim);
    observe?.(adapter, outcome.kind);
    settled.push({ claim, outcome });
  }

  async function attempt(claim: Claim): Promise<Settlement['outcome']> {
    const { dialect, notice, sound, vibration, urgency, lifetime, device } = claim;
    try {
      const wording = wordings[dialect]?.(notice);
      if (!wording) return { kind: 'dropped', reason: `${dialect} has no word for it here` };
      return await push.send(device, {
        id: `parlance-${claim.id}`,
        ...wording,
        sound,
        vibration,
        ...(urgency !== undefined && { urgency }),
        ...(lifetime !== undefined && { lifetime }),
      });
    } catch (error) {
      log.warn({ err: error, delivery: claim.id }, 'a notification could not be handed over');
      return { kind: 'unsure', reason: 'it failed' };
    }
  }

  /** Until somebody stirs, or the time is over. */
  function rest(): Promise<void> {
    if (stirred || closing.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, interval).unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function stir(): void {
    stirred = true;
    wake();
  }

  function begin(claim: Claim): void {
    const sending: Promise<void> = deliver(claim).finally(() => {
      underWay.delete(sending);
      stir();
    });
    underWay.add(sending);
  }

  /** False if there was nothing to do. */
  async function step(): Promise<boolean> {
    const free = concurrency - underWay.size;
    if (free === 0 && settled.length === 0) return false;
    try {
      const claims = await exchange(free);
      claims.forEach(begin);
      return claims.length > 0 || settled.length > 0;
    } catch (error) {
      log.warn({ err: error }, 'notifications could not be claimed');
      stirred = false;
      return false;
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      stirred = false;
      if (!(await step())) await rest();
      // What ends meanwhile is written down together.
      await sleep(breath);
    }
    await Promise.race([Promise.all(underWay), sleep(closingPatience, undefined, { ref: false })]);
    await exchange(0).catch((error: unknown) => log.warn({ err: error }, 'outcomes of notifications were lost'));
  }

  const running = run();
  return {
    wake: stir,
    async close() {
      closing.abort();
      stir();
      await running;
    },
  };
}
