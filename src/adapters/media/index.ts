// Looking into media: files to work on, sharp for pictures, the system's ffmpeg for films.

import { fileTypeFromBuffer } from 'file-type';
import type { MediaTools } from '../../core/ports.ts';
import { createFilms } from './films.ts';
import { createGate } from './gate.ts';
import { createPictures } from './pictures.ts';
import { openBench } from './pieces.ts';

export interface MediaOptions {
  /** Where files lie while they are worked on: not in memory, as the system's temporary folder may be. */
  folder: string;
  ffmpeg: string;
  log: { warn(message: string): void };
}

/** Decoded at once, all under way together stay within some hundred megabytes. */
const picturesAtOnce = 2;
const filmsAtOnce = 1;

/** Opens the workshop, and removes what a process that died has left in it. */
export async function openMedia({ folder, ffmpeg, log }: MediaOptions): Promise<MediaTools> {
  const bench = await openBench(folder, recognize);
  const pictures = createPictures(bench, createGate(picturesAtOnce));
  const films = createFilms({ ffmpeg, log, gate: createGate(filmsAtOnce) });
  return { recognize, take: bench.take, ...pictures, ...films };
}

async function recognize(head: Uint8Array): Promise<string | null> {
  return (await fileTypeFromBuffer(head))?.mime ?? null;
}
