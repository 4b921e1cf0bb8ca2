// A server that keeps files, the people of NeruTalk who bring them, and forms as its client sends them.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { checkAnswer } from '../../support/answers.ts';
import type { Answer } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { register, type Neru } from './people.ts';

export interface FormFile {
  field?: string;
  name: string;
  type?: string;
  bytes: Buffer;
}

export interface MediaStage {
  server: TestServer;
  alice: Neru;
  bob: Neru;
  mallory: Neru;
  /** Sends a form: its texts after its files, or before. */
  form(
    person: Neru | null,
    path: string,
    files: readonly FormFile[],
    texts?: Record<string, string>,
    options?: { textsFirst?: boolean; headers?: Record<string, string> },
  ): Promise<Answer>;
  /** GETs an address as a whole, as nobody or as somebody. */
  get(url: string, person?: Neru): Promise<{ status: number; headers: Headers; bytes: Buffer }>;
  /** Every blob that is kept. */
  kept(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openMediaStage(settings: Record<string, string> = {}): Promise<MediaStage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'parlance-test-'));
  const server = await startTestServer({ DATA_DIR: dataDir, ...settings });
  const [alice, bob, mallory] = (await Promise.all(
    ['alice', 'bob', 'mallory'].map((name) => register(server, name)),
  )) as [Neru, Neru, Neru];
  return {
    server,
    alice,
    bob,
    mallory,
    async form(person, path, files, texts = {}, { textsFirst = false, headers = {} } = {}) {
      const form = new FormData();
      const addTexts = () => Object.entries(texts).forEach(([name, value]) => form.append(name, value));
      if (textsFirst) addTexts();
      for (const { field = 'file', name, type = 'application/octet-stream', bytes } of files) {
        form.append(field, new Blob([new Uint8Array(bytes)], { type }), name);
      }
      if (!textsFirst) addTexts();
      const response = await fetch(`${server.url}/api/v1${path}`, {
        method: 'POST',
        body: form,
        headers: { ...(person && { authorization: `Bearer ${person.token}` }), ...headers },
      });
      const body: unknown = await response.json();
      checkAnswer(server, 'POST', `/api/v1${path}`, response.status, body);
      return { status: response.status, body, headers: Object.fromEntries(response.headers) };
    },
    async get(url, person) {
      const headers = person ? { authorization: `Bearer ${person.token}` } : undefined;
      const response = await fetch(url.startsWith('/') ? `${server.url}/api/v1${url}` : url, headers && { headers });
      return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
    },
    async kept() {
      const entries = await readdir(join(dataDir, 'blobs'), { recursive: true, withFileTypes: true }).catch(() => []);
      const files = entries.filter((entry) => entry.isFile());
      return files.map((entry) => join(entry.parentPath, entry.name).slice(join(dataDir, 'blobs').length + 1)).sort();
    },
    async close() {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The body of a form's answer that must be 201. */
export async function taken(answer: Promise<Answer>): Promise<Answer['body']> {
  const { status, body } = await answer;
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}
