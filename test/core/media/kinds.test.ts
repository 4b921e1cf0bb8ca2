// What a file is taken for, and what it is called.

import { describe, expect, test } from 'vitest';
import { judge, plainType, refuseUnseen } from '../../../src/core/media/kinds.ts';
import { incomingKey, plainName, randomName, thumbnailKey } from '../../../src/core/media/names.ts';

describe('a file', () => {
  test.each([
    ['image/jpeg', 'image/jpeg', 'image', 'image/jpeg'],
    ['image/jpg', 'image/png', 'image', 'image/png'],
    ['video/mp4', 'video/quicktime', 'video', 'video/quicktime'],
    ['video/avi', 'video/vnd.avi', 'video', 'video/x-msvideo'],
    ['audio/m4a', 'audio/x-m4a', 'audio', 'audio/mp4'],
    ['audio/m4a', 'video/mp4', 'audio', 'audio/mp4'],
    ['audio/webm', 'video/webm', 'audio', 'audio/webm'],
    ['audio/mpeg', 'audio/mpeg', 'audio', 'audio/mpeg'],
    ['application/pdf', 'application/pdf', 'document', 'application/pdf'],
    ['application/msword', 'application/x-cfb', 'document', 'application/msword'],
    [
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'application/zip',
      'document',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ],
    ['text/plain', null, 'document', 'text/plain'],
    ['text/html', null, 'document', 'application/octet-stream'],
    ['image/svg+xml', 'application/xml', 'document', 'application/octet-stream'],
    ['application/octet-stream', null, 'document', 'application/octet-stream'],
    ['application/octet-stream', 'image/webp', 'image', 'image/webp'],
    ['application/octet-stream', 'video/mp4', 'video', 'video/mp4'],
    ['application/octet-stream', 'image/heic', 'document', 'application/octet-stream'],
    ['application/octet-stream', 'application/pdf', 'document', 'application/octet-stream'],
  ])('claimed as %s, in truth %s, is a %s: %s', (claimed, real, kind, type) => {
    expect(judge(plainType(claimed), real)).toEqual({ kind, type });
  });

  test.each([
    ['image/jpeg', null, 'type_mismatch'],
    ['image/jpeg', 'application/zip', 'type_mismatch'],
    ['image/jpeg', 'image/heic', 'type_not_allowed'],
    ['image/heic', 'image/heic', 'type_not_allowed'],
    ['video/mp4', 'image/jpeg', 'type_mismatch'],
    ['audio/mpeg', null, 'type_mismatch'],
    ['audio/mpeg', 'video/x-msvideo', 'type_mismatch'],
    ['application/pdf', 'image/jpeg', 'type_mismatch'],
    ['application/pdf', null, 'type_mismatch'],
    ['text/plain', 'application/pdf', 'type_mismatch'],
    ['text/javascript', 'image/gif', 'type_mismatch'],
  ])('claimed as %s, in truth %s, is refused: %s', (claimed, real, reason) => {
    expect(() => judge(plainType(claimed), real)).toThrow(expect.objectContaining({ reason }));
  });

  test.each([
    'text/html',
    'application/xhtml+xml',
    'image/svg+xml',
    'text/xml',
    'application/javascript',
    'image/tiff',
  ])('%s is not uploaded unseen', (type) =>
    expect(() => refuseUnseen(type)).toThrow(expect.objectContaining({ reason: 'type_not_allowed' })),
  );

  test.each(['', 'image', 'image/', '/png', 'image/png/x', 'a b/c', 'image/\u0000', `image/${'a'.repeat(200)}`])(
    '%j is no type',
    (type) => expect(() => plainType(type)).toThrow(expect.objectContaining({ reason: 'type_not_allowed' })),
  );
});

describe('a name', () => {
  test.each([
    ['photo.jpg', 'photo.jpg'],
    ['/etc/passwd', 'passwd'],
    ['C:\\a\\b.txt', 'b.txt'],
    ['', 'file'],
    ['...', 'file'],
    ['a/', 'file'],
    ['a\u0000\r\nb.txt', 'ab.txt'],
    ['\u202Egpj.exe', 'gpj.exe'],
    ['e\u0301.txt', '\u00e9.txt'],
    ['\ud800.txt', '\ufffd.txt'],
  ])('%j is shown as %j', (given, shown) => expect(plainName(given)).toBe(shown));

  test.each(['../a', '.a', 'a b', '\u202E', '', '長'.repeat(300), 'a'.repeat(300), '💥.png'])(
    '%j becomes part of a key that any store takes',
    (name) => {
      const key = incomingKey('media/x', name);
      expect(key).toMatch(/^media\/x\/[\da-f]{8}_[\p{L}\p{N}_-][\p{L}\p{N}._-]*$/u);
      expect(Buffer.byteLength(key)).toBeLessThan(130);
    },
  );

  test('that others must not guess is new each time, its ending plain', () => {
    expect(randomName('a.JPG')).toMatch(/^[\da-f-]{36}\.jpg$/);
    expect(randomName('a.tar.gz')).toMatch(/\.gz$/);
    expect(randomName('a.x/../y')).toMatch(/^[\da-f-]{36}\.bin$/);
    expect(randomName('a')).not.toBe(randomName('a'));
    expect(thumbnailKey('media/x/2026/01/a.png')).toBe('media/x/2026/01/thumbnails/a_thumb.jpg');
  });
});
