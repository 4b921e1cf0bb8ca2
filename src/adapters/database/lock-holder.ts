// Who holds a lock, and whether they still live.

import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** A process, told apart from all others that have had its number. */
export interface Holder {
  pid: number;
  host: string;
  /** ISO 8601, for people. */
  since: string;
  /** Host, boot and process-id namespace: in the same place, process ids mean the same. */
  place: string;
  /** Clock ticks between boot and the start of the process; null where there is no /proc. */
  startTicks: number | null;
}

export async function describeSelf(): Promise<Holder> {
  const status = await processStatus(process.pid);
  return {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    place: await currentPlace(),
    startTicks: status?.startTicks ?? null,
  };
}

/** True or false where it can be known; `unknown` for another machine or container, or where there is no /proc. */
export async function isAlive(holder: Holder): Promise<boolean | 'unknown'> {
  if (holder.place !== (await currentPlace())) return 'unknown';
  if (!exists(holder.pid)) return false;
  if (holder.pid === process.pid && holder.startTicks === null) return true;
  if (holder.startTicks === null) return 'unknown';
  const status = await processStatus(holder.pid);
  if (!status) return exists(holder.pid) ? 'unknown' : false;
  return status.startTicks === holder.startTicks && !status.isZombie;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function currentPlace(): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return [hostname(), boot.trim(), namespace].join(' ');
}

async function processStatus(pid: number): Promise<{ isZombie: boolean; startTicks: number } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // The name, in brackets, may hold anything: fields are counted from its end (proc(5): state is 3rd, start 22nd).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { isZombie: fields[0] === 'Z' || fields[0] === 'X', startTicks: Number(fields[19]) };
}
