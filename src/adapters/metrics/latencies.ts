// How long commands take, by name: since the start and within the last minute, in a few kilobytes each.

export type Outcome = 'done' | 'refused' | 'failed';

/** Milliseconds are null where nothing was counted; they are right to a twentieth. */
export interface Latency {
  count: number;
  refused: number;
  failed: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

export interface CommandLatency {
  name: string;
  sinceStart: Latency;
  lastMinute: Latency;
}

/** Each bucket is a tenth longer than the one before; the first ends at 0.05 ms, the last holds all above two minutes. */
const shortest = 0.05;
const growth = Math.log(1.1);
const buckets = 156;

/** The last minute is this many parts, one of which is under way. */
const parts = 6;
const partLength = 10_000;

interface Counts {
  times: Uint32Array;
  outcomes: Record<Outcome, number>;
}

interface Series {
  all: Counts;
  /** By number since the clock began; old ones are used again. */
  recent: { number: number; counts: Counts }[];
}

export interface Latencies {
  executed(command: string, milliseconds: number, outcome: Outcome): void;
  /** By name. */
  read(): CommandLatency[];
}

/** Begins to count. `now` in milliseconds, of any clock that does not go back. */
export function createLatencies(now: () => number = () => performance.now()): Latencies {
  const commands = new Map<string, Series>();

  function seriesOf(command: string): Series {
    const found = commands.get(command);
    if (found) return found;
    const recent = Array.from({ length: parts + 1 }, () => ({ number: -1, counts: noCounts() }));
    const series = { all: noCounts(), recent };
    commands.set(command, series);
    return series;
  }

  return {
    executed(command, milliseconds, outcome) {
      const { all, recent } = seriesOf(command);
      const number = Math.floor(now() / partLength);
      const part = recent[number % recent.length]!;
      if (part.number !== number) Object.assign(part, { number, counts: noCounts() });
      for (const counts of [all, part.counts]) {
        counts.times[bucketOf(milliseconds)]! += 1;
        counts.outcomes[outcome] += 1;
      }
    },
    read() {
      const oldest = Math.floor(now() / partLength) - parts;
      return [...commands]
        .map(([name, { all, recent }]) => ({
          name,
          sinceStart: latencyOf([all]),
          lastMinute: latencyOf(recent.filter(({ number }) => number > oldest).map(({ counts }) => counts)),
        }))
        .toSorted((one, other) => (one.name < other.name ? -1 : 1));
    },
  };
}

function noCounts(): Counts {
  return { times: new Uint32Array(buckets), outcomes: { done: 0, refused: 0, failed: 0 } };
}

function bucketOf(milliseconds: number): number {
  const place = Math.ceil(Math.log(Math.max(milliseconds, shortest) / shortest) / growth);
  return Math.min(place, buckets - 1);
}

function latencyOf(all: readonly Counts[]): Latency {
  const times = new Uint32Array(buckets);
  for (const counts of all) counts.times.forEach((count, place) => (times[place]! += count));
  const count = times.reduce((sum, one) => sum + one, 0);
  const sum = (outcome: Outcome) => all.reduce((total, { outcomes }) => total + outcomes[outcome], 0);
  const at = (share: number) => (count === 0 ? null : quantile(times, Math.ceil(count * share)));
  return { count, refused: sum('refused'), failed: sum('failed'), p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** The middle of the bucket in which the `nth` shortest time is. */
function quantile(times: Uint32Array, nth: number): number {
  let seen = 0;
  const place = times.findIndex((count) => (seen += count) >= nth);
  const milliseconds = shortest * Math.exp((place - 0.5) * growth);
  return Math.round(milliseconds * 1_000) / 1_000;
}
