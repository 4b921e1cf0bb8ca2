// A server that keeps files, two people who bring them, and a look at what is kept.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect } from 'vitest';
import { signUp, type Answer, type Person } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { type Body, ok } from './stage.ts';

export const MiB = 1024 * 1024;

/** What a client tells when it asks where to put a file. */
interface Claim {
  file_name: string;
  file_type: string;
  folder?: string;
  file_size?: number;
}

export interface MediaStage {
  server: TestServer;
  alice: Person;
  mallory: Person;
  /** POSTs to a path under /api/media. */
  post(person: Person, path: string, body: unknown): Promise<Answer>;
  presign(person: Person, claim: Claim): Promise<Body>;
  /** Brings a file through the server. */
  upload(person: Person, bytes: Buffer, type: string, name: string): Promise<{ status: number; body: Body }>;
  /** The same, and it must be taken. */
  uploaded(person: Person, bytes: Buffer, type: string, name: string): Promise<Body>;
  /** Every file that is kept, finished or not. */
  kept(): Promise<string[]>;
  close(): Promise<void>;
}

/** Starts it all. */
export async function openMediaStage(): Promise<MediaStage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'parlance-test-'));
  const server = await startTestServer({ DATA_DIR: dataDir });
  const [alice, mallory] = await Promise.all([signUp(server, 'Alice'), signUp(server, 'Mallory')]);

  const post: MediaStage['post'] = (person, path, body) =>
    person.call('POST', `/api/media/${path}`, body, { host: new URL(server.url).host });

  const upload: MediaStage['upload'] = async (person, bytes, type, name) => {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(bytes)], { type }), name);
    const headers = { authorization: `Bearer ${person.accessToken}` };
    const response = await fetch(`${server.url}/api/media/upload`, { method: 'POST', body: form, headers });
    return { status: response.status, body: await response.json() };
  };

  return {
    server,
    alice,
    mallory,
    post,
    presign: (person, claim) => ok(post(person, 'presigned-url', claim)),
    upload,
    async uploaded(person, bytes, type, name) {
      const { status, body } = await upload(person, bytes, type, name);
      expect(status, JSON.stringify(body)).toBe(200);
      return body;
    },
    async kept() {
      const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile());
      return files.map((entry) => join(entry.parentPath, entry.name).slice(dataDir.length));
    },
    async close() {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A photograph of 1200 × 800, lying on its side, with what a camera writes into it. */
export function photo(): Promise<Buffer> {
  return sharp({ create: { width: 1_200, height: 800, channels: 3, background: '#c06030' } })
    .withExif({ IFD0: { Artist: 'SECRET-ARTIST' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
}

/** Puts a file at the address that was given for it, as a client without a token. Answers the status. */
export async function put(url: string, bytes: Buffer, type: string): Promise<number> {
  const response = await fetch(url, { method: 'PUT', body: new Uint8Array(bytes), headers: { 'content-type': type } });
  await response.arrayBuffer();
  return response.status;
}

/** What a client says when a file is put there. */
export function completion(leave: Body, more: object = {}): object {
  return {
    file_key: leave.file_key,
    file_url: leave.file_url,
    file_type: 'IMAGE',
    file_size: 0,
    file_name: 'photo.jpg',
    mime_type: 'image/jpeg',
    ...more,
  };
}

export async function bytesOf(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ response: Response; bytes: Buffer }> {
  const response = await fetch(url, { headers });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
}
