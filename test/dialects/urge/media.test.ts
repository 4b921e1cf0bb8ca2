// Bringing files and reading them (contract, section 10).

import { connect as connectTcp } from 'node:net';
import { sql } from 'kysely';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Context, Member } from '../../../src/core/context.ts';
import type { AccountId } from '../../../src/core/ids.ts';
import { beginUpload } from '../../../src/core/media/leave.ts';
import { collectUpload } from '../../../src/core/media/uploads.ts';
import { bytesOf, completion, type MediaStage, MiB, openMediaStage, photo, put } from './media-stage.ts';
import { type Body, ok } from './stage.ts';

let stage: MediaStage;
let server: MediaStage['server'];
let alice: MediaStage['alice'];
let mallory: MediaStage['mallory'];

beforeAll(async () => {
  stage = await openMediaStage();
  ({ server, alice, mallory } = stage);
});
afterAll(() => stage.close());

describe('through the server', () => {
  test('a photograph comes back upright, small as well, and without its secrets', async () => {
    const media = await stage.uploaded(alice, await photo(), 'image/jpeg', 'Étoile 星.jpg');
    expect(media).toMatchObject({
      user_id: alice.id,
      file_type: 'IMAGE',
      mime_type: 'image/jpeg',
      file_name: 'Étoile 星.jpg',
      width: 800,
      height: 1_200,
      duration: null,
    });
    expect(media.file_url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/media\/[\da-f-]{36}\.jpg$/);
    const { response, bytes } = await bytesOf(media.file_url);
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    expect(response.headers.get('content-disposition')).toMatch(
      /^inline; filename=".toile _.jpg"; filename\*=UTF-8''%C3%89toile%20%E6%98%9F.jpg$/,
    );
    expect(bytes.length).toBe(media.file_size);
    expect(bytes.includes('SECRET-ARTIST')).toBe(false);
    const { exif, orientation, width } = await sharp(bytes).metadata();
    expect({ exif, orientation, width }).toEqual({ exif: undefined, orientation: undefined, width: 800 });
    const small = await bytesOf(media.thumbnail_url);
    expect(small.response.headers.get('content-type')).toBe('image/jpeg');
    expect(await sharp(small.bytes).metadata()).toMatchObject({ format: 'jpeg', width: 213, height: 320 });
  });

  test.each([
    ['image/png', 'png'],
    ['image/webp', 'webp'],
    ['image/gif', 'gif'],
  ] as const)('%s stays what it is', async (type, format) => {
    const picture = await sharp({ create: { width: 40, height: 20, channels: 4, background: '#11223344' } })
      .toFormat(format)
      .toBuffer();
    const media = await stage.uploaded(alice, picture, type, `a.${format}`);
    expect(media).toMatchObject({ mime_type: type, width: 40, height: 20 });
    expect((await sharp((await bytesOf(media.file_url)).bytes).metadata()).format).toBe(format);
  });

  test('a document of any kind is kept to be saved', async () => {
    const pdf = Buffer.from('%PDF-1.4\n%âãÏÓ\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF\n');
    const media = await stage.uploaded(alice, pdf, 'application/pdf', 'paper.pdf');
    expect(media).toMatchObject({ file_type: 'DOCUMENT', mime_type: 'application/pdf', thumbnail_url: null });
    const { response, bytes } = await bytesOf(media.file_url);
    expect(bytes.equals(pdf)).toBe(true);
    expect(response.headers.get('content-disposition')).toContain('attachment; filename="paper.pdf"');
    const unknown = await stage.uploaded(alice, Buffer.from('whatever'), 'application/octet-stream', 'thing');
    expect(unknown.file_url).toMatch(/\.bin$/);
    expect((await bytesOf(`${media.file_url}/thumbnail`)).response.status).toBe(404);
  });

  test('a photograph sent as a document is a photograph, and loses its secrets too', async () => {
    const media = await stage.uploaded(alice, await photo(), 'application/octet-stream', 'photo.bin');
    expect(media).toMatchObject({ file_type: 'IMAGE', mime_type: 'image/jpeg' });
    expect((await bytesOf(media.file_url)).bytes.includes('SECRET-ARTIST')).toBe(false);
  });

  test('needs a token, and a form with a file', async () => {
    const path = '/api/media/upload';
    expect((await fetch(server.url + path, { method: 'POST' })).status).toBe(401);
    expect((await alice.call('POST', path)).status).toBe(422);
    expect((await alice.call('POST', path, { file: 'text' })).status).toBe(422);
    const form = new FormData();
    form.append('other', new Blob(['x'], { type: 'text/plain' }), 'x.txt');
    const headers = { authorization: `Bearer ${alice.accessToken}` };
    expect((await fetch(server.url + path, { method: 'POST', body: form, headers })).status).toBe(422);
  });

  test.each([
    ['image/jpeg', 10],
    ['application/pdf', 20],
    ['audio/mpeg', 20],
    ['video/mp4', 100],
  ])('%s has at most %i MiB', { timeout: 60_000 }, async (type, most) => {
    const before = await stage.kept();
    const { status, body } = await stage.upload(alice, Buffer.alloc(most * MiB + 1), type, 'a');
    expect(status).toBe(400);
    expect(body.detail).toBe('The file is too large.');
    expect(await stage.kept()).toEqual(before);
  });

  test('a connection that drops leaves nothing behind', { timeout: 60_000 }, async () => {
    const leave = await stage.presign(alice, { file_name: 'a.mp4', file_type: 'video/mp4' });
    const { pathname, search, hostname, port } = new URL(leave.upload_url);
    const requests = [
      `POST /api/media/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.accessToken}\r\n` +
        'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n\r\n' +
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\nContent-Type: video/mp4\r\n\r\n',
      `PUT ${pathname}${search} HTTP/1.1\r\nHost: x\r\nContent-Type: video/mp4\r\nContent-Length: 9000000\r\n\r\n`,
    ];
    const before = await stage.kept();
    for (const request of requests) {
      const socket = connectTcp(Number(port), hostname);
      socket.write(request);
      socket.write(Buffer.alloc(3 * MiB));
      await vi.waitFor(async () => expect((await stage.kept()).length).toBe(before.length + 1), { timeout: 15_000 });
      socket.destroy();
      await vi.waitFor(async () => expect(await stage.kept()).toEqual(before), { timeout: 15_000 });
    }
    expect(server.logged.filter((line) => line.includes('"fault"'))).toEqual([]);
  });
});

