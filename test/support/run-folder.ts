// The folder in which a run of the tests keeps its embedded databases; it goes with the run.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'parlance-test-run-'));
  process.env.TEST_FOLDER = folder;
  return () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
