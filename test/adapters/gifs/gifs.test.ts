// One suite over all catalogues of GIFs; and what the vendors are sent, and what becomes of their failures.

import { describe, expect, test, vi } from 'vitest';
import { createBundledGifs } from '../../../src/adapters/gifs/bundled.ts';
import { openGifs } from '../../../src/adapters/gifs/index.ts';
import { remembered } from '../../../src/adapters/gifs/remembered.ts';
import type { GifRequest, Gifs } from '../../../src/core/ports.ts';
import { nobody, startVendor, type Call, type Reply } from '../../support/vendor.ts';

const key = 'k-SECRET-KEY';
const wanted: GifRequest = { text: 'hello', language: 'zh', limit: 2, offset: 0 };

const giphyGif = (id: string) => ({
  id,
  title: `GIF ${id}`,
  images: {
    fixed_height: { url: `https://media.example/${id}.gif`, width: '267', height: '200' },
    fixed_height_still: { url: `https://media.example/${id}_s.gif` },
  },
});
const klipyGif = (id: string) => ({
  id,
  content_description: `GIF ${id}`,
  tags: ['wave'],
  media_formats: {
    gif: { url: `https://media.example/${id}.gif`, dims: [267, 200] },
    gifpreview: { url: `https://media.example/${id}.png` },
  },
});

const vendors = {
  giphy: (ids: string[]) => ({ data: ids.map(giphyGif), pagination: { total_count: 321, count: 2, offset: 0 } }),
  tenor: (ids: string[]) => ({ results: ids.map(klipyGif), next: '2' }),
};
type Vendor = keyof typeof vendors;
const names = Object.keys(vendors) as Vendor[];

async function open(vendor: Vendor, answer: (call: Call) => Reply) {
  const warn = vi.fn<(message: string) => void>();
  const { url: baseUrl, calls } = await startVendor(answer);
  const settings = { key, baseUrl };
  const providers = openGifs({
    giphy: vendor === 'giphy' ? settings : null,
    klipy: vendor === 'tenor' ? settings : null,
    log: { warn },
  });
  return { gifs: providers[vendor], other: providers[vendor === 'giphy' ? 'tenor' : 'giphy'], calls, warn };
}

describe.each(['bundled', ...names] as const)('%s', (name) => {
  async function catalogue(): Promise<Gifs> {
    if (name === 'bundled') return createBundledGifs();
    return (await open(name, () => ({ status: 200, body: vendors[name](['a', 'b']) }))).gifs;
  }

  test.each([['hello'], [null]])('%j finds GIFs that can be shown', async (text) => {
    const gifs = await catalogue();
    const page = await gifs.find({ ...wanted, text });
    expect(page.attribution).not.toBe('');
    expect(page.gifs.length).toBeGreaterThan(0);
    expect(page.gifs.length).toBeLessThanOrEqual(2);
    expect(page.total).toBeGreaterThanOrEqual(page.gifs.length);
    for (const gif of page.gifs) {
      expect(gif).toEqual({
        id: expect.stringMatching(/./),
        title: expect.stringMatching(/./),
        url: expect.stringMatching(/^(https:\/\/|\/static\/)/),
        previewUrl: expect.stringMatching(/^(https:\/\/|\/static\/)/),
        width: expect.any(Number),
        height: expect.any(Number),
        tags: expect.any(Array),
      });
      expect(gif.width).toBeGreaterThan(0);
    }
  });
});

test('Giphy is asked as its own clients ask it', async () => {
  const { gifs, other, calls } = await open('giphy', () => ({ status: 200, body: vendors.giphy(['a']) }));
  expect(await gifs.find({ ...wanted, text: 'a & b', offset: 4 })).toEqual({
    attribution: 'Powered by GIPHY',
    total: 321,
    gifs: [
      {
        id: 'a',
        title: 'GIF a',
        url: 'https://media.example/a.gif',
        previewUrl: 'https://media.example/a_s.gif',
        width: 267,
        height: 200,
        tags: [],
      },
    ],
  });
  await gifs.find({ ...wanted, text: null });
  expect(other.name).toBe('bundled');
  const [search, trending] = calls.map(({ path }) => new URL(path, 'http://vendor'));
  expect(search!.pathname).toBe('/v1/gifs/search');
  expect(Object.fromEntries(search!.searchParams)).toEqual({
    api_key: key,
    q: 'a & b',
    lang: 'zh-CN',
    limit: '2',
    offset: '4',
    rating: 'g',
  });
  expect(trending!.pathname).toBe('/v1/gifs/trending');
  expect(Object.fromEntries(trending!.searchParams)).toEqual({ api_key: key, limit: '2', offset: '0', rating: 'g' });
});

