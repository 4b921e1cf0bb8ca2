// All that somebody might try with a file: programs, bombs, lies about what it is, and names.

import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesOf, completion, type MediaStage, MiB, openMediaStage, photo, put } from './media-stage.ts';
import { type Body, ok } from './stage.ts';

let stage: MediaStage;
let alice: MediaStage['alice'];

beforeAll(async () => {
  stage = await openMediaStage();
  ({ alice } = stage);
});
afterAll(() => stage.close());

describe('what could do harm', () => {
  async function harmless(media: Body): Promise<void> {
    const { headers } = (await bytesOf(media.file_url)).response;
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('content-disposition')).toMatch(/^attachment/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';.*; sandbox$/);
  }

  test.each([
    ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 'a.svg'],
    ['text/html', '<!doctype html><script>alert(1)</script>', 'a.html'],
    ['application/xhtml+xml', '<html xmlns="http://www.w3.org/1999/xhtml"/>', 'a.xhtml'],
    ['text/javascript', 'alert(1)', 'a.js'],
    ['text/css', '*{}', 'a.css'],
    ['application/octet-stream', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'a.svg'],
  ])('%s is bytes to be saved', async (type, content, name) => {
    await harmless(await stage.uploaded(alice, Buffer.from(content), type, name));
  });

  test('a picture that is also a program is a picture and nothing else', async () => {
    const script = Buffer.from('\n/*PAYLOAD*/alert(1);<script>alert(1)</script>');
    const media = await stage.uploaded(alice, Buffer.concat([await photo(), script]), 'image/jpeg', 'a.jpg.html');
    const { response, bytes } = await bytesOf(media.file_url);
    expect(bytes.includes('PAYLOAD')).toBe(false);
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test.each([
    ['image/gif', 'GIF89a/*\x01\x00\x01\x00*/=1;alert(1)'],
    ['text/javascript', 'GIF89a=1;alert(1)'],
    ['application/pdf', '\xff\xd8\xff\xe0 not a paper'],
    ['video/mp4', '#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n'],
    ['audio/mpeg', 'hello'],
    ['image/png', ''],
    ['image/heic', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
  ])('%s that is something else is refused', async (type, content) => {
    const before = await stage.kept();
    expect((await stage.upload(alice, Buffer.from(content, 'latin1'), type, 'a')).status).toBe(400);
    expect(await stage.kept()).toEqual(before);
  });

  test('a bomb is not opened', async () => {
    const bomb = await sharp({ create: { width: 9_000, height: 9_000, channels: 3, background: '#000' } })
      .png()
      .toBuffer();
    expect(bomb.length).toBeLessThan(MiB);
    const before = await stage.kept();
    const { status, body } = await stage.upload(alice, bomb, 'image/png', 'a.png');
    expect([status, body.detail]).toEqual([400, 'The picture is broken or too large.']);
    expect((await stage.upload(alice, (await photo()).subarray(0, 900), 'image/jpeg', 'half.jpg')).status).toBe(400);
    expect(await stage.kept()).toEqual(before);
  });

  test.each([
    ['../../../etc/passwd', 'passwd'],
    ['..\\..\\boot.ini', 'boot.ini'],
    ['..', 'file'],
    ['photo\u202Egpj.exe', 'photogpj.exe'],
    ['.htaccess', '.htaccess'],
    ['a"; x="b.txt', 'a"; x="b.txt'],
    ['CON', 'CON'],
  ])('a file called %j is called %j', async (given, expected) => {
    const leave = await stage.presign(alice, { file_name: given, file_type: 'text/plain' });
    expect(leave.file_key).toMatch(new RegExp(`^media/${alice.id}/\\d{4}/\\d\\d/[\\da-f]{8}_[\\p{L}\\p{N}._-]+$`, 'u'));
    expect(await put(leave.upload_url, Buffer.from('hello'), 'text/plain')).toBe(200);
    const media = await ok(stage.post(alice, 'complete-upload', completion(leave, { file_type: 'DOCUMENT' })));
    expect(media.file_name).toBe(expected);
    const { response } = await bytesOf(media.file_url);
    const disposition = response.headers.get('content-disposition')!;
    expect(disposition).toMatch(/^attachment; filename="[^"\\]*"; filename\*=UTF-8''[\w.%!~-]*$/);
    expect((await stage.kept()).every((path) => path.startsWith('/blobs/') || path.startsWith('/workbench/'))).toBe(
      true,
    );
  });

  test('a very long name is cut, its ending kept', async () => {
    const media = await stage.uploaded(alice, Buffer.from('x'), 'text/plain', `${'長'.repeat(300)}.txt`);
    expect(media.file_name).toHaveLength(255);
    expect(media.file_name.endsWith('長.txt')).toBe(true);
    const leave = await stage.presign(alice, { file_name: `${'長'.repeat(250)}.txt`, file_type: 'text/plain' });
    expect(await put(leave.upload_url, Buffer.from('x'), 'text/plain')).toBe(200);
  });
});
