// One suite over every store: a folder, a strict small S3, and OpenStack Swift where it is installed.

import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { AwsClient } from 'aws4fetch';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openDisk } from '../../../src/adapters/blobs/disk.ts';
import { openS3 } from '../../../src/adapters/blobs/s3.ts';
import { DomainError } from '../../../src/core/errors.ts';
import type { Blobs, UploadTerms } from '../../../src/core/ports.ts';
import { startS3Server } from '../../support/s3-server.ts';
import { startSwift, swiftIsHere } from '../../support/swift.ts';

interface Store {
  blobs: Blobs;
  /** Uploads to an address as a client would, and answers the status. */
  put(url: string, body: Buffer, headers: Record<string, string>): Promise<number>;
  close(): Promise<void>;
}

const secret = Buffer.alloc(32, 5);
const log = { warn: vi.fn() };

const stores: Record<string, () => Promise<Store>> = {
  async disk() {
    const folder = await mkdtemp(join(tmpdir(), 'parlance-test-'));
    const blobs = await openDisk({ folder, secret, uploadPath: '/in' });
    return {
      blobs,
      put: (url, body, headers) => receive(blobs, url, body, headers),
      close: () => rm(folder, { recursive: true }),
    };
  },

  async 'a strict S3'() {
    const server = await startS3Server();
    return { blobs: openS3({ ...server, bucket: 'files', log }), put: putOverHttp, close: server.close };
  },

  ...(swiftIsHere && {
    async Swift() {
      const swift = await startSwift();
      const made = await new AwsClient({ ...swift, service: 's3', retries: 3 }).fetch(`${swift.endpoint}/files`, {
        method: 'PUT',
      });
      if (!made.ok) throw new Error(`Swift makes no bucket: ${made.status}`);
      return {
        blobs: openS3({ ...swift, bucket: 'files', log, patience: 30_000 }),
        put: putOverHttp,
        close: swift.close,
      };
    },
  }),
};

test('Swift is here to judge', { skip: swiftIsHere }, () => {
  expect(process.env.CI, 'CI installs swift-proxy, swift-account, swift-container and swift-object').toBeUndefined();
  process.stderr.write('Swift (swift-proxy and others of Debian) is not installed: S3 is tested without it.\n');
});

async function putOverHttp(url: string, body: Buffer, headers: Record<string, string>): Promise<number> {
  const response = await fetch(url, { method: 'PUT', body: new Uint8Array(body), headers });
  await response.arrayBuffer();
  return response.status;
}

/** What the route does with a request. */
async function receive(blobs: Blobs, url: string, body: Buffer, headers: Record<string, string>): Promise<number> {
  const { pathname, searchParams } = new URL(url, 'http://here');
  try {
    await blobs.receive!({
      key: decodeURIComponent(pathname.replace('/in/', '')),
      query: Object.fromEntries(searchParams),
      type: headers['content-type'] ?? '',
      size: body.length,
      bytes: Readable.from([body]),
    });
    return 200;
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError);
    return (error as DomainError).code === 'forbidden' ? 403 : 400;
  }
}

const about = { type: 'text/plain', download: true };
const newKey = (name = 'a.txt') => `media/${randomUUID()}/2026/01/${name}`;
const of = (content: string | Buffer) => () => Readable.from([Buffer.from(content)]);
const hour = () => Date.now() + 3_600_000;
const terms = (more: Partial<UploadTerms> = {}): UploadTerms => ({
  type: 'image/jpeg',
  size: null,
  most: 1_000,
  expiresAt: hour(),
  ...more,
});

