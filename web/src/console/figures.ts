// The figures of the last minutes as the charts show them: asked for every few seconds while somebody looks.

import { figures, type Figures } from '../api/operations.ts';

export const interval = 2_000;
const kept = 150;

/** One moment: rates are a second's. */
export interface Sample {
  /** Unix seconds. */
  at: number;
  sends: number;
  delivered: number;
  connections: Record<string, number>;
  latency: { p50: number | null; p95: number | null; p99: number | null };
  waiting: number;
  active: number;
  failed: number;
}

export interface Watched {
  latest: Figures;
  samples: readonly Sample[];
}

let last: { figures: Figures; at: number } | null = null;
let samples: readonly Sample[] = [];

function rate(now: number, before: number, seconds: number): number {
  return seconds <= 0 ? 0 : Math.max(0, (now - before) / seconds);
}

/** The figures of now beside those before; what another process answered is no step from the last. */
export async function watch(): Promise<Watched> {
  const latest = await figures();
  const at = Date.now() / 1_000;
  const before = last?.figures.process.id === latest.process.id && at - last.at < 60 ? last : null;
  const seconds = before === null ? 0 : at - before.at;
  const send = latest.commands.find(({ name }) => name === 'sendMessage')?.last_minute;
  const sum = (of: 'waiting' | 'active' | 'failed') => latest.jobs.reduce((all, job) => all + job[of], 0);
  samples = [
    ...samples.slice(-kept + 1),
    {
      at,
      sends: before === null ? 0 : rate(latest.sends.since_start, before.figures.sends.since_start, seconds),
      delivered: before === null ? 0 : rate(latest.frames.delivered, before.figures.frames.delivered, seconds),
      connections: latest.connections,
      latency: { p50: send?.p50_ms ?? null, p95: send?.p95_ms ?? null, p99: send?.p99_ms ?? null },
      waiting: sum('waiting'),
      active: sum('active'),
      failed: sum('failed'),
    },
  ];
  last = { figures: latest, at };
  return { latest, samples };
}
