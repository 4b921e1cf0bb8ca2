// The GIFs that come with the server: drawn by scripts/draw-pictures.mjs, kept in assets/gifs.

import type { Gif, Gifs } from '../../core/ports.ts';
import { catalogue, type Words } from './catalogue.ts';

const side = 160;
const languages = ['en', 'id', 'ja', 'ko', 'zh'] as const;

/** They are found by any of their words, in any language, and named in the reader's. */
export function createBundledGifs(): Gifs {
  return {
    name: 'bundled',
    async find({ text, language, limit, offset }) {
      const wanted = text?.trim().toLowerCase() ?? '';
      const found = Object.entries(catalogue).filter(([id, words]) => `${id},${words.join(',')}`.includes(wanted));
      const gifs = found.slice(offset, offset + limit).map(([id, words]) => asGif(id, words, language));
      return { attribution: 'Parlance', gifs, total: found.length };
    },
  };
}

function asGif(id: string, words: Words, language: string): Gif {
  const tags = words[Math.max(0, (languages as readonly string[]).indexOf(language))]!.split(', ');
  const url = `/static/gifs/${id}`;
  return { id, title: tags[0]!, url: `${url}.gif`, previewUrl: `${url}.png`, width: side, height: side, tags };
}
