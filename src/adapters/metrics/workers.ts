// What the workers of one machine have counted, on one page: whichever of them is asked asks the primary, which asks all.

import cluster from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';

/** How a worker asks, and how it is answered. */
interface Asked {
  metrics: number;
  /** Absent: somebody did not answer in time. */
  text?: string;
}

/** In the primary: gives the page to workers that ask for it. */
export function gatherMetrics(): void {
  const all = new AggregatorRegistry();
  cluster.on('message', (worker, message: unknown) => {
    if (!isAsked(message) || message.text !== undefined) return;
    const answer = (text?: string) => {
      if (worker.isConnected()) worker.send({ ...message, ...(text !== undefined && { text }) });
    };
    all.clusterMetrics().then(answer, () => answer());
  });
}

/** In a worker: lets the primary read what is counted here. Answers a function that reads the page of all workers. */
export function shareMetrics(registry: Registry): () => Promise<string> {
  AggregatorRegistry.setRegistries(registry);
  // Listens to the primary by being made.
  void new AggregatorRegistry();
  let last = 0;
  return () =>
    new Promise((resolve, reject) => {
      const number = ++last;
      const hear = (message: unknown) => {
        if (!isAsked(message) || message.metrics !== number) return;
        process.off('message', hear);
        if (message.text === undefined) reject(new Error('a worker did not tell what it has counted'));
        else resolve(message.text);
      };
      process.on('message', hear);
      process.send?.({ metrics: number } satisfies Asked);
    });
}

function isAsked(message: unknown): message is Asked {
  return typeof message === 'object' && message !== null && 'metrics' in message && typeof message.metrics === 'number';
}
