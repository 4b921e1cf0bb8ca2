// Log files that turn over by themselves: `auth.log`, then `auth.log.1` … `auth.log.50`.

import { mkdirSync } from 'node:fs';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';

/** A file is turned over when it reaches this; no line is longer than what then is missing to 1 MiB. */
const SIZE = '1000K';
const BACKUPS = 50;
const LONGEST_LINE = 2_000;

export interface LogFiles {
  /** Adds a line to one of the files; what is not one of them is not written. */
  write(name: string, level: string, text: string): void;
  /** Writes what is still to be written. */
  close(): Promise<void>;
}

export interface LogFilesOptions {
  folder: string;
  names: readonly string[];
  log: { warn(text: string): void };
  /** The clock, in milliseconds. */
  now?: () => number;
}

/** Makes the folder and the files. A file that cannot be written to costs its lines and one warning, never a request. */
export function openLogFiles({ folder, names, log, now = Date.now }: LogFilesOptions): LogFiles {
  const files = new Map<string, RotatingFileStream>();
  try {
    mkdirSync(folder, { recursive: true });
    for (const name of names) files.set(name, openFile(folder, name, log));
  } catch (error) {
    log.warn(`Nothing is written to the log files in ${folder}: ${sentenceOf(error)}`);
  }
  return {
    write(name, level, text) {
      const file = files.get(name);
      if (file?.writable) file.write(`${time(now())} - ${name} - ${level} - ${oneLine(text)}\n`);
    },
    async close() {
      await Promise.all([...files.values()].map(ended));
    },
  };
}

function openFile(folder: string, name: string, log: LogFilesOptions['log']): RotatingFileStream {
  const file = createStream((index) => (index ? `${name}.log.${Number(index)}` : `${name}.log`), {
    path: folder,
    size: SIZE,
    rotate: BACKUPS,
  });
  file.on('error', (error) => log.warn(`${name}.log is no longer written to: ${sentenceOf(error)}`));
  return file;
}

function ended(file: RotatingFileStream): Promise<void> {
  if (file.destroyed) return Promise.resolve();
  return new Promise((done) => {
    file.once('close', done);
    file.end();
  });
}

/** `2025-01-01 00:00:00,000`, in UTC. */
function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, -1).replace('T', ' ').replace('.', ',');
}

/** What people choose to be called must not look like another line. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').slice(0, LONGEST_LINE);
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
