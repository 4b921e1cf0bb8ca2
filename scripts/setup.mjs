// What stands between a fresh clone and a running server: installing and building, each only when something is missing.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The folder of the project. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const HEARTBEAT_MS = 1_000;
const ABANDONED_MS = 15_000;
/** Everything the server is built from: it is built again when any of these changed. */
const SERVER_FROM = ['src', 'scripts/setup.mjs', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
/** The same of the web client, which is built on its own. */
const WEB_FROM = ['web', 'scripts/setup.mjs', 'package-lock.json'];

/**
 * Installs the dependencies exactly as locked, if they are not already.
 *
 * @param {string} [root]
 */
export async function install(root = ROOT) {
  if (isInstalled(root)) return;
  await alone(root, async () => {
    if (isInstalled(root)) return;
    say('Installing the dependencies (the first time takes a minute) …');
    // Without --include=dev a NODE_ENV of production would leave the compiler out.
    await npm(root, ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  });
}

/**
 * Whether node_modules holds what the lock asks for. npm leaves its own record there, written when an install has
 * ended: packages that do not fit this machine are the only ones it may lack.
 *
 * @param {string} root
 */
export function isInstalled(root) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const present = packagesOf(record);
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const found = present[path];
    if (path === '') return true;
    return found ? found.version === version && found.integrity === integrity : optional === true;
  });
}

/** Compiles the server, prepares its assets and builds the web client: each if its sources changed since the last time. */
export async function build(root = ROOT) {
  if (isServerBuilt(root) && isWebBuilt(root)) return;
  await alone(root, async () => {
    if (!isServerBuilt(root)) await buildServer(root);
    if (!isWebBuilt(root)) await buildWeb(root);
  });
}

/** The same of the web client alone: for tests, whose server runs from its sources. */
export async function buildWebClient(root = ROOT) {
  if (isWebBuilt(root)) return;
  await alone(root, async () => {
    if (!isWebBuilt(root)) await buildWeb(root);
  });
}