describe.each(Object.entries(stores))('%s', { timeout: 60_000 }, (_name, open) => {
  let store: Store;
  let blobs: Blobs;

  beforeAll(async () => {
    store = await open();
    ({ blobs } = store);
  }, 120_000);
  afterAll(() => store?.close());

  const textOf = async (key: string, part?: { start: number; end: number }) => {
    const bytes = await blobs.read(key, part);
    return bytes && text(bytes);
  };

  test('gives back what was put, whole and in part', async () => {
    const key = newKey();
    await blobs.put(key, 11, of('hello world'), about);
    expect(await blobs.find(key)).toEqual({ size: 11 });
    expect(await textOf(key)).toBe('hello world');
    expect(await textOf(key, { start: 6, end: 8 })).toBe('wor');
    expect(await textOf(key, { start: 10, end: 10 })).toBe('d');
  });

  test('knows what is not there', async () => {
    const key = newKey();
    expect(await blobs.find(key)).toBeNull();
    expect(await blobs.read(key)).toBeNull();
    expect(await blobs.move(key, newKey(), about)).toBe(false);
    await blobs.remove(key);
  });

  test('replaces, moves and removes', async () => {
    const [first, second] = [newKey(), newKey('b.bin')];
    await blobs.put(first, 3, of('one'), about);
    await blobs.put(first, 5, of('three'), about);
    expect(await blobs.move(first, second, about)).toBe(true);
    expect(await blobs.find(first)).toBeNull();
    expect(await textOf(second)).toBe('three');
    await blobs.remove(second);
    expect(await blobs.find(second)).toBeNull();
  });

  test('keeps nothing', async () => {
    const key = newKey();
    await blobs.put(key, 0, () => Readable.from([]), about);
    expect(await blobs.find(key)).toEqual({ size: 0 });
  });

  test('takes names in any script', async () => {
    const key = newKey('写真-é_ß.jpg');
    await blobs.put(key, 2, of('ok'), about);
    expect(await textOf(key)).toBe('ok');
  });

  test('takes many bytes as a stream', async () => {
    const key = newKey();
    const chunk = Buffer.alloc(1024 * 1024, 7);
    await blobs.put(key, 20 * chunk.length, () => Readable.from(Array.from({ length: 20 }, () => chunk)), about);
    expect(await blobs.find(key)).toEqual({ size: 20 * chunk.length });
    const part = await blobs.read(key, { start: chunk.length * 19, end: chunk.length * 20 - 1 });
    expect((await buffer(part!)).equals(chunk)).toBe(true);
  });

  test.each([4, 6])('keeps nothing of a stream of 5 bytes that was to be %i', async (size) => {
    const key = newKey();
    await expect(blobs.put(key, size, of('hello'), about)).rejects.toBeInstanceOf(Error);
    expect(await blobs.find(key)).toBeNull();
  });

  test.each([
    '../secret',
    'media/../../etc/passwd',
    '/etc/passwd',
    'media//a',
    'media/./a',
    'media/.hidden',
    'media/a\0b',
    'media\\a',
    'media/a b',
    'media/\u202Etxt.exe',
    `media/${'a'.repeat(256)}`,
    '',
  ])('refuses the key %j', async (key) => {
    await expect((async () => blobs.put(key, 2, of('no'), about))()).rejects.toThrow('Not a key');
    await expect((async () => blobs.read(key))()).rejects.toThrow('Not a key');
    await expect((async () => blobs.remove(key))()).rejects.toThrow('Not a key');
    await expect((async () => blobs.uploadUrl(key, terms()))()).rejects.toThrow('Not a key');
  });

  describe('an address to upload to', () => {
    const jpeg = Buffer.from('12345');
    const asked = { 'content-type': 'image/jpeg' };

    test('takes what it was made for', async () => {
      const key = newKey('写真.jpg');
      expect(await store.put(await blobs.uploadUrl(key, terms()), jpeg, asked)).toBe(200);
      expect(await textOf(key)).toBe('12345');
    });

    test('takes exactly the size it was made for', async () => {
      const key = newKey();
      const url = await blobs.uploadUrl(key, terms({ size: 5 }));
      expect(await store.put(url, Buffer.from('123456789'), asked)).toBe(403);
      expect(await store.put(url, Buffer.from('1234'), asked)).toBe(403);
      expect(await blobs.find(key)).toBeNull();
      expect(await store.put(url, jpeg, asked)).toBe(200);
    });

    test.each(['text/html', 'image/png', 'image/jpeg; charset=utf-8', ''])('refuses the type %j', async (type) => {
      const key = newKey();
      expect(await store.put(await blobs.uploadUrl(key, terms()), jpeg, { 'content-type': type })).toBe(403);
      expect(await blobs.find(key)).toBeNull();
    });

    test('refuses a signature that was changed', async () => {
      const key = newKey();
      const url = await blobs.uploadUrl(key, terms());
      const changed = url.replace(
        /([Ss]ignature=)(.)/,
        (_all, before: string, one: string) => before + (one === 'a' ? 'b' : 'a'),
      );
      expect(changed).not.toBe(url);
      expect(await store.put(changed, jpeg, asked)).toBe(403);
      expect(await store.put(url.replace(/&?[\w-]*[Ss]ignature=[^&]*/, ''), jpeg, asked)).toBe(403);
      expect(await blobs.find(key)).toBeNull();
    });

    test('refuses another key', async () => {
      const [key, other] = [newKey(), newKey()];
      const url = await blobs.uploadUrl(key, terms());
      expect(await store.put(url.replace(key, other), jpeg, asked)).toBe(403);
      expect(await blobs.find(other)).toBeNull();
    });

    test('refuses a longer life', async () => {
      const url = await blobs.uploadUrl(newKey(), terms());
      const changed = url.replace(
        /((?:expires|X-Amz-Expires)=)(\d+)/,
        (_all, name: string, value: string) => `${name}${value}0`,
      );
      expect(changed).not.toBe(url);
      expect(await store.put(changed, jpeg, asked)).toBe(403);
    });

    test('refuses when it has expired', async () => {
      const key = newKey();
      const url = await blobs.uploadUrl(key, terms({ expiresAt: Date.now() + 1_000 }));
      await new Promise((resolve) => setTimeout(resolve, 2_100));
      expect(await store.put(url, jpeg, asked)).toBe(403);
      expect(await blobs.find(key)).toBeNull();
    });
  });
});

