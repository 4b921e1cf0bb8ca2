// How the tests run: in three processes, each of which takes one file after the other, and none may leave this machine.

import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

const beforeAll = 'test/support/global-setup.ts';

/**
 * What no choice of database changes: run with the embedded one, not again with another. It reads and writes nothing, or
 * is about the embedded one, or about a browser, for which the same routes answer that are tested on both by themselves.
 */
const indifferent = [
  'test/adapters/{blobs,calls,cluster,gifs,log-files,mail,media,metrics,push,sms}/**',
  'test/adapters/database/{embedded,folder-lock,upkeep}.test.ts',
  'test/{app,architecture,compose,config,operations,project}.test.ts',
  'test/contract/endpoints.test.ts',
  'test/core/{formatting,location/geo,media/kinds}.test.ts',
  'test/{realtime,support,texts,web}/**',
  'test/dialects/*.test.ts',
  'test/dialects/nerutalk/{browsers,wording}.test.ts',
  'test/torture/checker.test.ts',
];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: process.env.TEST_DATABASE === 'postgresql' ? indifferent : [],
    setupFiles: ['test/support/offline.ts'],
    globalSetup: ['test/support/run-folder.ts', ...(existsSync(beforeAll) ? [beforeAll] : [])],
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
    // Modules and embedded engines are loaded once a process: a file keeps to itself by its own server and people.
    isolate: false,
    // More than there are cores on a small machine: a test waits about as long as it computes.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    unstubEnvs: true,
    restoreMocks: true,
  },
});
