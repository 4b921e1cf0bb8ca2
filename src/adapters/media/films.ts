// Films and recordings, by the system's ffmpeg where there is one: how long, how large, and a picture from them.

import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { MediaTools, Recording } from '../../core/ports.ts';
import type { Gate } from './gate.ts';

const run = promisify(execFile);
const bounds = { timeout: 20_000, maxBuffer: 8 * 1024 * 1024, killSignal: 'SIGKILL' } as const;

const quiet = ['-v', 'error', '-protocol_whitelist', 'file,pipe'];
const alone = ['-nostdin', '-threads', '1', '-max_pixels', '50000000'];
const oneSmallPicture =
  '-frames:v 1 -an -vf scale=w=320:h=320:force_original_aspect_ratio=decrease -map_metadata -1 -f image2pipe -c:v mjpeg -'.split(
    ' ',
  );
const whatIsTold = [
  '-of',
  'json',
  '-show_entries',
  'format=duration:stream=codec_type,width,height:stream_side_data=rotation',
];

/**
 * The only reader tried for each type: left to guess, ffmpeg would also follow a playlist's word to other files of this
 * machine.
 */
const readers: Readonly<Record<string, string>> = {
  'video/mp4': 'mov',
  'video/x-m4v': 'mov',
  'video/quicktime': 'mov',
  'video/3gpp': 'mov',
  'video/3gpp2': 'mov',
  'audio/mp4': 'mov',
  'video/webm': 'matroska',
  'video/matroska': 'matroska',
  'audio/webm': 'matroska',
  'video/x-msvideo': 'avi',
  'video/ogg': 'ogg',
  'audio/ogg': 'ogg',
  'audio/mpeg': 'mp3',
  'audio/wav': 'wav',
  'audio/flac': 'flac',
  'audio/x-flac': 'flac',
  'audio/aac': 'aac',
  'audio/amr': 'amr',
};

export interface FilmOptions {
  /** The program; ffprobe stands beside it. */
  ffmpeg: string;
  log: { warn(message: string): void };
  gate: Gate;
}

/** The part of the tools that is for films. That there is no ffmpeg is said once. */
export function createFilms({ ffmpeg, log, gate }: FilmOptions): Pick<MediaTools, 'canPlay' | 'play'> {
  const ffprobe = ffmpeg.includes('/') ? join(dirname(ffmpeg), 'ffprobe') : 'ffprobe';
  let found: Promise<boolean> | undefined;

  async function look(): Promise<boolean> {
    try {
      await Promise.all([ffmpeg, ffprobe].map((program) => run(program, ['-version'], bounds)));
      return true;
    } catch {
      log.warn(`No ffmpeg (FFMPEG_PATH is "${ffmpeg}"): videos have a stand-in picture, and no length is read.`);
      return false;
    }
  }

  /** A frame half a second in, or the first of a shorter film. */
  async function posterOf(input: readonly string[]): Promise<Uint8Array | null> {
    for (const at of ['0.5', '0']) {
      const frame = await run(ffmpeg, [...quiet, ...alone, '-ss', at, ...input, ...oneSmallPicture], {
        ...bounds,
        encoding: 'buffer',
      }).catch(() => null);
      if (frame && frame.stdout.length > 0) return frame.stdout;
    }
    return null;
  }

  return {
    canPlay: () => (found ??= look()),

    play: (piece, type) =>
      gate(async () => {
        const reader = readers[type];
        const unknown: Recording = { seconds: null, width: null, height: null, poster: null };
        if (reader === undefined) return unknown;
        const input = ['-f', reader, '-i', `file:${piece.path}`];
        try {
          const { stdout } = await run(ffprobe, [...quiet, ...whatIsTold, ...input], bounds);
          const told = read(JSON.parse(stdout) as Probe);
          const poster = told.width === null ? null : await posterOf(input);
          return { ...told, poster };
        } catch {
          return unknown;
        }
      }),
  };
}

interface Probe {
  format?: { duration?: string };
  streams?: {
    codec_type?: string;
    width?: number;
    height?: number;
    side_data_list?: { rotation?: number }[];
  }[];
}

function read({ format, streams = [] }: Probe): Omit<Recording, 'poster'> {
  const length = Number(format?.duration ?? NaN);
  const seconds = Number.isFinite(length) && length >= 0 && length < 1e7 ? Math.round(length) : null;
  const film = streams.find((stream) => stream.codec_type === 'video');
  const { width = 0, height = 0 } = film ?? {};
  if (width <= 0 || height <= 0) return { seconds, width: null, height: null };
  const lies = film?.side_data_list?.some(({ rotation = 0 }) => Math.abs(rotation) % 180 === 90);
  return lies ? { seconds, width: height, height: width } : { seconds, width, height };
}
