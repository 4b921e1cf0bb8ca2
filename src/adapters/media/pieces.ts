// Files to work on: taken from a stream, never larger than allowed, gone when they are no longer needed.

import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { tooLarge } from '../../core/media/kinds.ts';
import type { Piece } from '../../core/ports.ts';

const HOUR = 3_600_000;
const headBytes = 65_536;

export interface Bench {
  take(bytes: Readable, most: number): Promise<Piece>;
  /** A file that `write` makes at the path it is given. */
  make(type: string, write: (path: string) => Promise<unknown>): Promise<Piece>;
}

/** Opens a folder to work in, and clears it of what is hours old. */
export async function openBench(
  folder: string,
  recognize: (head: Uint8Array) => Promise<string | null>,
): Promise<Bench> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found && found.mtimeMs < Date.now() - 2 * HOUR) await rm(path, { recursive: true, force: true });
  }

  async function make(write: (path: string) => Promise<unknown>, typeOf: (path: string) => Promise<string | null>) {
    const path = join(folder, randomUUID());
    try {
      await write(path);
      const [{ size }, type] = [await stat(path), await typeOf(path)];
      return {
        path,
        size,
        type,
        open: () => createReadStream(path),
        discard: () => rm(path, { force: true }),
      };
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  return {
    take: (bytes, most) =>
      make(
        (path) => pipeline(bytes, atMost(most), createWriteStream(path, { flags: 'wx', mode: 0o600 })),
        async (path) => recognize(await headOf(path)),
      ),
    make: (type, write) => make(write, async () => type),
  };
}

function atMost(most: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > most) done(tooLarge());
      else done(null, chunk);
    },
  });
}

async function headOf(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
