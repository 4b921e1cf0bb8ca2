// Files in a bucket, and GIFs of a vendor: what is kept where, what leaves the server, and what is never said.

import sharp from 'sharp';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { startS3Server, type S3Server } from '../../support/s3-server.ts';
import { startVendor, type Reply } from '../../support/vendor.ts';
import { startTestServer } from '../../support/server.ts';
import { openMediaStage, taken, type MediaStage } from './media-stage.ts';
import { makeGroup, no, ok, openPrivate, register } from './people.ts';

const key = 'k-SECRET-KEY';
let s3: S3Server;
let stage: MediaStage;

beforeAll(async () => {
  s3 = await startS3Server();
  stage = await openMediaStage({
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AWS_S3_BUCKET: 'nerutalk',
    S3_ENDPOINT: s3.endpoint,
    CDN_URL: 'https://cdn.example',
    PUBLIC_URL: 'https://chat.example.org',
    THUMBNAIL_SIZE: '64',
    ALLOWED_FILE_EXTENSIONS: 'png,txt',
    MAX_FILE_SIZE: '1000',
  });
});
afterAll(async () => {
  await stage.close();
  await s3.close();
});

const stored = () => [...s3.objects.keys()].map((path) => path.replace('/nerutalk/', '')).sort();

test('the bucket holds what the document says, and nobody is led to it', async () => {
  const { alice, bob } = stage;
  const png = await sharp({ create: { width: 100, height: 80, channels: 3, background: '#123456' } })
    .png()
    .toBuffer();
  const file = { name: 'a.png', type: 'image/png', bytes: png };
  const chat = (await openPrivate(alice, bob)).id;
  const sent = await taken(stage.form(alice, '/files/upload', [file], { chat_id: String(chat) }));
  const own = await taken(stage.form(alice, '/files/upload', [{ name: 'b.txt', bytes: Buffer.from('hello') }]));
  await taken(stage.form(alice, '/upload-avatar', [file]));
  expect(stored()).toEqual(
    [
      `avatars/${alice.id}/original.jpg`,
      `avatars/${alice.id}/thumbnail.jpg`,
      `chat-files/${chat}/${sent.file_id}.png`,
      `chat-files/${chat}/thumbnails/${sent.file_id}_thumb.jpg`,
      `temp/${own.file_id}.txt`,
    ].sort(),
  );
  expect(sent.file_url).toMatch(/^https:\/\/chat\.example\.org\/api\/v1\/files\//);
  const small = await stage.get(sent.thumbnail_url.replace('https://chat.example.org', stage.server.url));
  expect(await sharp(small.bytes).metadata()).toMatchObject({ width: 64, height: 51 });

  await ok(alice.call('DELETE', '/profile/avatar'));
  await ok(alice.call('DELETE', `/files/${sent.file_id}`));
  await vi.waitFor(() => expect(stored()).toEqual([`temp/${own.file_id}.txt`]), { timeout: 10_000 });
});

test('the operator says which files may be brought, and how large', async () => {
  const bring = (name: string, size: number) =>
    no(stage.form(stage.alice, '/files/upload', [{ name, bytes: Buffer.alloc(size, 'x') }]));
  expect((await bring('a.jpg', 10))[0]).toBe(400);
  expect((await bring('a.txt', 1_001))[0]).toBe(413);
});

test('a bucket that does not answer is 503, and its file is not half there', async () => {
  s3.fail(20, 503);
  const upload = stage.form(stage.alice, '/files/upload', [{ name: 'c.txt', bytes: Buffer.from('hello') }]);
  expect((await no(upload))[0]).toBe(503);
  s3.fail(0, 503);
});

test('GIFs are the vendor’s, asked once; its failure is 503 and tells nobody the key', async () => {
  let reply: Reply = { status: 403, body: { message: `bad key ${key}` } };
  const { url, calls } = await startVendor(() => reply);
  const server = await startTestServer({
    GIPHY_API_KEY: key,
    GIPHY_BASE_URL: url,
    PUBLIC_URL: 'https://chat.example.org',
  });
  onTestFinished(() => server.close());
  const [alice, bob] = [await register(server, 'alice'), await register(server, 'bob')];
  const search = (person = alice) =>
    person.call('GET', '/media/gifs/search?q=hello', undefined, { 'x-language': 'id' });
  const answer = await search();
  expect(await no(Promise.resolve(answer))).toEqual([503, 'GIF sedang tidak tersedia']);
  expect(answer.headers['retry-after']).toBe('30');

  const images = { fixed_height: { url: 'https://media.example/a.gif', width: '200', height: '200' } };
  reply = { status: 200, body: { data: [{ id: 'a', title: 'Hello', images }], pagination: { total_count: 7 } } };
  calls.length = 0;
  const found = await ok(search());
  expect(await ok(search(bob))).toEqual(found);
  expect(calls).toHaveLength(1);
  expect(found).toMatchObject({
    gifs: [{ id: 'a', source: 'giphy', attribution: 'Powered by GIPHY', preview_url: 'https://media.example/a.gif' }],
    total: 7,
    provider: 'giphy',
  });
  const tenor = await ok(alice.call('GET', '/media/gifs/search?q=hello&provider=tenor'));
  expect(tenor.gifs[0].source).toBe('bundled');
  expect(tenor.gifs[0].url).toBe('https://chat.example.org/static/gifs/waving-hand.gif');

  const { gifs } = found;
  const group = (await makeGroup(alice, 'Choir', bob)).id;
  const sent = new URLSearchParams({ chat_id: String(group), gif_id: gifs[0].id, gif_url: gifs[0].url }).toString();
  expect((await ok(alice.call('POST', `/media/gifs/send?${sent}`))).message.file_url).toBe(
    'https://media.example/a.gif',
  );
  const everything = server.logged.join('');
  expect(everything).toContain('Giphy gave no GIFs (status 403).');
  expect(everything).not.toContain(key);
});