describe('the folder', () => {
  let folder: string;
  let blobs: Blobs;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parlance-test-'));
    blobs = await openDisk({ folder, secret, uploadPath: '/in' });
  });
  afterAll(() => rm(folder, { recursive: true }));
  const files = async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  };

  test('holds nothing of an upload that broke off, and no more than was allowed', async () => {
    const broken = new Readable({ read() {} });
    broken.push('half');
    setTimeout(() => broken.destroy(new Error('gone')), 20);
    await expect(blobs.put(newKey(), 100, () => broken, about)).rejects.toThrow('gone');
    const url = await blobs.uploadUrl(newKey(), terms({ most: 3 }));
    expect(await receive(blobs, url, Buffer.from('1234'), { 'content-type': 'image/jpeg' })).toBe(400);
    expect(await files()).toEqual([]);
  });

  test('keeps what was there when its replacement breaks off', async () => {
    const key = newKey();
    await blobs.put(key, 3, of('old'), about);
    await expect(blobs.put(key, 10, of('new'), about)).rejects.toThrow('ended after 3');
    expect(await text((await blobs.read(key))!)).toBe('old');
    await blobs.remove(key);
  });

  test('signs with the secret of this server', async () => {
    const other = await openDisk({ folder, secret: Buffer.alloc(32, 6), uploadPath: '/in' });
    const url = await other.uploadUrl(newKey(), terms());
    expect(await receive(blobs, url, Buffer.from('1'), { 'content-type': 'image/jpeg' })).toBe(403);
  });
});

describe('an S3 that fails', () => {
  test('is asked again, with the bytes from their beginning', async () => {
    const server = await startS3Server();
    const blobs = openS3({ ...server, bucket: 'files', log });
    try {
      const key = newKey();
      server.fail(1, 503);
      await blobs.put(key, 5, of('hello'), about);
      server.fail(1, 0);
      expect(await blobs.find(key)).toEqual({ size: 5 });
      expect(server.objects.get(`/files/${key}`)).toMatchObject({
        headers: { 'content-type': 'text/plain', 'content-disposition': 'attachment' },
      });
    } finally {
      await server.close();
    }
  });

  test('three times, and then is said to be unavailable, without an address', async () => {
    const server = await startS3Server();
    const warn = vi.fn();
    const blobs = openS3({ ...server, bucket: 'files', log: { warn } });
    try {
      server.fail(9, 500);
      const key = newKey();
      await expect(blobs.find(key)).rejects.toMatchObject({ code: 'unavailable' });
      expect(server.requests).toHaveLength(3);
      expect(warn.mock.calls).toEqual([['S3 failed to HEAD in bucket files: 500.']]);
    } finally {
      await server.close();
    }
  });

  test('or does not answer', async () => {
    const { createServer } = await import('node:net');
    const mute = createServer(() => {});
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as { port: number };
    const endpoint = `http://127.0.0.1:${port}`;
    const blobs = openS3({
      accessKeyId: 'a',
      secretAccessKey: 'b',
      region: 'x',
      bucket: 'files',
      endpoint,
      log,
      patience: 50,
    });
    await expect(blobs.find(newKey())).rejects.toMatchObject({ code: 'unavailable' });
    mute.close();
  });

  test('knows a wrong secret from what is not there', async () => {
    const server = await startS3Server();
    const warn = vi.fn();
    const blobs = openS3({ ...server, secretAccessKey: 'wrong', bucket: 'files', log: { warn } });
    await expect(blobs.read(newKey())).rejects.toMatchObject({ code: 'unavailable' });
    expect(warn.mock.calls[0]![0]).toContain('SignatureDoesNotMatch');
    await server.close();
  });
});
