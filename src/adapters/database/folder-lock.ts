// One process a folder. Each that wants it writes a claim beside it, then looks: who sees no other living claim has it.
// Two that start at once both write before they look, so at least one sees the other. A claim has a name of its own, so
// clearing away a dead one can never hit a living one.

import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeSelf, type Holder, isAlive } from './lock-holder.ts';

const BEAT = 1_000;
const SILENCE = 5 * BEAT;

export interface FolderLock {
  release(): Promise<void>;
}

interface Claim {
  file: string;
  holder: Holder;
}

/**
 * Takes the folder for this process, or throws an Error that names who has it. Claims of dead processes are taken over,
 * at once where we can see their process list, otherwise after 5 s without a sign of life. `onLost` is called if
 * somebody removes our claim while we hold it.
 */
export async function lockFolder(folder: string, onLost: (reason: Error) => void): Promise<FolderLock> {
  const seen = new Set<string>();
  for (;;) {
    const mine = await writeClaim(folder);
    const others = await livingClaims(folder, mine);
    if (!others.length) return hold(folder, mine, onLost);
    await unlink(mine);
    // Another starter makes a new claim each time, so one seen twice belongs to a holder.
    const holder = others.find((claim) => seen.has(claim.file))?.holder;
    if (holder) throw new Error(refusal(folder, holder));
    for (const claim of others) seen.add(claim.file);
    await sleep(20 + Math.random() * 100);
  }
}

async function writeClaim(folder: string): Promise<string> {
  const file = `${folder}.lock.${process.pid}-${randomBytes(6).toString('hex')}`;
  const draft = `${file}.draft`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(await describeSelf())}\n`);
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  return file;
}

async function livingClaims(folder: string, mine: string): Promise<Claim[]> {
  const prefix = `${basename(folder)}.lock.`;
  const names = (await readdir(dirname(folder))).filter((name) => name.startsWith(prefix) && !name.endsWith('.draft'));
  const files = names.map((name) => join(dirname(folder), name)).filter((file) => file !== mine);
  const claims = await Promise.all(files.map(readLiving));
  return claims.filter((claim) => claim !== undefined);
}

async function readLiving(file: string): Promise<Claim | undefined> {
  const holder = await readHolder(file);
  if (holder === 'gone') return undefined;
  // A claim is whole before it has its name; one that cannot be read was cut short by a power failure.
  const alive = holder === 'unreadable' ? false : await isAlive(holder);
  if (alive === true || (alive === 'unknown' && (await beats(file)))) return { file, holder: holder as Holder };
  await unlink(file).catch(ignoreMissing);
  return undefined;
}

async function readHolder(file: string): Promise<Holder | 'gone' | 'unreadable'> {
  const text = await readFile(file, 'utf8').catch(ignoreMissing);
  if (text === undefined) return 'gone';
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return 'unreadable';
  }
}

/** Watches a claim whose process we cannot see (another machine, another container, before a reboot). */
async function beats(file: string): Promise<boolean> {
  const touched = async () => (await stat(file).catch(ignoreMissing))?.mtimeMs;
  const before = await touched();
  for (let waited = 0; waited < SILENCE; waited += BEAT / 4) {
    await sleep(BEAT / 4);
    const now = await touched();
    if (now === undefined) return false;
    if (now !== before) return true;
  }
  return false;
}

async function hold(folder: string, file: string, onLost: (reason: Error) => void): Promise<FolderLock> {
  const handle = await open(file, 'r+');
  const timer = setInterval(() => void beat(), BEAT);
  timer.unref();
  const beat = async () => {
    if (await touch(handle)) return;
    clearInterval(timer);
    onLost(new Error(`The lock on ${folder} was removed (${file})`));
  };
  let released = false;
  return {
    async release() {
      if (released) return;
      released = true;
      clearInterval(timer);
      await handle.close();
      await unlink(file).catch(ignoreMissing);
    },
  };
}

/** Says that we live. False if the claim no longer has a name. */
async function touch(handle: FileHandle): Promise<boolean> {
  const now = new Date();
  try {
    await handle.utimes(now, now);
    return (await handle.stat()).nlink > 0;
  } catch {
    return true; // a full disk, or the handle was just closed: no reason to stop
  }
}

function refusal(folder: string, holder: Holder): string {
  const self = holder.pid === process.pid ? 'this process itself' : `process ${holder.pid} on ${holder.host}`;
  return `The folder ${folder} is in use by ${self} since ${holder.since}. Two processes on it would destroy it.`;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