describe('past the server', () => {
  test('asked for, put, completed; and completed again', async () => {
    const leave = await stage.presign(alice, { file_name: 'my photo.jpg', file_type: 'image/jpeg', folder: 'avatars' });
    expect(leave.expires_in).toBe(3_600);
    expect(leave.file_key).toMatch(new RegExp(`^avatars/${alice.id}/\\d{4}/\\d\\d/[\\da-f]{8}_my_photo.jpg$`));
    expect((await bytesOf(leave.file_url)).response.status).toBe(404);
    expect(await put(leave.upload_url, await photo(), 'image/jpeg')).toBe(200);
    expect((await bytesOf(leave.file_url)).response.status).toBe(404);

    const media = await ok(stage.post(alice, 'complete-upload', completion(leave)));
    expect(media).toMatchObject({ file_type: 'IMAGE', width: 800, height: 1_200, file_url: leave.file_url });
    const { bytes } = await bytesOf(leave.file_url);
    expect(bytes.length).toBe(media.file_size);
    expect(bytes.includes('SECRET-ARTIST')).toBe(false);
    expect(await ok(stage.post(alice, 'complete-upload', completion(leave)))).toEqual(media);

    expect(await put(leave.upload_url, Buffer.from('changed'), 'image/jpeg')).toBe(404);
    expect((await bytesOf(leave.file_url)).bytes.equals(bytes)).toBe(true);
  });

  test('is refused where type, size, signature or key are not those asked for', async () => {
    const before = await stage.kept();
    const leave = await stage.presign(alice, { file_name: 'a.jpg', file_type: 'image/jpeg', file_size: 5 });
    expect(await put(leave.upload_url, Buffer.from('12345'), 'text/html')).toBe(403);
    expect(await put(leave.upload_url, Buffer.from('123456'), 'image/jpeg')).toBe(403);
    expect(await put(leave.upload_url.replace('signature=', 'signature=A'), Buffer.from('12345'), 'image/jpeg')).toBe(
      403,
    );
    expect(await put(leave.upload_url.replace('a.jpg', 'b.jpg'), Buffer.from('12345'), 'image/jpeg')).toBe(404);
    expect(
      await put(leave.upload_url.replace(/\/media\/[\da-f-]{36}/, '/media/..%2f..'), Buffer.from('1'), 'image/jpeg'),
    ).toBe(404);
    expect(await stage.kept()).toEqual(before);
  });

  test('only as much as its kind may have', async () => {
    const leave = await stage.presign(alice, { file_name: 'a.jpg', file_type: 'image/jpeg' });
    const before = await stage.kept();
    expect(await put(leave.upload_url, Buffer.alloc(10 * MiB + 1), 'image/jpeg')).toBe(400);
    expect(await stage.kept()).toEqual(before);
    expect(
      (await stage.post(alice, 'presigned-url', { file_name: 'a.jpg', file_type: 'image/jpeg', file_size: 11 * MiB }))
        .status,
    ).toBe(400);
  });

  test('also if it does not say how much it is', async () => {
    const leave = await stage.presign(alice, { file_name: 'a.jpg', file_type: 'image/jpeg' });
    const before = await stage.kept();
    const chunks = Array.from({ length: 11 }, () => new Uint8Array(MiB));
    const options = { method: 'PUT', duplex: 'half', headers: { 'content-type': 'image/jpeg' } } as const;
    const much = await fetch(leave.upload_url, { ...options, body: ReadableStream.from(chunks) });
    expect(much.status).toBe(400);
    expect(await stage.kept()).toEqual(before);
    const little = await fetch(leave.upload_url, { ...options, body: ReadableStream.from([await photo()]) });
    expect(little.status).toBe(200);
    await ok(stage.post(alice, 'complete-upload', completion(leave)));
  });

  test('is not recorded unless it is there, mine, and the one that was asked for', async () => {
    const leave = await stage.presign(alice, { file_name: 'a.jpg', file_type: 'image/jpeg' });
    expect((await stage.post(alice, 'complete-upload', completion(leave))).status).toBe(400);
    expect(await put(leave.upload_url, await photo(), 'image/jpeg')).toBe(200);
    expect((await stage.post(mallory, 'complete-upload', completion(leave))).status).toBe(400);
    const other = await stage.presign(alice, { file_name: 'a.jpg', file_type: 'image/jpeg' });
    expect(
      (await stage.post(alice, 'complete-upload', completion({ ...leave, file_url: other.file_url }))).status,
    ).toBe(400);
    expect(
      (await stage.post(alice, 'complete-upload', completion({ ...leave, file_key: '../../etc/passwd' }))).status,
    ).toBe(400);
    await ok(stage.post(alice, 'complete-upload', completion(leave)));
  });

  test('is removed if it is not what it claimed to be', async () => {
    const before = await stage.kept();
    const leave = await stage.presign(alice, { file_name: 'a.jpg', file_type: 'image/jpeg' });
    expect(await put(leave.upload_url, Buffer.from('<html><script>alert(1)</script>'), 'image/jpeg')).toBe(200);
    const { status, body } = await stage.post(alice, 'complete-upload', completion(leave));
    expect([status, body.detail]).toEqual([400, 'The file is not what it claims to be.']);
    expect(await stage.kept()).toEqual(before);
  });

  test.each(['text/html', 'image/svg+xml', 'application/xml', 'text/javascript', 'image/heic', 'no type', '../x'])(
    'is not given leave to bring %s',
    async (type) => {
      expect((await stage.post(alice, 'presigned-url', { file_name: 'a', file_type: type })).status).toBe(400);
    },
  );

  test('asks for the fields it needs', async () => {
    expect(
      (await stage.post(alice, 'presigned-url', { file_name: 'a', file_type: 'image/png', folder: 'other' })).status,
    ).toBe(422);
    expect((await stage.post(alice, 'presigned-url', { file_name: '', file_type: 'image/png' })).status).toBe(422);
    expect((await stage.post(alice, 'presigned-url', { file_name: 'a\0b', file_type: 'image/png' })).status).toBe(422);
  });

  test('and never completed, is collected', async () => {
    const before = await stage.kept();
    const leave = await stage.presign(alice, { file_name: 'a.jpg', file_type: 'image/jpeg' });
    await put(leave.upload_url, await photo(), 'image/jpeg');
    expect((await stage.kept()).length).toBe(before.length + 1);
    const db = server.database.db;
    const { id } = await db
      .selectFrom('uploads')
      .select('id')
      .where('incoming_key', '=', leave.file_key)
      .executeTakeFirstOrThrow();
    const promised = await sql<{ due: boolean }>`
      select start_after > now() + interval '110 minutes' as due from pgboss.job
      where name = 'collect-upload' and data ->> 'uploadId' = ${String(id)}`.execute(db);
    expect(promised.rows).toEqual([{ due: true }]);
    await server.messenger.execute({ kind: 'system' }, collectUpload, { uploadId: id });
    expect(await stage.kept()).toEqual(before);
    expect((await stage.post(alice, 'complete-upload', completion(leave))).status).toBe(400);
  });

  test('only so many at a time', async () => {
    const { db } = server.database;
    const accountId = server.ids.fromUuid('account', mallory.id) as AccountId;
    const claim = { folder: 'media/x', fileName: 'a.txt', type: 'text/plain', size: null };
    const unfinished = db.transaction().execute(async (tx) => {
      const ctx = {
        actor: { kind: 'member', accountId, dialect: 'urge' },
        tx,
        now: Date.now(),
        settings: { limits: true },
        enqueue: async () => {},
      } as unknown as Context<Member>;
      for (let begun = 0; begun < 200; begun += 1) await beginUpload(ctx, claim);
      await beginUpload(ctx, claim);
    });
    await expect(unfinished).rejects.toMatchObject({ code: 'too_many', reason: 'too_many_uploads' });
  });

  test('what is put late is collected too, and the file stays', async () => {
    const leave = await stage.presign(alice, { file_name: 'a.jpg', file_type: 'image/jpeg' });
    await put(leave.upload_url, await photo(), 'image/jpeg');
    await ok(stage.post(alice, 'complete-upload', completion(leave)));
    const { id } = await server.database.db
      .selectFrom('uploads')
      .select('id')
      .where('incoming_key', '=', leave.file_key)
      .executeTakeFirstOrThrow();
    await server.messenger.execute({ kind: 'system' }, collectUpload, { uploadId: id });
    expect((await bytesOf(leave.file_url)).response.status).toBe(200);
  });
});

