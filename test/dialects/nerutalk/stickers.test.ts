// Stickers and GIFs through NeruTalk: what there is, in whose language, and sending it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packs } from '../../../src/dialects/nerutalk/sticker-catalogue.ts';
import { openMediaStage, type MediaStage } from './media-stage.ts';
import { follow, makeGroup, no, ok, send } from './people.ts';

let stage: MediaStage;
let alice: MediaStage['alice'];
let bob: MediaStage['bob'];
let mallory: MediaStage['mallory'];
let group: number;

beforeAll(async () => {
  stage = await openMediaStage();
  ({ alice, bob, mallory } = stage);
  group = (await makeGroup(alice, 'Choir', bob)).id;
});
afterAll(() => stage.close());

interface Sticker {
  id: string;
  pack_id: string;
  name: string;
  url: string;
  tags: string[];
}
interface Pack {
  id: string;
  name: string;
  thumbnail_url: string;
  stickers: Sticker[];
}

const path = (url: string) => new URL(url, stage.server.url).pathname;
const bytesOf = async (url: string) => (await stage.get(`${stage.server.url}${path(url)}`)).bytes;

describe('stickers', () => {
  test('several dozen in four packs, each of them a picture', async () => {
    const { sticker_packs: all, stickers, total } = await ok(alice.call('GET', '/media/stickers'));
    expect(all.map(({ id }: Pack) => id)).toEqual(['emotions', 'animals', 'reactions', 'celebrations']);
    expect(total).toBeGreaterThanOrEqual(36);
    expect(stickers).toHaveLength(total);
    expect(all.flatMap((pack: Pack) => pack.stickers)).toEqual(stickers);
    expect(stickers[0]).toMatchObject({
      id: 'happy',
      pack_id: 'emotions',
      packId: 'emotions',
      pack_name: 'Emotions',
      name: 'Happy',
      tags: ['happy', 'smile', 'joy'],
    });
    for (const url of [...all.map((pack: Pack) => pack.thumbnail_url), ...stickers.map((one: Sticker) => one.url)]) {
      expect(await sharp(await bytesOf(url)).metadata(), url).toMatchObject({ format: 'png' });
    }
  });

  test('the pictures need no token, keep, and lead nowhere else', async () => {
    const { status, headers } = await stage.get(`${stage.server.url}/static/stickers/animals/cat.png`);
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=86400, immutable',
    });
    for (const wrong of [
      '/static/',
      '/static/LICENSE',
      '/static/..%2fpackage.json',
      '/static/stickers/%00',
      '/static/x',
    ]) {
      expect([404, 422], wrong).toContain((await stage.get(`${stage.server.url}${wrong}`)).status);
    }
  });

  test('every sticker has as many words as there are languages, and each of them is a word', () => {
    for (const [id, { name, description, stickers }] of Object.entries(packs)) {
      for (const said of [name, description, ...Object.values(stickers)]) {
        expect(said.length, id).toBe(5);
        expect(new Set(said).size, said.join()).toBeGreaterThan(3);
        for (const words of said)
          expect(words.split(', ').every((word) => word.trim() === word && word !== '')).toBe(true);
      }
    }
  });

  test('in the reader’s language, and found in any', async () => {
    const say = (language: string, where: string) => alice.call('GET', where, undefined, { 'x-language': language });
    const { sticker_packs: all } = await ok(say('jp', '/media/stickers/packs'));
    expect(all[1]).toMatchObject({ id: 'animals', name: '動物', is_premium: false, isInstalled: true });
    expect(all[1].stickers[0]).toMatchObject({ id: 'cat', name: '猫', tags: ['猫', 'かわいい', 'ペット'] });

    const search = async (q: string) =>
      (await ok(alice.call('GET', `/media/stickers/search?q=${encodeURIComponent(q)}`))).stickers.map(
        ({ id }: Sticker) => id,
      );
    expect(await search('THUMBS UP')).toEqual(['thumbs_up']);
    expect(await search('kucing')).toEqual(['cat']);
    expect(await search('고양이')).toEqual(['cat']);
    expect(await search('猫')).toEqual(['cat', 'panda']);
    expect(await search('%')).toEqual([]);
    expect((await ok(alice.call('GET', '/media/stickers/search?q=a&limit=3'))).stickers).toHaveLength(3);
    expect((await no(alice.call('GET', '/media/stickers/search')))[0]).toBe(422);
    expect((await no(alice.call('GET', '/media/stickers/search?q=a&limit=0')))[0]).toBe(422);
    expect((await no(alice.call('GET', '/media/stickers/search?q=%00')))[0]).toBe(422);
  });

  test('one pack, some of one, none', async () => {
    expect(await ok(alice.call('GET', '/media/stickers/packs/reactions'))).toMatchObject({
      id: 'reactions',
      name: 'Reactions',
    });
    for (const id of ['nothing', '__proto__', 'constructor', '..%2f..']) {
      expect((await no(alice.call('GET', `/media/stickers/packs/${id}`)))[0], id).toBe(404);
    }
    const some = await ok(alice.call('GET', '/media/stickers?pack_id=animals&q=cute&limit=2'));
    expect(some).toMatchObject({
      total: 4,
      sticker_packs: [{ id: 'animals' }],
      stickers: [{ id: 'cat' }, { id: 'dog' }],
    });
    expect(await ok(alice.call('GET', '/media/stickers?pack_id=none'))).toEqual({
      sticker_packs: [],
      stickers: [],
      total: 0,
    });
  });

  test('one that is sent is heard in the chat, once', async () => {
    const bobs = await bob.connect();
    await follow(bobs, group);
    const question = await send(bob, group, 'Coming?');
    const where = `/media/stickers/send?chat_id=${group}&pack_id=reactions&sticker_id=yes&reply_to_id=${question.id}`;
    const again = () => alice.call('POST', where, undefined, { 'idempotency-key': 'yes-once' });
    const { message } = await ok(again());
    expect((await ok(again())).message).toMatchObject({ id: message.id, file_url: message.file_url });
    expect(message).toMatchObject({ chat_id: group, message_type: 'sticker', content: null, reply_to_id: question.id });
    expect(JSON.parse(message.metadata)).toEqual({
      pack_id: 'reactions',
      sticker_id: 'yes',
      sticker_name: 'Yes',
      sticker_url: message.file_url,
    });
    expect((await bobs.next('new_message')).data.id).toBe(message.id);
    await bobs.settled();
    expect(bobs.heard.filter(({ type }) => type === 'new_message')).toEqual([]);
    await bobs.close();
    expect((await sharp(await bytesOf(message.file_url)).metadata()).format).toBe('png');
  });

  test('not one that is not there, nor into others’ chats', async () => {
    const to = (chat: number | string, pack = 'reactions', id = 'yes') =>
      `/media/stickers/send?chat_id=${chat}&pack_id=${pack}&sticker_id=${id}`;
    expect(await no(mallory.call('POST', to(group)))).toEqual([403, 'You are not in this chat']);
    expect(await no(alice.call('POST', to(group, 'reactions', 'maybe')))).toEqual([404, 'Sticker not found']);
    expect((await no(alice.call('POST', to(group, 'none'))))[0]).toBe(404);
    expect((await no(alice.call('POST', to('abc'))))[0]).toBe(422);
    expect((await no(alice.call('POST', to(999_999))))[0]).toBe(404);
    expect((await no(alice.call('POST', '/media/stickers/send')))[0]).toBe(422);
  });
});

