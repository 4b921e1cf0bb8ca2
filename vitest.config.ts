// How the tests run: two files at a time, each in a process of its own, and none may leave this machine.

import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const beforeAll = 'test/support/global-setup.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
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