describe('reading', () => {
  let media: Body;
  const content = Buffer.from('0123456789');
  beforeAll(async () => {
    media = await stage.uploaded(alice, content, 'text/plain', 'digits.txt');
  });

  test.each([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-2', 206, '89', 'bytes 8-9/10'],
    ['bytes=8-99', 206, '89', 'bytes 8-9/10'],
    ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=10-', 416, '', 'bytes */10'],
    ['bytes=-0', 416, '', 'bytes */10'],
    ['bytes=5-2', 200, '0123456789', null],
    ['bytes=0-1,3-4', 200, '0123456789', null],
    ['lines=1-2', 200, '0123456789', null],
  ])('%s: %i', async (range, status, expected, contentRange) => {
    const { response, bytes } = await bytesOf(media.file_url, { range });
    expect([response.status, bytes.toString(), response.headers.get('content-range')]).toEqual([
      status,
      expected,
      contentRange,
    ]);
    expect(response.headers.get('accept-ranges')).toBe('bytes');
  });

  test('only what is new', async () => {
    const { response } = await bytesOf(media.file_url);
    const etag = response.headers.get('etag')!;
    const modified = response.headers.get('last-modified')!;
    expect((await bytesOf(media.file_url, { 'if-none-match': etag })).response.status).toBe(304);
    expect((await bytesOf(media.file_url, { 'if-none-match': '"other"' })).response.status).toBe(200);
    expect((await bytesOf(media.file_url, { 'if-modified-since': modified })).response.status).toBe(304);
    expect((await bytesOf(media.file_url, { range: 'bytes=0-1', 'if-range': etag })).response.status).toBe(206);
    expect((await bytesOf(media.file_url, { range: 'bytes=0-1', 'if-range': '"other"' })).response.status).toBe(200);
  });

  test('only what there is to know', async () => {
    const response = await fetch(media.file_url, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('10');
    expect(await response.text()).toBe('');
  });

  test('by name, whoever knows it; by id, who is signed in', async () => {
    expect((await bytesOf(media.file_url, { authorization: 'Bearer nonsense' })).bytes.equals(content)).toBe(true);
    expect((await fetch(`${server.url}/api/media/${media.id}`)).status).toBe(401);
    const host = { host: new URL(server.url).host };
    expect(await ok(mallory.call('GET', `/api/media/${media.id}`, undefined, host))).toEqual(media);
    expect((await mallory.call('GET', `/api/media/${alice.id}`)).status).toBe(404);
    expect((await mallory.call('GET', '/api/media/00000000-0000-4000-8000-000000000000')).status).toBe(404);
  });

  test.each([
    'nothing.jpg',
    '..',
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e%2fblobs',
    'a%00b.jpg',
    'a'.repeat(3_000),
    '.unfinished',
  ])('nothing under the name %s', async (name) => {
    expect([404, 422]).toContain((await fetch(`${server.url}/api/media/${name}`)).status);
  });

  test('to save it', async () => {
    const path = `/api/media/${media.id}/download`;
    const { download_url: url, expires_in } = await ok(
      mallory.call('GET', path, undefined, { host: new URL(server.url).host }),
    );
    expect(expires_in).toBe(3_600);
    const { response, bytes } = await bytesOf(url);
    expect(bytes.equals(content)).toBe(true);
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="digits.txt"; filename*=UTF-8''digits.txt`,
    );
    expect((await fetch(server.url + path)).status).toBe(401);
  });
});

test('what is deleted is gone, for everybody and from the disk; and only its owner can', async () => {
  const before = await stage.kept();
  const media = await stage.uploaded(alice, await photo(), 'image/jpeg', 'a.jpg');
  expect((await stage.kept()).length).toBe(before.length + 2);
  expect((await mallory.call('DELETE', `/api/media/${media.id}`)).status).toBe(404);
  await ok(alice.call('DELETE', `/api/media/${media.id}`));
  expect((await alice.call('GET', `/api/media/${media.id}`)).status).toBe(404);
  expect((await bytesOf(media.file_url)).response.status).toBe(404);
  expect((await bytesOf(media.thumbnail_url)).response.status).toBe(404);
  expect((await alice.call('DELETE', `/api/media/${media.id}`)).status).toBe(404);
  await vi.waitFor(async () => expect(await stage.kept()).toEqual(before), { timeout: 10_000 });
});
