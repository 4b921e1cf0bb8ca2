// Blobs in a folder: for one machine, with nothing to set up. Clients upload to this server, at addresses it signs.

import { createHmac, hkdfSync, randomUUID, timingSafeEqual } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '../../core/errors.ts';
import { tooLarge } from '../../core/media/kinds.ts';
import type { Blobs, UploadTerms } from '../../core/ports.ts';
import { checkKey, keyPath } from './keys.ts';

export interface DiskOptions {
  folder: string;
  secret: Uint8Array;
  uploadPath: string;
  now?: () => number;
}

const DAY = 86_400_000;
/** Begins with a dot, as no key does. */
const UNFINISHED = '.unfinished';

/** Opens the folder, makes it if it is missing, and removes what a process that died has left half written. */
export async function openDisk({ folder, secret, uploadPath, now = Date.now }: DiskOptions): Promise<Blobs> {
  const unfinished = join(folder, UNFINISHED);
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  await removeOld(unfinished, now() - DAY);
  const signingKey = Buffer.from(hkdfSync('sha256', secret, '', 'parlance upload addresses', 32));
  const pathOf = (key: string) => join(folder, ...checkKey(key).split('/'));

  /** Writes beside, then moves into place: nobody ever sees half of it. */
  async function write(key: string, bytes: Readable, fits: { least: number; most: number }): Promise<void> {
    const path = pathOf(key);
    const beside = join(unfinished, randomUUID());
    let size = 0;
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        size += chunk.length;
        if (size > fits.most) done(tooLarge());
        else done(null, chunk);
      },
    });
    try {
      // Flushed, so that a name never outlives its bytes.
      await pipeline(bytes, meter, createWriteStream(beside, { flags: 'wx', mode: 0o600, flush: true }));
      if (size < fits.least) throw new Error(`A blob of ${fits.least} bytes ended after ${size}`);
      await place(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  }

  return {
    put: (key, size, bytes) => write(key, bytes(), { least: size, most: size }),

    async find(key) {
      const found = await orNull(stat(pathOf(key)));
      return found?.isFile() ? { size: found.size } : null;
    },

    async read(key, part) {
      const file = await orNull(open(pathOf(key)));
      if (!file) return null;
      return file.createReadStream(part && { start: part.start, end: part.end });
    },

    async move(from, to) {
      const source = pathOf(from);
      if (!(await orNull(stat(source)))) return false;
      return (await orNull(place(source, pathOf(to)).then(() => true))) ?? false;
    },

    remove: (key) => rm(pathOf(key), { force: true }),

    async uploadUrl(key, terms) {
      const query = new URLSearchParams(written(terms));
      query.set('signature', sign(signingKey, key, written(terms)));
      return `${uploadPath}/${keyPath(key)}?${query.toString()}`;
    },

    async receive({ key, query, type, size, bytes }) {
      const { signature = '', type: signed = '', size: exact = '', most = '', expires = '' } = query;
      const isOurs = same(signature, sign(signingKey, key, { type: signed, size: exact, most, expires }));
      const isRight = type === signed && (exact === '' || size === null || size === Number(exact));
      if (!isOurs || !isRight || Number(expires) < now()) throw badUrl();
      if (size !== null && size > Number(most)) throw tooLarge();
      const fits = exact === '' ? { least: 0, most: Number(most) } : { least: Number(exact), most: Number(exact) };
      await write(key, bytes, fits);
    },
  };
}

/** The terms as they stand in the address, where all of them are signed. */
function written({ type, size, most, expiresAt }: UploadTerms): Record<string, string> {
  return { type, size: size === null ? '' : String(size), most: String(most), expires: String(expiresAt) };
}

function sign(signingKey: Buffer, key: string, terms: Record<string, string>): string {
  const text = JSON.stringify(['PUT', key, terms.type, terms.size, terms.most, terms.expires]);
  return createHmac('sha256', signingKey).update(text).digest('base64url');
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function badUrl(): DomainError {
  const text = 'This address does not allow this upload: it has expired, or was made for another.';
  return new DomainError('forbidden', 'bad_upload_url', text);
}

async function place(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await rename(from, to);
}

async function removeOld(folder: string, before: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await orNull(stat(path));
    if (found && found.mtimeMs < before) await rm(path, { force: true, recursive: true });
  }
}

/** Null for what is not there. */
async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