test('KLIPY is asked as Tenor was', async () => {
  const { gifs, calls } = await open('tenor', () => ({ status: 200, body: vendors.tenor(['a']) }));
  expect(await gifs.find({ ...wanted, offset: 2 })).toMatchObject({
    attribution: 'Powered by KLIPY',
    total: 1,
    gifs: [{ id: 'a', previewUrl: 'https://media.example/a.png', width: 267, height: 200, tags: ['wave'] }],
  });
  const search = new URL(calls[0]!.path, 'http://vendor');
  expect(search.pathname).toBe('/v2/search');
  expect(Object.fromEntries(search.searchParams)).toEqual({
    key,
    q: 'hello',
    limit: '2',
    pos: '2',
    locale: 'zh-CN',
    contentfilter: 'high',
    media_filter: 'gif,gifpreview',
  });
});

describe.each(names)('a vendor (%s) that fails', (vendor) => {
  test.each<[string, Reply]>([
    ['refuses the key', { status: 401, body: { message: `bad key ${key}` } }],
    ['is overwhelmed', { status: 429 }],
    ['is broken', { status: 500, body: 'oops' }],
    ['says something else', { status: 200, body: '<html>' }],
    ['says a list', { status: 200, body: '[]' }],
    ['sends elsewhere', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
    ['breaks off', 'cut'],
  ])('%s: unavailable, and the operator learns of it without the key', async (_what, reply) => {
    const { gifs, warn } = await open(vendor, () => reply);
    const failure: unknown = await gifs.find(wanted).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'unavailable', reason: 'no_gifs' });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(JSON.stringify([failure, String(failure), warn.mock.calls])).not.toContain(key);
  });

  test('is not there: unavailable; and asked again it is asked again', async () => {
    const warn = vi.fn<(message: string) => void>();
    const settings = { key, baseUrl: await nobody() };
    const gifs = openGifs({ giphy: settings, klipy: settings, log: { warn } })[vendor];
    for (let turn = 1; turn <= 2; turn += 1) {
      await expect(gifs.find(wanted)).rejects.toMatchObject({ code: 'unavailable' });
      expect(warn).toHaveBeenCalledTimes(turn);
    }
  });

  test('what cannot be shown is left out', async () => {
    const bad = { ...giphyGif('x'), ...klipyGif('x') };
    const body = {
      data: [null, 1, {}, { ...bad, images: { fixed_height: { url: 'javascript:alert(1)' } } }, giphyGif('ok')],
      results: [null, 1, {}, { ...bad, media_formats: { gif: { url: 'data:text/html,x' } } }, klipyGif('ok')],
    };
    const { gifs } = await open(vendor, () => ({ status: 200, body }));
    const page = await gifs.find(wanted);
    expect(page.gifs.map(({ id }) => id)).toEqual(['ok']);
    expect(page.total).toBe(1);
  });
});

describe('what was asked lately', () => {
  function counted(answer: Gifs['find'] = async () => ({ attribution: '', gifs: [], total: 0 })) {
    const find = vi.fn(answer);
    let now = 0;
    return { find, gifs: remembered({ name: 'counted', find }, () => now), pass: (time: number) => (now += time) };
  }

  test('is not asked again for ten minutes, whoever asks and however it is written', async () => {
    const { find, gifs, pass } = counted();
    await Promise.all([gifs.find(wanted), gifs.find({ ...wanted, text: ' HELLO ' })]);
    pass(599_000);
    await gifs.find(wanted);
    expect(find).toHaveBeenCalledTimes(1);
    pass(2_000);
    await gifs.find(wanted);
    expect(find).toHaveBeenCalledTimes(2);
    await gifs.find({ ...wanted, offset: 2 });
    await gifs.find({ ...wanted, text: null });
    await gifs.find({ ...wanted, language: 'ko' });
    expect(find).toHaveBeenCalledTimes(5);
  });

  test('is forgotten when there is too much of it, what was not asked for longest first', async () => {
    const { find, gifs } = counted();
    for (let page = 0; page < 500; page += 1) await gifs.find({ ...wanted, offset: page });
    await gifs.find({ ...wanted, offset: 0 });
    await gifs.find({ ...wanted, offset: 500 });
    expect(find).toHaveBeenCalledTimes(501);
    await gifs.find({ ...wanted, offset: 0 });
    expect(find).toHaveBeenCalledTimes(501);
    await gifs.find({ ...wanted, offset: 1 });
    expect(find).toHaveBeenCalledTimes(502);
  });

  test('a failure is not kept', async () => {
    const { find, gifs } = counted(async () => {
      throw new Error('no');
    });
    await expect(gifs.find(wanted)).rejects.toThrow('no');
    await expect(gifs.find(wanted)).rejects.toThrow('no');
    expect(find).toHaveBeenCalledTimes(2);
  });
});
