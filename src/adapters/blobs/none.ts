// No store at all: for who runs commands that bring and read no files.

import type { Blobs } from '../../core/ports.ts';

async function refuse(): Promise<never> {
  throw new Error('No files are kept here.');
}

/** Refuses everything. */
export const noBlobs: Blobs = {
  put: refuse,
  find: refuse,
  read: refuse,
  move: refuse,
  remove: refuse,
  uploadUrl: refuse,
};