/** @param {string} root */
async function buildServer(root) {
  say('Building …');
  const dist = join(root, 'dist');
  await replace(dist, SERVER_FROM, root, async (fresh) => {
    const compiler = join(root, 'node_modules', '@typescript', 'native', 'bin', 'tsc');
    await run(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', fresh], root);
    const { writeAssets } = await import(pathToFileURL(join(fresh, 'assets.js')).href);
    writeAssets(join(fresh, 'assets'));
    if (existsSync(join(dist, 'web'))) renameSync(join(dist, 'web'), join(fresh, 'web'));
  });
}

/** @param {string} root */
async function buildWeb(root) {
  say('Building the web client …');
  mkdirSync(join(root, 'dist'), { recursive: true });
  await replace(join(root, 'dist', 'web'), WEB_FROM, root, async (fresh) => {
    const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
    // Tests build too, and would otherwise be given React's development version.
    const env = { ...process.env, NODE_ENV: 'production' };
    await run(process.execPath, [vite, 'build', 'web', '--outDir', fresh, '--logLevel', 'warn'], root, { env });
  });
}

/**
 * Makes a folder anew beside the one in use, and puts it in its place when it is whole.
 *
 * @param {string} folder
 * @param {readonly string[]} from
 * @param {string} root
 * @param {(fresh: string) => Promise<void>} make
 */
async function replace(folder, from, root, make) {
  const fresh = `${folder}.${process.pid}`;
  const old = `${fresh}.old`;
  const stamp = sourceHash(root, from);
  try {
    await make(fresh);
    writeFileSync(join(fresh, '.built-from'), stamp);
    if (existsSync(folder)) renameSync(folder, old);
    renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

/** @param {string} root */
function isServerBuilt(root) {
  return isCurrent(join(root, 'dist'), SERVER_FROM, root);
}

/** @param {string} root */
function isWebBuilt(root) {
  return isCurrent(join(root, 'dist', 'web'), WEB_FROM, root);
}

/**
 * Whether a folder was made from these sources as they are now.
 *
 * @param {string} folder
 * @param {readonly string[]} from
 * @param {string} root
 */
function isCurrent(folder, from, root) {
  const stamp = join(folder, '.built-from');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceHash(root, from);
}

/**
 * Runs `work` while no other process of this project does the same: two starts at once must not install over each
 * other. The lock is a file that its holder keeps touching; left alone, it was abandoned and may be taken.
 *
 * @template T
 * @param {string} root
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function alone(root, work) {
  const lock = join(root, '.setup-lock');
  for (let waited = false; !take(lock); waited = true) {
    if (!waited) say('Waiting for another start of this folder to finish its set-up …');
    if (age(lock) > ABANDONED_MS) dropAbandoned(lock);
    await sleep(200);
  }
  const heartbeat = setInterval(() => touch(lock), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    rmSync(lock, { force: true });
  }
}

/**
 * Runs a program and waits for it. A signal that would end this process ends the program instead, and then fails the
 * wait: nothing goes on installing behind the back of a start that was stopped.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {string} folder
 * @param {{ shell?: boolean, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<void>}
 */
function run(program, args, folder, options = {}) {
  return new Promise((resolve, reject) => {
    // Its output is progress, not the answer of the command that was asked for: hence to stderr.
    const child = spawn(program, args, { ...options, cwd: folder, stdio: ['ignore', process.stderr, process.stderr] });
    /** @type {NodeJS.Signals | undefined} */
    let stopped;
    /** @param {NodeJS.Signals} signal */
    const stop = (signal) => {
      stopped = signal;
      child.kill(signal);
    };
    const signals = /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP']);
    for (const signal of signals) process.on(signal, stop);
    child.on('error', reject);
    child.on('close', (code) => {
      for (const signal of signals) process.off(signal, stop);
      if (stopped) reject(new SetupFailed(`Stopped by ${stopped}.`, 128 + constants.signals[stopped]));
      else if (code !== 0) reject(new SetupFailed(`Failed: ${[basename(program), ...args].join(' ')}`));
      else resolve();
    });
  });
}

/** A set-up that cannot go on, in a sentence; what was wrong has been printed by the program that failed. */
class SetupFailed extends Error {
  /**
   * @param {string} message
   * @param {number} [exitCode]
   */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Does the steps of a set-up; a failed one ends the process with a sentence instead of a stack.
 *
 * @param {...(() => Promise<void>)} steps
 */
export async function setUp(...steps) {
  try {
    for (const step of steps) await step();
  } catch (error) {
    if (!(error instanceof SetupFailed)) throw error;
    say(error.message);
    process.exit(error.exitCode);
  }
}

/**
 * @param {string} root
 * @param {string[]} args
 */
function npm(root, args) {
  const own = process.env.npm_execpath;
  if (own && basename(own) === 'npm-cli.js') return run(process.execPath, [own, ...args], root);
  return run('npm', args, root, { shell: process.platform === 'win32' });
}

/**
 * @param {string} root
 * @param {readonly string[]} from
 */
function sourceHash(root, from) {
  const hash = createHash('sha256');
  for (const file of from.flatMap((path) => filesUnder(root, path))) {
    hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @param {string} path
 * @returns {string[]}
 */
function filesUnder(root, path) {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  const names = readdirSync(join(root, path)).toSorted();
  return names.flatMap((name) => filesUnder(root, `${path}/${name}`));
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, integrity?: string, optional?: boolean }>}
 */
function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/** @param {string} lock */
function take(lock) {
  try {
    writeFileSync(lock, 'Held while Parlance installs or builds.\n', { flag: 'wx' });
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** @param {string} lock */
function dropAbandoned(lock) {
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
    // Of several who saw it abandoned one was first, and this may be the lock it has just taken: give it back.
    if (age(aside) <= ABANDONED_MS) linkSync(aside, lock);
  } catch (error) {
    if (!isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** @param {string} file */
function age(file) {
  return Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}

/** @param {string} file */
function touch(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function isCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** @param {string} sentence */
function say(sentence) {
  console.error(sentence);
}
