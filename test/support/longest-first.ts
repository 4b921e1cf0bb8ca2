// The order in which test files run: those that take longest first, so that no process is left alone with one at the end.

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** As they were measured, the longest first. */
const LONGEST = [
  'kill',
  'adapters/database/embedded',
  'adapters/database/folder-lock',
  'adapters/jobs/pg-boss',
  'dialects/pythia/setup-channels',
  'adapters/blobs/blobs',
  'adapters/cluster/redis',
  'adapters/database/migrate',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return found < 0 ? LONGEST.length : found;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
