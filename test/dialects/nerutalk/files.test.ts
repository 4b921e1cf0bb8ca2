// Files through NeruTalk: bringing them, alone or together, into a chat or not; who reads them; and their end.

import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { signUp } from '../../support/people.ts';
import { openMediaStage, taken, type FormFile, type MediaStage } from './media-stage.ts';
import { follow, makeGroup, no, ok, openPrivate, send } from './people.ts';

let stage: MediaStage;
let alice: MediaStage['alice'];
let bob: MediaStage['bob'];
let mallory: MediaStage['mallory'];
let group: number;

beforeAll(async () => {
  stage = await openMediaStage();
  ({ alice, bob, mallory } = stage);
});
afterAll(() => stage.close());
beforeEach(async () => {
  group = (await makeGroup(alice, 'Choir', bob)).id;
});

const picture = (width = 900, height = 600) =>
  sharp({ create: { width, height, channels: 3, background: '#c06030' } })
    .withExif({ IFD0: { Artist: 'SECRET-ARTIST' } })
    .jpeg()
    .toBuffer();
const photo = async (): Promise<FormFile> => ({ name: 'Étoile 星.JPG', bytes: await picture() });
const paper: FormFile = { name: 'paper.pdf', type: 'application/pdf', bytes: Buffer.from('%PDF-1.4\nhello\n%%EOF') };
const upload = (...args: [MediaStage['alice'], FormFile, Record<string, string>?]) =>
  stage.form(args[0], '/files/upload', [args[1]], args[2]);

