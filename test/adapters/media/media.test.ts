// The tools for media: what is recognized, drawn anew, looked into; and how little of it at once.

import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createGate } from '../../../src/adapters/media/gate.ts';
import { openMedia } from '../../../src/adapters/media/index.ts';
import type { MediaTools } from '../../../src/core/ports.ts';

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
let folder: string;
let tools: MediaTools;
const warn = vi.fn();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parlance-test-'));
  tools = await openMedia({ folder: join(folder, 'bench'), ffmpeg: 'ffmpeg', log: { warn } });
});
afterAll(() => rm(folder, { recursive: true }));

const take = (bytes: Buffer) => tools.take(Readable.from([bytes]), 1e9);
const onBench = () => readdir(join(folder, 'bench'));

test('a piece is there until it is discarded', async () => {
  const piece = await take(Buffer.from('%PDF-1.4\n'));
  expect(piece).toMatchObject({ size: 9, type: 'application/pdf' });
  expect(await onBench()).toHaveLength(1);
  await piece.discard();
  expect(await onBench()).toEqual([]);
});

test('too much, or what breaks off, is not there at all', async () => {
  await expect(tools.take(Readable.from([Buffer.alloc(11)]), 10)).rejects.toMatchObject({ reason: 'too_large' });
  const broken = new Readable({ read() {} });
  broken.push('x');
  setTimeout(() => broken.destroy(new Error('gone')), 10);
  await expect(tools.take(broken, 10)).rejects.toThrow('gone');
  expect(await onBench()).toEqual([]);
});

test('what is no picture leaves nothing', async () => {
  const jpeg = await sharp(randomBytes(3 * 200 * 200), { raw: { width: 200, height: 200, channels: 3 } })
    .jpeg()
    .toBuffer();
  const half = jpeg.subarray(0, jpeg.length / 2);
  for (const bytes of [half, Buffer.concat([jpeg.subarray(0, 20), Buffer.alloc(900)]), Buffer.from('hello')]) {
    const piece = await take(bytes);
    await expect(tools.clean(piece)).rejects.toMatchObject({ reason: 'bad_picture' });
    await piece.discard();
  }
  expect(await onBench()).toEqual([]);
});

test('a moving WebP still moves', async () => {
  const frames = await sharp(Buffer.alloc(20 * 40 * 3, 90), {
    raw: { width: 20, height: 40, channels: 3, pageHeight: 20 },
  })
    .webp({ delay: [100, 100] })
    .toBuffer();
  const source = await take(frames);
  const { piece, width, height } = await tools.clean(source);
  expect({ width, height }).toEqual({ width: 20, height: 20 });
  expect((await sharp(piece.path, { animated: true }).metadata()).pages ?? 1).toBe(
    (await sharp(frames).metadata()).pages ?? 1,
  );
  await Promise.all([source.discard(), piece.discard()]);
});

test('a film without a picture has a stand-in', async () => {
  expect(await sharp(await tools.placeholder()).metadata()).toMatchObject({ format: 'jpeg', width: 320, height: 180 });
});

describe('without ffmpeg', () => {
  test('that is said once, and films are not looked into', async () => {
    const said = vi.fn();
    const without = await openMedia({ folder, ffmpeg: '/nowhere/ffmpeg', log: { warn: said } });
    expect([await without.canPlay(), await without.canPlay()]).toEqual([false, false]);
    expect(said.mock.calls).toEqual([
      ['No ffmpeg (FFMPEG_PATH is "/nowhere/ffmpeg"): videos have a stand-in picture, and no length is read.'],
    ]);
  });
});

test('ffmpeg is here', { skip: hasFfmpeg }, () => {
  expect(process.env.CI, 'CI installs ffmpeg').toBeUndefined();
  process.stderr.write('ffmpeg is not installed: looking into videos and recordings is not tested.\n');
});

describe.runIf(hasFfmpeg)('with ffmpeg', () => {
  const make = async (name: string, ...args: string[]) => {
    const path = join(folder, name);
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', ...args, '-y', path]);
    return take(await readFile(path));
  };

  test.each([
    ['film.mp4', 'video/mp4', 2],
    ['film.webm', 'video/webm', 1],
    ['film.mov', 'video/quicktime', 1],
  ])('%s: its length, its size, a picture', async (name, type, seconds) => {
    const film = await make(name, '-i', `testsrc=size=640x360:rate=5:duration=${seconds}`, '-pix_fmt', 'yuv420p');
    expect(film.type).toBe(type);
    const { poster, ...told } = await tools.play(film, type);
    expect(told).toEqual({ seconds, width: 640, height: 360 });
    expect(await sharp(poster!).metadata()).toMatchObject({ format: 'jpeg', width: 320, height: 180 });
    await film.discard();
  });

  test('a film shorter than half a second has a picture too', async () => {
    const film = await make('short.mp4', '-i', 'testsrc=size=64x64:rate=10:duration=0.2', '-pix_fmt', 'yuv420p');
    expect((await tools.play(film, 'video/mp4')).poster).not.toBeNull();
    await film.discard();
  });

  test.each([
    ['voice.m4a', 'audio/mp4'],
    ['voice.mp3', 'audio/mpeg'],
    ['voice.wav', 'audio/wav'],
    ['voice.ogg', 'audio/ogg'],
  ])('%s: its length', async (name, type) => {
    const voice = await make(name, '-i', 'sine=duration=3');
    expect(await tools.play(voice, type)).toEqual({ seconds: 3, width: null, height: null, poster: null });
    await voice.discard();
  });

  test('a playlist is not followed, and what is broken says nothing', async () => {
    for (const content of ['#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n', '']) {
      const piece = await take(Buffer.from(content));
      const nothing = { seconds: null, width: null, height: null, poster: null };
      expect(await tools.play(piece, 'video/mp4')).toEqual(nothing);
      expect(await tools.play(piece, 'video/unheard-of')).toEqual(nothing);
      await piece.discard();
    }
  });
});

test('a gate lets few in at once, in turn, whatever becomes of them', async () => {
  const gate = createGate(2);
  const order: number[] = [];
  let inside = 0;
  let most = 0;
  const all = Array.from({ length: 7 }, (_, index) =>
    gate(async () => {
      most = Math.max(most, (inside += 1));
      order.push(index);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
      if (index === 1) throw new Error('no');
    }),
  );
  const outcomes = await Promise.allSettled(all);
  expect(most).toBe(2);
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
});
