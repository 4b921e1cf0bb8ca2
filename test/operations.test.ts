// docs/operations.md names the metrics that there are, and all of ours.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createMetrics } from '../src/adapters/metrics/prometheus.ts';

const manual = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8');

it('every metric in the manual is counted, and every one of ours is in the manual', async () => {
  const metrics = createMetrics(() => ({ open: {}, deliveries: 0, cutSlow: 0, filledFromLog: 0, missingFromLog: 0 }));
  const { text } = await metrics.page();
  const counted = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name!));
  const named = new Set(
    [...manual.matchAll(/\b((?:parlance|nodejs)_\w+)/g)].map(([, name]) => name!.replace(/_(count|bucket|sum)$/, '')),
  );
  expect([...named].filter((name) => !counted.has(name))).toEqual([]);
  expect([...counted].filter((name) => name.startsWith('parlance_') && !named.has(name))).toEqual([]);
});