describe('one file', () => {
  test('without a chat it is its owner’s alone, and kept where the document says', async () => {
    const file = await taken(upload(alice, await photo()));
    const { file_id: id } = file;
    expect(file).toMatchObject({
      id,
      file_name: 'Étoile 星.JPG',
      name: 'Étoile 星.JPG',
      original_name: 'Étoile 星.JPG',
      originalName: 'Étoile 星.JPG',
      url: file.file_url,
      thumbnailUrl: file.thumbnail_url,
      size: file.file_size,
      message_type: 'image',
      type: 'image',
      mime_type: 'image/jpeg',
      mimeType: 'image/jpeg',
      status: 'uploaded',
      createdAt: file.created_at,
    });
    expect(file.message).toBeUndefined();
    expect(file.file_url).toMatch(new RegExp(`^${stage.server.url}/api/v1/files/${id}/[\\da-f-]{36}\\.jpg$`));
    expect(await stage.kept()).toEqual(expect.arrayContaining([`temp/${id}.jpg`, `temp/thumbnails/${id}_thumb.jpg`]));

    const own = await stage.get(`/files/${id}`, alice);
    expect(own.status).toBe(200);
    expect(own.bytes).toHaveLength(file.file_size);
    expect(own.bytes.includes('SECRET-ARTIST')).toBe(false);
    expect(Object.fromEntries(own.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'content-length': String(file.file_size),
      'content-disposition': `inline; filename="_toile _.JPG"; filename*=UTF-8''${encodeURIComponent('Étoile 星.JPG')}`,
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
    });
    expect((await stage.get(`/files/${id}`, mallory)).status).toBe(403);
    expect((await stage.get(`/files/${id}`)).status).toBe(401);
  });

  test('the address given for it needs no token; another name, or another file’s, opens nothing', async () => {
    const [one, other] = [await taken(upload(alice, await photo())), await taken(upload(alice, paper))];
    expect((await stage.get(one.file_url)).status).toBe(200);
    const small = await stage.get(one.thumbnail_url);
    expect(await sharp(small.bytes).metadata()).toMatchObject({ format: 'jpeg', width: 200, height: 133 });
    expect(other.thumbnail_url).toBeNull();
    const name = one.file_url.split('/').at(-1);
    for (const path of [
      `/files/${other.file_id}/${name}`,
      `/files/${other.file_id}/${name}/thumbnail`,
      `/files/${one.file_id}/${one.file_id}.jpg`,
      `/files/${one.file_id}/..%2f..%2f..%2fpackage.json`,
      `/files/${one.file_id}/%00`,
    ]) {
      expect([404, 422], path).toContain((await stage.get(path)).status);
    }
  });

  test('in a chat it is a message, heard by those who follow it, and read by its members', async () => {
    const bobs = await bob.connect();
    await follow(bobs, group);
    const question = await send(bob, group, 'A picture?');
    const file = await taken(
      upload(alice, await photo(), { chat_id: String(group), reply_to_id: String(question.id) }),
    );
    const { file_id: id, message } = file;
    expect(message).toMatchObject({
      chat_id: group,
      sender_id: alice.id,
      content: null,
      message_type: 'image',
      file_url: file.file_url,
      file_name: 'Étoile 星.JPG',
      file_size: file.file_size,
      thumbnail_url: file.thumbnail_url,
      reply_to_id: question.id,
    });
    expect((await bobs.next('new_message')).data).toMatchObject({ id: message.id, file_url: file.file_url });
    await bobs.close();
    expect(await stage.kept()).toEqual(
      expect.arrayContaining([`chat-files/${group}/${id}.jpg`, `chat-files/${group}/thumbnails/${id}_thumb.jpg`]),
    );
    expect((await stage.get(`/files/${id}`, bob)).status).toBe(200);
    expect((await stage.get(`/files/${id}`, mallory)).status).toBe(403);

    // Through another product neither.
    const stranger = await signUp(stage.server, 'Mallory');
    for (const path of [id, `${id}/download`, `${id}/thumbnail`]) {
      expect((await stranger.call('GET', `/api/media/${path}`)).status, path).toBe(403);
    }
  });

  test('who has left the chat reads its files no more, and who is back does', async () => {
    const { file_id: id } = await taken(upload(alice, paper, { chat_id: String(group) }));
    expect((await stage.get(`/files/${id}`, bob)).status).toBe(200);
    await ok(bob.call('DELETE', `/chats/${group}/participants/${bob.id}`));
    expect((await stage.get(`/files/${id}`, bob)).status).toBe(403);
    await ok(alice.call('POST', `/chats/${group}/participants`, { user_id: bob.id }));
    expect((await stage.get(`/files/${id}`, bob)).status).toBe(200);
  });

  test('a chat that is not one’s own, is not there, or does not take it keeps nothing', async () => {
    const before = await stage.kept();
    expect(await no(upload(mallory, paper, { chat_id: String(group) }))).toEqual([403, 'You are not in this chat']);
    expect((await no(upload(alice, paper, { chat_id: '999999' })))[0]).toBe(404);
    expect((await no(upload(alice, paper, { chat_id: 'abc' })))[0]).toBe(422);
    expect((await no(upload(alice, paper, { chat_id: '1\0' })))[0]).toBe(422);
    expect((await no(upload(alice, paper, { message_type: 'sticker' })))[0]).toBe(422);
    expect(await stage.kept()).toEqual(before);

    const chat = (await openPrivate(alice, bob)).id;
    await ok(bob.call('POST', '/settings/privacy/block', { user_id: alice.id }));
    expect(await no(upload(alice, paper, { chat_id: String(chat) }))).toEqual([403, 'You cannot write to this person']);
    await ok(bob.call('POST', '/settings/privacy/unblock', { user_id: alice.id }));
    const elsewhere = await send(alice, (await makeGroup(alice, 'Other', bob)).id, 'Hello');
    const astray = { chat_id: String(group), reply_to_id: String(elsewhere.id) };
    expect((await no(upload(alice, paper, astray)))[0]).toBe(400);
    await vi.waitFor(async () => expect(await stage.kept()).toEqual(before), { timeout: 10_000 });
  });

  test('its texts count wherever in the form they stand', async () => {
    const early = await taken(
      stage.form(alice, '/files/upload', [paper], { chat_id: String(group) }, { textsFirst: true }),
    );
    expect(early.message).toMatchObject({ chat_id: group, message_type: 'file' });
    expect(early).toMatchObject({ message_type: 'file', type: 'document' });
    const saved = await stage.get(early.file_url);
    expect(saved.headers.get('content-disposition')).toMatch(/^attachment/);
  });

  test('a retry with its key is the same file and the same message', async () => {
    const again = () =>
      stage.form(
        alice,
        '/files/upload',
        [paper],
        { chat_id: String(group) },
        {
          headers: { 'idempotency-key': `again-${group}` },
        },
      );
    const [first, second] = [await taken(again()), await taken(again())];
    expect(second).toEqual(first);
    expect((await ok(bob.call('GET', `/chats/${group}/messages`))).messages).toHaveLength(1);
    const other = { name: 'other.pdf', bytes: paper.bytes };
    const headers = { 'idempotency-key': `again-${group}` };
    expect((await no(stage.form(alice, '/files/upload', [other], { chat_id: String(group) }, { headers })))[0]).toBe(
      422,
    );
  });
});

