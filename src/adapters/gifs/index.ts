// Where GIFs are found here.

import type { GifProviders } from '../../core/ports.ts';
import { createBundledGifs } from './bundled.ts';
import { createGiphy } from './giphy.ts';
import { createKlipy } from './klipy.ts';
import { remembered } from './remembered.ts';

export interface GifOptions {
  /** Null: no key. */
  giphy: { key: string; baseUrl: string } | null;
  klipy: { key: string; baseUrl: string } | null;
  log: { warn(message: string): void };
}

/** Opens the catalogues: each vendor if its key is there, else what comes with the server. */
export function openGifs({ giphy, klipy, log }: GifOptions): GifProviders {
  const bundled = createBundledGifs();
  return {
    giphy: giphy ? remembered(createGiphy({ ...giphy, log })) : bundled,
    tenor: klipy ? remembered(createKlipy({ ...klipy, log })) : bundled,
  };
}

/** For what looks for none, and tests of other things. */
export const bundledGifs: GifProviders = openGifs({ giphy: null, klipy: null, log: { warn: () => {} } });
