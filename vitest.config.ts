// How the tests run: two files at a time, each in a process of its own, and none may leave this machine.

import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const beforeAll = 'test/support/global-setup.ts';

/** What no choice of database changes: run with the embedded one, not again with another. */
const indifferent = [
  'test/adapters/{blobs,calls,cluster,log-files,media,push,sms}/**',
  'test/adapters/database/{embedded,folder-lock,upkeep}.test.ts',
  'test/{app,architecture,config,project}.test.ts',
  'test/{realtime,texts}/**',
  'test/dialects/*.test.ts',
];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: process.env.TEST_DATABASE === 'postgresql' ? indifferent : [],
    setupFiles: ['test/support/offline.ts'],
    globalSetup: existsSync(beforeAll) ? [beforeAll] : [],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    unstubEnvs: true,
    restoreMocks: true,
  },
});
