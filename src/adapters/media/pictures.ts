// Pictures, by sharp: drawn anew, so that nothing but the picture is left of what was sent.

import sharp, { type Sharp, type SharpOptions } from 'sharp';
import { DomainError } from '../../core/errors.ts';
import type { MediaTools, Picture, Piece, Small } from '../../core/ports.ts';
import type { Gate } from './gate.ts';
import type { Bench } from './pieces.ts';

// What it keeps of one picture is of no use for the next; one thread for each picture leaves others to the server.
sharp.cache(false);
sharp.concurrency(1);

/** A telephone's largest, and no bomb: some 200 MB once decoded. */
const mostPixels = 50e6;
const mostSeconds = 30;
const usualSmall: Small = { side: 320, quality: 80 };

const options: SharpOptions = { limitInputPixels: mostPixels, failOn: 'error', sequentialRead: true };

const filmPicture = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="180">
  <rect width="320" height="180" fill="#2b2f36"/><circle cx="160" cy="90" r="34" fill="#ffffff" fill-opacity="0.85"/>
  <path d="M150 72 L180 90 L150 108 Z" fill="#2b2f36"/></svg>`;

/** Draws each format as itself. A GIF stays as it is: no camera writes them, and it may move. */
const draw: Readonly<Record<string, (picture: Sharp) => Sharp>> = {
  'image/jpeg': (picture) => picture.jpeg({ quality: 90 }),
  'image/png': (picture) => picture.png({ compressionLevel: 6 }),
  'image/webp': (picture) => picture.webp({ quality: 90 }),
};

/** The part of the tools that is for pictures. */
export function createPictures(bench: Bench, gate: Gate): Pick<MediaTools, 'clean' | 'portray' | 'placeholder'> {
  let standIn: Promise<Uint8Array> | undefined;

  async function redrawn(source: Piece): Promise<Piece> {
    const type = source.type ?? '';
    const drawAs = draw[type];
    if (!drawAs) return bench.take(source.open(), source.size);
    // Moving WebP moves on; of all else there is one page.
    return redraw(source, type, drawAs, type === 'image/webp');
  }

  function redraw(source: Piece, type: string, drawAs: (picture: Sharp) => Sharp, animated = false): Promise<Piece> {
    const picture = sharp(source.path, { ...options, animated }).timeout({ seconds: mostSeconds });
    return bench.make(type, (path) => drawAs(picture.autoOrient()).toFile(path));
  }

  /** What cannot be drawn is no picture. */
  function drawn(make: () => Promise<Piece>, small: Small, fit: 'inside' | 'cover'): Promise<Picture> {
    return gate(async () => {
      try {
        const piece = await make();
        try {
          const { width, height, pageHeight } = await sharp(piece.path, options).metadata();
          const thumbnail = await sharp(piece.path, options)
            .timeout({ seconds: mostSeconds })
            .resize({ width: small.side, height: small.side, fit, withoutEnlargement: true })
            .flatten({ background: '#ffffff' })
            .jpeg({ quality: small.quality })
            .toBuffer();
          return { piece, width, height: pageHeight ?? height, thumbnail };
        } catch (error) {
          await piece.discard();
          throw error;
        }
      } catch (error) {
        // A full disk is no fault of the picture.
        if (error instanceof Error && 'code' in error) throw error;
        throw new DomainError('invalid', 'bad_picture', 'The picture is broken or too large.', { field: 'file' });
      }
    });
  }

  const asPortrait = (picture: Sharp) => picture.flatten({ background: '#ffffff' }).jpeg({ quality: 90 });

  return {
    clean: (source, small = usualSmall) => drawn(() => redrawn(source), small, 'inside'),

    portray: (source, small) => drawn(() => redraw(source, 'image/jpeg', asPortrait), small, 'cover'),

    placeholder: () => (standIn ??= sharp(Buffer.from(filmPicture)).jpeg({ quality: 80 }).toBuffer()),
  };
}
