// What the server counts, in Prometheus' words. Nothing personal in any label.

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Observer } from '../../core/execute.ts';
import { createLatencies, type CommandLatency } from './latencies.ts';
import { shareMetrics } from './workers.ts';

/** What the sockets count of themselves, read when somebody asks. */
export interface RealtimeCounts {
  /** Open connections by dialect. */
  open: Partial<Record<string, number>>;
  deliveries: number;
  cutSlow: number;
  filledFromLog: number;
  missingFromLog: number;
}

export interface Metrics {
  observer: Observer;
  answered(route: string, method: string, status: number, milliseconds: number): void;
  jobDone(name: string, outcome: 'done' | 'failed'): void;
  /** One attempt to notify a device. */
  pushed(adapter: string, outcome: string): void;
  /** How long commands took, where no Prometheus looks on. */
  latencies(): CommandLatency[];
  /** The page that Prometheus reads. */
  page(): Promise<{ type: string; text: string }>;
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Starts counting. `realtime` is asked at every reading; `together`: the page is that of all workers of this machine. */
export function createMetrics(realtime: () => RealtimeCounts, together = false): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const latencies = createLatencies();

  const requests = new Histogram({
    name: 'parlance_http_request_seconds',
    help: 'Requests answered, by route, method and status',
    labelNames: ['route', 'method', 'status'],
    buckets: seconds,
    registers,
  });
  const commands = new Histogram({
    name: 'parlance_command_seconds',
    help: 'Commands executed, by name and outcome (done, refused, failed)',
    labelNames: ['command', 'outcome'],
    buckets: seconds,
    registers,
  });
  const batches = new Histogram({
    name: 'parlance_batch_size',
    help: 'Calls carried by one statement of a batched command',
    labelNames: ['command'],
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500],
    registers,
  });
  const statements = new Histogram({
    name: 'parlance_batch_seconds',
    help: 'Time of one statement of a batched command',
    labelNames: ['command'],
    buckets: seconds,
    registers,
  });
  const sends = new Counter({ name: 'parlance_sends_total', help: 'Messages accepted', registers });
  const jobs = new Counter({
    name: 'parlance_jobs_total',
    help: 'Jobs run, by name and outcome',
    labelNames: ['name', 'outcome'],
    registers,
  });
  const pushes = new Counter({
    name: 'parlance_pushes_total',
    help: 'Attempts to notify a device, by adapter and outcome',
    labelNames: ['adapter', 'outcome'],
    registers,
  });
  const gauge = (name: string, help: string, read: (counts: RealtimeCounts) => number) =>
    new Gauge({ name, help, registers, collect: gaugeReader(read) });
  function gaugeReader(read: (counts: RealtimeCounts) => number) {
    return function collect(this: Gauge) {
      this.set(read(realtime()));
    };
  }
  new Gauge({
    name: 'parlance_open_connections',
    help: 'Open sockets, by dialect',
    labelNames: ['dialect'],
    registers,
    collect() {
      for (const [dialect, count] of Object.entries(realtime().open)) this.set({ dialect }, count ?? 0);
    },
  });
  gauge('parlance_deliveries', 'Frames handed to sockets since the start', (counts) => counts.deliveries);
  gauge('parlance_slow_connections_cut', 'Sockets closed because they did not keep up', (counts) => counts.cutSlow);
  gauge('parlance_gaps_filled', 'Events that came from the log instead of the wire', (counts) => counts.filledFromLog);
  gauge('parlance_gaps_open', 'Changes that neither wire nor log had', (counts) => counts.missingFromLog);

  const read = together ? shareMetrics(registry) : () => registry.metrics();
  return {
    observer: {
      executed(command, milliseconds, outcome) {
        commands.observe({ command, outcome }, milliseconds / 1000);
        latencies.executed(command, milliseconds, outcome);
        if (command === 'sendMessage' && outcome === 'done') sends.inc();
      },
      batch(command, size, milliseconds) {
        batches.observe({ command }, size);
        statements.observe({ command }, milliseconds / 1000);
      },
    },
    answered: (route, method, status, milliseconds) =>
      requests.observe({ route, method, status: String(status) }, milliseconds / 1000),
    jobDone: (name, outcome) => jobs.inc({ name, outcome }),
    pushed: (adapter, outcome) => pushes.inc({ adapter, outcome }),
    latencies: () => latencies.read(),
    page: async () => ({ type: registry.contentType, text: await read() }),
  };
}
