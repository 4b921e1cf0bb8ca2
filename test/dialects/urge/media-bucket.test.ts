// Files in a bucket: the same promises, with the client uploading to the bucket and reading at the CDN; and films.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { signUp, type Person } from '../../support/people.ts';
import { startS3Server, type S3Server } from '../../support/s3-server.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { type Body, ok } from './stage.ts';

const cdn = 'https://media.urge.example';
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
let s3: S3Server;
let server: TestServer;
let alice: Person;

beforeAll(async () => {
  s3 = await startS3Server();
  server = await startTestServer({
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AWS_BUCKET_NAME: 'urge-dev-media',
    S3_ENDPOINT: s3.endpoint,
    CDN_URL: `${cdn}/`,
    PUBLIC_URL: 'https://chat.example.org',
  });
  alice = await signUp(server, 'Alice');
});
afterAll(async () => {
  await server.close();
  await s3.close();
});

const post = (path: string, body: unknown) => alice.call('POST', `/api/media/${path}`, body);
const stored = () => [...s3.objects.keys()].map((path) => path.replace('/urge-dev-media/', ''));

async function bring(
  bytes: Buffer,
  type: string,
  name: string,
): Promise<{ leave: Body; complete: () => ReturnType<typeof post> }> {
  const leave = await ok(post('presigned-url', { file_name: name, file_type: type }));
  const answer = await fetch(leave.upload_url, {
    method: 'PUT',
    body: new Uint8Array(bytes),
    headers: { 'content-type': type },
  });
  expect(answer.status).toBe(200);
  const claim = { file_key: leave.file_key, file_url: leave.file_url, file_type: 'IMAGE', file_name: name };
  return { leave, complete: () => post('complete-upload', claim) };
}

const photo = () =>
  sharp({ create: { width: 600, height: 400, channels: 3, background: '#204060' } })
    .withExif({ IFD0: { Artist: 'SECRET-ARTIST' } })
    .jpeg()
    .toBuffer();

test('a photograph goes to the bucket, and is kept there without its secrets', async () => {
  const { leave, complete } = await bring(await photo(), 'image/jpeg', 'a.jpg');
  expect(leave.upload_url.startsWith(`${s3.endpoint}/urge-dev-media/media/${alice.id}/`)).toBe(true);
  expect(leave.file_url.startsWith(`${cdn}/media/${alice.id}/`)).toBe(true);
  const media = await ok(complete());
  expect(media).toMatchObject({ file_url: leave.file_url, width: 600, height: 400 });
  expect(media.thumbnail_url).toMatch(/^https:\/\/chat\.example\.org\/api\/media\/[\da-f-]{36}\.jpg\/thumbnail$/);

  const key = media.file_url.replace(`${cdn}/`, '');
  expect(stored()).toEqual(
    expect.arrayContaining([key, key.replace(/([\da-f-]{36})\.jpg$/, 'thumbnails/$1_thumb.jpg')]),
  );
  expect(stored()).toHaveLength(2);
  const object = s3.objects.get(`/urge-dev-media/${key}`)!;
  expect(object.headers).toEqual({ 'content-type': 'image/jpeg' });
  expect(object.bytes.includes('SECRET-ARTIST')).toBe(false);

  const name = key.split('/').at(-1)!;
  const through = await fetch(`${server.url}/api/media/${name}`, { headers: { range: 'bytes=0-1' } });
  expect([through.status, Buffer.from(await through.arrayBuffer()).toString('hex')]).toEqual([206, 'ffd8']);

  await ok(alice.call('DELETE', `/api/media/${media.id}`));
  await vi.waitFor(() => expect(stored()).toEqual([]), { timeout: 10_000 });
});

test('what is refused is removed from the bucket', async () => {
  const { complete } = await bring(Buffer.from('<script>alert(1)</script>'), 'image/jpeg', 'a.jpg');
  expect((await complete()).status).toBe(400);
  expect(stored()).toEqual([]);
  const large = await bring(Buffer.alloc(10 * 1024 * 1024 + 1), 'image/jpeg', 'a.jpg');
  expect((await large.complete()).status).toBe(400);
  expect(stored()).toEqual([]);
});

test('a document is never shown in place, at the CDN neither', async () => {
  const { leave, complete } = await bring(Buffer.from('hello'), 'text/plain', 'a.txt');
  await ok(complete());
  expect(s3.objects.get(`/urge-dev-media/${leave.file_url.replace(`${cdn}/`, '')}`)!.headers).toEqual({
    'content-type': 'text/plain',
    'content-disposition': 'attachment',
  });
});

test('while the bucket does not answer, files are not to be had, and nothing is said of where they are', async () => {
  const leave = await ok(post('presigned-url', { file_name: 'a.jpg', file_type: 'image/jpeg' }));
  s3.fail(20, 503);
  const claim = { file_key: leave.file_key, file_url: leave.file_url, file_type: 'IMAGE', file_name: 'a.jpg' };
  const { status, body, headers } = await post('complete-upload', claim);
  s3.fail(0, 503);
  expect([status, body.detail]).toEqual([503, 'Files cannot be stored or read at the moment.']);
  expect(headers['retry-after']).toBe('30');
  expect(server.logged.join('')).not.toContain(leave.file_url.split('/').at(-1));
});

test('a film has a picture at once, and its own soon after', { skip: !hasFfmpeg, timeout: 40_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parlance-test-'));
  const path = join(folder, 'film.mp4');
  execFileSync('ffmpeg', [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    'testsrc=size=640x480:rate=5:duration=2',
    '-pix_fmt',
    'yuv420p',
    path,
  ]);
  const { complete } = await bring(await readFile(path), 'video/mp4', 'film.mp4');
  await rm(folder, { recursive: true });
  const media = await ok(complete());
  expect(media).toMatchObject({ file_type: 'VIDEO', mime_type: 'video/mp4' });
  const thumbnail = () => fetch(media.thumbnail_url.replace('https://chat.example.org', server.url));
  expect((await thumbnail()).status).toBe(200);
  await vi.waitFor(
    async () =>
      expect((await alice.call('GET', `/api/media/${media.id}`)).body).toMatchObject({
        duration: 2,
        width: 640,
        height: 480,
      }),
    { timeout: 30_000, interval: 200 },
  );
  const own = await thumbnail();
  expect(own.headers.get('cache-control')).toContain('immutable');
  expect(await sharp(Buffer.from(await own.arrayBuffer())).metadata()).toMatchObject({ width: 320, height: 240 });
});
