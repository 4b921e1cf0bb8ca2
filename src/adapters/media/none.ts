// No tools for media: for who runs commands that bring no files.

import type { MediaTools } from '../../core/ports.ts';

async function refuse(): Promise<never> {
  throw new Error('No files are looked into here.');
}

/** Refuses everything. */
export const noMedia: MediaTools = {
  recognize: refuse,
  take: refuse,
  clean: refuse,
  portray: refuse,
  canPlay: async () => false,
  play: refuse,
  placeholder: refuse,
};