describe('GIFs', () => {
  test('without a key those that come with the server are found, in any language', async () => {
    const find = (query: string, language = 'en') =>
      ok(alice.call('GET', `/media/gifs/search?${query}`, undefined, { 'x-language': language }));
    const found = await find('q=rain&provider=tenor', 'jp');
    expect(found).toMatchObject({ total: 1, offset: 0, limit: 20, query: 'rain', provider: 'tenor' });
    expect(found.gifs[0]).toMatchObject({
      id: 'falling-rain',
      title: '雨',
      tags: ['雨', '悲しい', '天気'],
      source: 'bundled',
      attribution: 'Parlance',
      width: 160,
      height: 160,
    });
    const trending = await ok(alice.call('GET', '/media/gifs/trending?limit=50'));
    expect(trending.total).toBeGreaterThanOrEqual(12);
    for (const { url, preview_url: preview } of trending.gifs) {
      expect(await sharp(await bytesOf(url), { animated: true }).metadata(), url).toMatchObject({
        format: 'gif',
        loop: 0,
      });
      expect((await sharp(await bytesOf(url), { animated: true }).metadata()).pages).toBeGreaterThan(1);
      expect((await sharp(await bytesOf(preview)).metadata()).format).toBe('png');
    }
    const second = await ok(alice.call('GET', '/media/gifs/trending?limit=1&offset=1'));
    expect(second).toMatchObject({ gifs: [{ id: trending.gifs[1].id }], total: trending.total, offset: 1, limit: 1 });
  });

  test('they are small', () => {
    const sizes = ['beating-heart', 'falling-confetti'].map(
      (id) => readFileSync(join(import.meta.dirname, `../../../assets/gifs/${id}.gif`)).length,
    );
    expect(Math.max(...sizes)).toBeLessThan(40_000);
  });

  test('another provider, and what is not asked rightly, is refused', async () => {
    const ask = (query: string) => no(alice.call('GET', `/media/gifs/${query}`));
    expect((await ask('search?q=x&provider=other'))[0]).toBe(400);
    expect((await ask('trending?provider=tenor'))[0]).toBe(400);
    expect((await ask('trending?provider=__proto__'))[0]).toBe(400);
    expect((await ask('search'))[0]).toBe(422);
    expect((await ask('search?q=x&limit=51'))[0]).toBe(422);
    expect((await ask('search?q=x&offset=-1'))[0]).toBe(422);
  });

  test('one is sent as it was found', async () => {
    const { gifs } = await ok(alice.call('GET', '/media/gifs/search?q=hello'));
    const [gif] = gifs;
    const query = (more: Record<string, string> = {}) =>
      new URLSearchParams({
        chat_id: String(group),
        gif_id: gif.id,
        gif_url: gif.url,
        gif_title: gif.title,
        preview_url: gif.preview_url,
        width: '160',
        height: '160',
        ...more,
      }).toString();
    const { message } = await ok(alice.call('POST', `/media/gifs/send?${query()}`));
    expect(message).toMatchObject({ message_type: 'gif', file_url: gif.url, thumbnail_url: gif.preview_url });
    expect(JSON.parse(message.metadata)).toEqual({
      gif_id: gif.id,
      gif_url: gif.url,
      gif_title: gif.title,
      provider: 'giphy',
      preview_url: gif.preview_url,
      width: 160,
      height: 160,
    });
    expect((await no(mallory.call('POST', `/media/gifs/send?${query()}`)))[0]).toBe(403);
    for (const wrong of [
      { gif_url: 'javascript:alert(1)' },
      { preview_url: 'data:text/html,x' },
      { width: 'wide' },
      { gif_title: '\0' },
    ]) {
      expect((await no(alice.call('POST', `/media/gifs/send?${query(wrong as Record<string, string>)}`)))[0]).toBe(422);
    }
  });
});
