// The order in which test files run: those that take longest first, so that no process is left alone with one at the end.

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** As they were measured, the longest first. */
const LONGEST = [
  'workers',
  'web/console',
  'web/location',
  'web/calls',
  'torture/torture',
  'torture/sends',
  'processes',
  'web/settings',
  'web/accessibility',
  'kill',
  'adapters/database/embedded',
  'sync-property',
  'web/offline',
  'contract/repeats',
  'web/group',
  'cluster',
  'database-away',
  'dialects/urge/hostile',
  'adapters/blobs/blobs',
  'cursors',
  'killed-calls',
  'support/kept-engines',
  'dialects/nerutalk/browsers',
  'adapters/jobs/pg-boss',
  'adapters/database/folder-lock',
  'adapters/cluster/redis',
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
