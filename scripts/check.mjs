// `npm run check`: everything a change must pass, here and in CI. `npm run check -- types lint` does only those.

import './node-version.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { ROOT } from './setup.mjs';

/** @type {readonly { name: string, command: string }[]} */
const STEPS = [
  { name: 'types', command: 'tsc && tsc -p web && tsc -p web/tsconfig.worker.json' },
  { name: 'lint', command: 'oxlint --type-aware --deny-warnings' },
  { name: 'format', command: 'prettier --cache --check .' },
  { name: 'architecture', command: 'depcruise src test scripts bench web' },
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
const chosen = STEPS.filter(({ name }) => asked.length === 0 || asked.includes(name));

/**
 * Whether it passed. The tests speak as they go; what another step says is printed when it ends, in one piece.
 *
 * @param {typeof STEPS[number]} step
 */
async function passes({ name, command }) {
  const began = Date.now();
  const child = spawn(command, { cwd: ROOT, env, shell: true, stdio: name === 'tests' ? 'inherit' : 'pipe' });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (said += text));
  const [status] = await once(child, 'close');
  const verdict = `${status === 0 ? 'passed' : 'FAILED'} (${((Date.now() - began) / 1000).toFixed(1)} s)`;
  console.log(`\n── ${name}: ${command}\n${said}── ${name}: ${verdict}`);
  return status === 0;
}

/**
 * The names of those that failed.
 *
 * @param {typeof STEPS} steps
 */
async function inTurn(steps) {
  const failed = [];
  for (const step of steps) if (!(await passes(step))) failed.push(step.name);
  return failed;
}

// The tests wait more than they compute: the other checks run beside them.
const lanes = [chosen.filter(({ name }) => name !== 'tests'), chosen.filter(({ name }) => name === 'tests')];
const failed = (await Promise.all(lanes.map(inTurn))).flat();

console.log(failed.length === 0 ? '\nAll checks passed.' : `\nFailed: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
