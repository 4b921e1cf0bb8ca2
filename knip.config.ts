// Where the program begins, so that what no beginning reaches is found.

import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  entry: ['src/cli/*.ts', 'src/core/migrations/*.ts', 'scripts/*.mjs', 'bench/*.ts', 'test/**/*.test.ts'],
  project: ['src/**/*.ts', 'scripts/*.mjs', 'bench/**/*.ts', 'test/**/*.ts', 'web/**/*.{ts,tsx}'],
  vite: { config: 'web/vite.config.ts' },
  // Run by scripts/, or read from its folder by src/assets.ts: no import names them.
  ignoreDependencies: ['@typescript/native', 'oxlint', 'oxlint-tsgolint', 'redoc'],
  // Of the system, and not needed.
  ignoreBinaries: ['ffmpeg', 'redis-server', 'pg_dump', 'pgbouncer'],
  // An exported type names what an exported function takes or gives, whether or not anyone else says its name.
  ignoreExportsUsedInFile: { interface: true, type: true },
};

export default config;
