// How long commands take: percentiles right to a twentieth, of all and of the last minute.

import { expect, it } from 'vitest';
import { createLatencies } from '../../../src/adapters/metrics/latencies.ts';

it('tells percentiles and outcomes by name', () => {
  const latencies = createLatencies(() => 0);
  for (let milliseconds = 1; milliseconds <= 1_000; milliseconds += 1) latencies.executed('b', milliseconds, 'done');
  latencies.executed('a', 0, 'refused');
  latencies.executed('a', 1e9, 'failed');
  const [a, b] = latencies.read();
  expect([a!.name, b!.name]).toEqual(['a', 'b']);
  expect(a!.sinceStart).toMatchObject({ count: 2, refused: 1, failed: 1 });
  for (const [name, right] of [
    ['p50', 500],
    ['p95', 950],
    ['p99', 990],
  ] as const) {
    expect(Math.abs(b!.sinceStart[name]! / right - 1), name).toBeLessThan(0.05);
  }
});

it('the last minute forgets what is older', () => {
  let now = 0;
  const latencies = createLatencies(() => now);
  latencies.executed('send', 5, 'done');
  now = 30_000;
  latencies.executed('send', 5, 'done');
  expect(latencies.read()[0]!.lastMinute.count).toBe(2);
  now = 65_000;
  expect(latencies.read()[0]!.lastMinute.count).toBe(1);
  // Long after, in the place of an old part.
  now = 10 * 70_000;
  latencies.executed('send', 5, 'done');
  expect(latencies.read()[0]).toMatchObject({ sinceStart: { count: 3 }, lastMinute: { count: 1 } });
  now += 3_600_000;
  expect(latencies.read()[0]!.lastMinute).toEqual({ count: 0, refused: 0, failed: 0, p50: null, p95: null, p99: null });
});
