// Draws the stickers and GIFs that come with the server into assets/: `node scripts/draw-pictures.mjs`. Not part of the
// build: what it draws is kept beside the sources.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { gifs } from './pictures/gifs.mjs';
import { stickers } from './pictures/stickers.mjs';
import { ROOT } from './setup.mjs';

const stickerSide = 240;
const gifSide = 160;

/** @param {string} path @param {Buffer} bytes */
function keep(path, bytes) {
  const whole = join(ROOT, 'assets', path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, bytes);
}

/** @param {string} inner @param {number} side */
function draw(inner, side) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="${side}" height="${side}">${inner}</svg>`;
  return sharp(Buffer.from(svg));
}

/** @param {string} inner @param {number} side */
function png(inner, side) {
  return draw(inner, side).png({ palette: true, colours: 64, compressionLevel: 9 }).toBuffer();
}

for (const [pack, drawings] of Object.entries(stickers)) {
  const [first] = Object.values(drawings);
  keep(`stickers/${pack}/thumb.png`, await png(/** @type {string} */ (first), stickerSide / 2));
  for (const [id, inner] of Object.entries(drawings)) {
    keep(`stickers/${pack}/${id}.png`, await png(inner, stickerSide));
  }
}

for (const [id, { frames, delay, frame }] of Object.entries(gifs)) {
  const drawn = Array.from({ length: frames }, (_, place) => frame(place / frames));
  const pages = await Promise.all(drawn.map((inner) => draw(inner, gifSide).flatten().png().toBuffer()));
  const moving = sharp(pages, { join: { animated: true } });
  keep(`gifs/${id}.gif`, await moving.gif({ delay, loop: 0, colours: 32, dither: 0, effort: 10 }).toBuffer());
  keep(`gifs/${id}.png`, await png(/** @type {string} */ (drawn[Math.floor(frames / 2)]), gifSide));
}