describe('what is refused', () => {
  test.each([
    ['page.html', '<script>alert(1)</script>'],
    ['drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['photo.jpg.exe', 'MZ'],
    ['nothing', 'hello'],
    ['.jpg.', 'hello'],
    ['photo.jpg', '<script>alert(1)</script>'],
    ['photo.png', 'GIF89a/*'],
    ['photo.gif', '%PDF-1.4'],
    ['film.mp4', 'not a film'],
    ['paper.pdf', 'not a paper'],
  ])('%s with %j in it: 400', async (name, content) => {
    const before = await stage.kept();
    expect(await no(upload(alice, { name, bytes: Buffer.from(content) }))).toEqual([
      400,
      'This type of file is not allowed',
    ]);
    expect(await stage.kept()).toEqual(before);
  });

  test('a type that the name does not bear out: 400', async () => {
    expect((await no(upload(alice, paper, { message_type: 'image' })))[0]).toBe(400);
    expect((await no(upload(alice, await photo(), { message_type: 'video' })))[0]).toBe(400);
    expect(await taken(upload(alice, await photo(), { message_type: 'file' }))).toMatchObject({ type: 'document' });
  });

  test('exactly as large as may be, and one byte more', async () => {
    const most = 10 * 1024 * 1024;
    const bytes = Buffer.alloc(most + 1, 'x');
    bytes.write('%PDF-1.4\n');
    expect(await taken(upload(alice, { name: 'a.pdf', bytes: bytes.subarray(0, most) }))).toMatchObject({
      file_size: most,
    });
    const before = await stage.kept();
    expect(await no(upload(alice, { name: 'a.pdf', bytes }))).toEqual([413, 'The file is too large']);
    expect(await stage.kept()).toEqual(before);
  });

  test('names lead nowhere', async () => {
    const { file_name, file_id } = await taken(upload(alice, { ...paper, name: '../../../etc/passwd.pdf' }));
    expect(file_name).toBe('passwd.pdf');
    expect(await stage.kept()).toContain(`temp/${file_id}.pdf`);
    expect((await taken(upload(alice, { ...paper, name: 'a\0b.pdf' }))).file_name).toMatch(/^a.*b\.pdf$/);
  });

  test('no file, another field, several, a broken form, no form, nobody', async () => {
    expect((await no(stage.form(alice, '/files/upload', [], { chat_id: String(group) })))[0]).toBe(422);
    expect((await no(stage.form(alice, '/files/upload', [{ ...paper, field: 'picture' }])))[0]).toBe(422);
    expect((await no(stage.form(alice, '/files/upload', [paper, paper])))[0]).toBe(422);
    expect((await no(alice.call('POST', '/files/upload', { file: 'x' })))[0]).toBe(422);
    expect((await no(stage.form(null, '/files/upload', [paper])))[0]).toBe(401);
    for (const type of ['multipart/form-data', 'multipart/form-data; boundary=x']) {
      const response = await fetch(`${stage.server.url}/api/v1/files/upload`, {
        method: 'POST',
        headers: { authorization: `Bearer ${alice.token}`, 'content-type': type },
        body: '--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.4',
      });
      expect(response.status, type).toBe(422);
    }
  });
});

describe('several files', () => {
  const several = (person: MediaStage['alice'], files: FormFile[], texts?: Record<string, string>) =>
    stage.form(
      person,
      '/files/upload-multiple',
      files.map((file) => ({ field: 'files', ...file })),
      texts,
    );

  test('each is told what became of it, and they stand in the chat in their order', async () => {
    const large = { name: 'large.pdf', bytes: Buffer.alloc(10 * 1024 * 1024 + 1) };
    const page = { name: 'page.html', bytes: Buffer.from('<script>') };
    const { files } = await taken(several(alice, [await photo(), page, large, paper], { chat_id: String(group) }));
    expect(files).toMatchObject([
      { status: 'success', error: null, message: { message_type: 'image' } },
      { status: 'failed', file_name: 'page.html', error: 'This type of file is not allowed' },
      { status: 'failed', file_name: 'large.pdf', error: 'The file is too large' },
      { status: 'success', error: null, message: { message_type: 'file' } },
    ]);
    const { messages } = await ok(bob.call('GET', `/chats/${group}/messages`));
    expect(messages.map((one: { id: number }) => one.id)).toEqual([files[3].message.id, files[0].message.id]);
  });

  test('a chat that does not take the message leaves the file with its owner', async () => {
    const chat = (await openPrivate(alice, bob)).id;
    await ok(alice.call('POST', '/settings/privacy/block', { user_id: bob.id }));
    const { files } = await taken(several(alice, [paper], { chat_id: String(chat) }));
    await ok(alice.call('POST', '/settings/privacy/unblock', { user_id: bob.id }));
    expect(files).toMatchObject([{ status: 'uploaded_but_message_failed', error: 'You have blocked this person' }]);
    expect((await stage.get(`/files/${files[0].file_id}`, alice)).status).toBe(200);
  });

  test('ten and no more; not into others’ chats', async () => {
    expect(
      (
        await taken(
          several(
            alice,
            Array.from({ length: 10 }, () => paper),
          ),
        )
      ).files,
    ).toHaveLength(10);
    const before = await stage.kept();
    expect(
      (
        await no(
          several(
            alice,
            Array.from({ length: 11 }, () => paper),
          ),
        )
      )[0],
    ).toBe(422);
    expect((await no(several(mallory, [paper], { chat_id: String(group) })))[0]).toBe(403);
    expect(await stage.kept()).toEqual(before);
  });
});

describe('the end of a file', () => {
  test('is its owner’s to bring about, by id or address, and takes its bytes with it', async () => {
    for (const pathOf of [
      (file: { file_id: string }) => `/files/${file.file_id}`,
      (file: { file_url: string }) => `/files/delete?file_url=${encodeURIComponent(file.file_url)}`,
    ]) {
      const file = await taken(upload(alice, await photo(), { chat_id: String(group) }));
      const path = pathOf(file);
      expect(await no(bob.call('DELETE', path))).toEqual([403, 'You are not allowed to do this']);
      expect((await no(mallory.call('DELETE', path)))[0]).toBe(403);
      expect(await ok(alice.call('DELETE', path))).toEqual({ message: 'File deleted' });
      expect(await no(alice.call('DELETE', path))).toEqual([404, 'File not found']);
      for (const [url, person] of [[`/files/${file.file_id}`, bob], [file.file_url], [file.thumbnail_url]] as const) {
        expect((await stage.get(url, person)).status).toBe(404);
      }
      await vi.waitFor(async () => expect((await stage.kept()).join()).not.toContain(file.file_id), {
        timeout: 10_000,
      });
    }
  });

  test('of what is no file nothing comes', async () => {
    for (const id of ['1', 'x', alice.id, '00000000-0000-4000-8000-000000000000']) {
      expect((await no(alice.call('DELETE', `/files/${id}`)))[0]).toBe(404);
      expect((await no(alice.call('GET', `/files/${id}`)))[0]).toBe(404);
    }
    expect((await no(alice.call('DELETE', '/files/delete?file_url=https://elsewhere.example/x.jpg')))[0]).toBe(404);
    expect((await no(alice.call('DELETE', '/files/delete')))[0]).toBe(422);
    expect((await no(alice.call('DELETE', '/files/delete?file_url=%00')))[0]).toBe(422);
  });
});

test('what would be taken can be asked beforehand', async () => {
  const ask = (query: string) => alice.call('GET', `/files/validate?${query}`);
  expect(await ok(ask('filename=a.MOV&file_size=10485760'))).toEqual({
    valid: true,
    file_type: 'video',
    file_extension: 'mov',
    allowed_extensions: ['jpg', 'jpeg', 'png', 'gif', 'mp4', 'mov', 'pdf', 'doc', 'docx'],
    max_file_size: 10_485_760,
  });
  expect(await no(ask('filename=a.mov&file_size=10485761'))).toEqual([413, 'The file is too large']);
  expect((await no(ask('filename=a.exe')))[0]).toBe(400);
  expect((await no(ask('file_size=1')))[0]).toBe(422);
  expect((await no(ask('filename=a.mov&file_size=-1')))[0]).toBe(422);
  expect((await no(ask('filename=a.jpg%00.exe')))[0]).toBe(422);
});
