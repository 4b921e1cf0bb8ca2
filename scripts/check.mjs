// `npm run check`: everything a change must pass, here and in CI. `npm run check -- types lint` does only those.

import './node-version.mjs';
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { ROOT } from './setup.mjs';

/** @type {readonly { name: string, command: string }[]} */
const STEPS = [
  { name: 'types', command: 'tsc' },
  { name: 'lint', command: 'oxlint --type-aware --deny-warnings' },
  { name: 'format', command: 'prettier --cache --check .' },
  { name: 'architecture', command: 'depcruise src test scripts bench' },
  { name: 'dead-code', command: 'knip' },
  { name: 'lock', command: 'npm ci --ignore-scripts --dry-run --loglevel=error' },
  { name: 'tests', command: 'npm test' },
];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`No such check: ${unknown.join(', ')}. There are: ${STEPS.map((step) => step.name).join(', ')}.`);
  process.exit(1);
}

const env = { ...process.env, PATH: `${join(ROOT, 'node_modules', '.bin')}${delimiter}${process.env.PATH}` };
const failed = STEPS.filter(({ name, command }) => {
  if (asked.length > 0 && !asked.includes(name)) return false;
  console.log(`\n── ${name}: ${command}`);
  const began = Date.now();
  const { status } = spawnSync(command, { cwd: ROOT, env, shell: true, stdio: 'inherit' });
  console.log(`── ${name}: ${status === 0 ? 'passed' : 'FAILED'} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  return status !== 0;
});

console.log(failed.length === 0 ? '\nAll checks passed.' : `\nFailed: ${failed.map((step) => step.name).join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
