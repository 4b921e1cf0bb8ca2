// The picture of oneself: at its fixed place, as JPEG, under another address each time.

import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openMediaStage, taken, type MediaStage } from './media-stage.ts';
import { no, ok } from './people.ts';

let stage: MediaStage;
let alice: MediaStage['alice'];
let bob: MediaStage['bob'];

beforeAll(async () => {
  stage = await openMediaStage();
  ({ alice, bob } = stage);
});
afterAll(() => stage.close());

const png = (width: number, height: number, background = '#c0603080') =>
  sharp({ create: { width, height, channels: 4, background } })
    .png()
    .toBuffer();
const bring = async (path: string, field: string, bytes: Buffer, type = 'image/png', person = alice) =>
  stage.form(person, path, [{ field, name: 'me.png', type, bytes }]);
const pictureOf = async (person = alice) => (await ok(person.call('GET', '/profile'))).avatar_url;

test('it is drawn as JPEG, and small as a square; all who are shown it can fetch it', async () => {
  const avatar = await taken(bring('/upload-avatar', 'file', await png(640, 480)));
  expect(avatar).toMatchObject({
    message: 'File uploaded',
    original_url: avatar.avatar_url,
    thumbnail_url: `${avatar.avatar_url}/thumbnail`,
    user_id: alice.id,
    file_name: 'me.png',
    mime_type: 'image/jpeg',
    width: 640,
    height: 480,
    status: 'completed',
  });
  expect(await stage.kept()).toEqual([`avatars/${alice.id}/original.jpg`, `avatars/${alice.id}/thumbnail.jpg`]);
  expect(await pictureOf()).toBe(avatar.avatar_url);
  expect((await ok(bob.call('GET', `/users/${alice.id}/profile`))).avatar_url).toBe(avatar.avatar_url);

  const { status, headers, bytes } = await stage.get(avatar.avatar_url);
  expect([status, headers.get('content-type'), bytes.length]).toEqual([200, 'image/jpeg', avatar.file_size]);
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width: 640, height: 480 });
  const small = await stage.get(avatar.thumbnail_url);
  expect(await sharp(small.bytes).metadata()).toMatchObject({ format: 'jpeg', width: 200, height: 200 });
  // Anybody who is signed in may ask for it by its id.
  expect((await stage.get(`/files/${avatar.id}`, bob)).status).toBe(200);
  expect((await stage.get(`/files/${avatar.id}`)).status).toBe(401);
});

test('a new one takes its place, and the old address leads nowhere; nothing else is kept', async () => {
  const before = await pictureOf();
  const avatar = await taken(bring('/profile/avatar', 'avatar', await png(300, 300)));
  expect(avatar.avatar_url).not.toBe(before);
  expect((await stage.get(before)).status).toBe(404);
  expect((await stage.get(avatar.avatar_url)).bytes).toHaveLength(avatar.file_size);
  expect((await stage.kept()).filter((key) => key.includes(alice.id))).toHaveLength(2);
});

test('two at once: one of them it is, and whole', async () => {
  const both = await Promise.all(
    [png(100, 80), png(500, 500)].map(async (bytes) => bring('/upload-avatar', 'file', await bytes)),
  );
  expect(both.map(({ status }) => status)).toEqual([201, 201]);
  const shown = await stage.get(await pictureOf());
  expect(shown.status).toBe(200);
  expect((await sharp(shown.bytes).metadata()).format).toBe('jpeg');
});

test('what is no picture is refused, and the picture stays', async () => {
  const before = await pictureOf();
  for (const [bytes, type] of [
    [Buffer.from('%PDF-1.4'), 'application/pdf'],
    [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/svg+xml'],
    [Buffer.from('<script>'), 'image/png'],
    [(await png(90, 90)).subarray(0, 60), 'image/png'],
    [Buffer.from('hello'), 'text/plain'],
    [Buffer.from('hello'), 'nonsense'],
  ] as const) {
    expect(await no(bring('/upload-avatar', 'file', bytes, type)), type).toEqual([
      400,
      'This type of file is not allowed',
    ]);
  }
  const large = Buffer.concat([await png(90, 90), Buffer.alloc(10 * 1024 * 1024)]);
  expect((await no(bring('/upload-avatar', 'file', large)))[0]).toBe(413);
  expect((await no(bring('/upload-avatar', 'picture', await png(9, 9))))[0]).toBe(422);
  expect((await no(alice.call('POST', '/upload-avatar')))[0]).toBe(422);
  expect((await no(stage.form(null, '/upload-avatar', [{ name: 'a.png', bytes: await png(9, 9) }])))[0]).toBe(401);
  expect(await pictureOf()).toBe(before);
  expect((await stage.get(before)).status).toBe(200);
});

test('bytes of no declared type are looked at', async () => {
  await taken(bring('/upload-avatar', 'file', await png(90, 90), 'application/octet-stream', bob));
});

test('taken away it is gone, its bytes too; only its owner can', async () => {
  const url = await pictureOf();
  const id = url.split('/').at(-2);
  expect((await no(bob.call('DELETE', `/files/${id}`)))[0]).toBe(403);
  expect((await ok(alice.call('DELETE', '/profile/avatar'))).avatar_url).toBeNull();
  expect((await stage.get(url)).status).toBe(404);
  const mine = async () => (await stage.kept()).filter((key) => key.includes(alice.id));
  await vi.waitFor(async () => expect(await mine()).toEqual([]), { timeout: 10_000 });
  expect((await ok(alice.call('DELETE', '/profile/avatar'))).avatar_url).toBeNull();

  const { id: next } = await taken(bring('/upload-avatar', 'file', await png(90, 90)));
  await ok(alice.call('DELETE', `/files/${next}`));
  expect(await pictureOf()).toBeNull();
});
