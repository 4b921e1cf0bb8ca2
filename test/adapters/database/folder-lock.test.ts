// One process a folder, whatever the processes do and however they end.

import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type FolderLock, lockFolder } from '../../../src/adapters/database/folder-lock.ts';
import { describeSelf, type Holder } from '../../../src/adapters/database/lock-holder.ts';
import { childArguments, follow, startChild } from './children.ts';

describe('folder lock', () => {
  let parent: string;
  let folder: string;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'parlance-test-'));
    folder = join(parent, 'database');
  });
  afterEach(() => rm(parent, { recursive: true, force: true }));

  const take = async (): Promise<FolderLock> => {
    const lock = await lockFolder(folder, () => {});
    onTestFinished(() => lock.release());
    return lock;
  };
  const leaveClaim = async (change: Partial<Holder>): Promise<string> => {
    const file = `${folder}.lock.left`;
    await writeFile(file, JSON.stringify({ ...(await describeSelf()), ...change }));
    return file;
  };

  it('is taken, given back, and taken again, and leaves nothing', async () => {
    const lock = await take();
    await expect(take()).rejects.toThrow('this process itself');
    await lock.release();
    await lock.release();
    await (await take()).release();
    expect(await readdir(parent)).toEqual([]);
  });

  it('names the process that has it', async () => {
    const child = startChild('hold', folder);
    onTestFinished(() => child.kill());
    await child.line(/held/);
    await expect(take()).rejects.toThrow(new RegExp(`in use by process ${child.process.pid} on .+ since 20\\d\\d-`));
    await child.kill();
    await take();
  });

  it('is taken over from a process that was killed and is still a zombie', async () => {
    // sh becomes sleep, which never asks after its child.
    const script = `"$0" "$@" & echo pid $!; exec sleep 30`;
    const args = ['-c', script, process.execPath, ...childArguments('hold', folder)];
    const child = follow(spawn('sh', args, { stdio: ['ignore', 'pipe', 'inherit'], cwd: process.cwd() }));
    onTestFinished(() => {
      child.process.kill('SIGKILL');
    });
    const pid = Number((await child.line(/^pid/)).slice(4));
    await child.line(/held/);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /);
    await take();
  });

  it('is taken over when the process number belongs to another by now', async () => {
    await leaveClaim({ pid: process.ppid, startTicks: 1 });
    await take();
  });

  it('is taken over when the claim was cut short', async () => {
    await writeFile(`${folder}.lock.left`, '{"pid":');
    await take();
  });

  it('is taken over from elsewhere only after some seconds without a sign of life', async () => {
    await leaveClaim({ place: 'another machine', host: 'another' });
    const started = Date.now();
    await take();
    expect(Date.now() - started).toBeGreaterThan(4_000);
  }, 20_000);

  it('is not taken over from elsewhere while there are signs of life', async () => {
    const file = await leaveClaim({ place: 'another machine', host: 'another', pid: 7 });
    const beats = setInterval(() => void utimes(file, new Date(), new Date()), 500);
    onTestFinished(() => clearInterval(beats));
    await expect(take()).rejects.toThrow('process 7 on another');
  }, 20_000);

  it('says so when it is lost', async () => {
    const reasons: Error[] = [];
    const lock = await lockFolder(folder, (reason) => void reasons.push(reason));
    onTestFinished(() => lock.release());
    await rm(join(parent, (await readdir(parent))[0] ?? ''));
    await expect.poll(() => reasons.map(String), { timeout: 5_000 }).toEqual([expect.stringContaining('was removed')]);
  });

  it('goes to exactly one of those who start at once', async () => {
    await leaveClaim({ pid: process.ppid, startTicks: 1 });
    const start = String(Date.now() + 2_000);
    const racers = [1, 2, 3].map(() => startChild('race', folder, start));
    onTestFinished(async () => {
      await Promise.all(racers.map((racer) => racer.kill()));
    });
    await Promise.all(racers.map((racer) => racer.line(/^3 /)));
    const said = racers.flatMap((racer) => racer.lines);
    for (const round of [0, 1, 2, 3]) {
      expect(said.filter((line) => line === `${round} held`)).toHaveLength(1);
      expect(said.filter((line) => line === `${round} refused`)).toHaveLength(2);
    }
  }, 20_000);
});
