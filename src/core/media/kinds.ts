// What a file is taken for: its content decides, and what was claimed must agree with it.

import { DomainError } from '../errors.ts';

export type MediaKind = 'image' | 'video' | 'audio' | 'document';

const MiB = 1024 * 1024;

/** The most bytes of each kind (URGE's contract, section 4.7). */
export const limits: Readonly<Record<MediaKind, number>> = {
  image: 10 * MiB,
  video: 100 * MiB,
  audio: 20 * MiB,
  document: 20 * MiB,
};

/** The pictures that can be drawn anew, and so be freed of what a camera writes into them. */
const pictures = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);

/** Containers of sound alone as well: many a phone writes its voice notes into them. */
const soundOrFilm = new Set([
  'video/mp4',
  'video/quicktime',
  'video/x-m4v',
  'video/3gpp',
  'video/3gpp2',
  'video/webm',
  'video/matroska',
  'video/ogg',
  'application/ogg',
]);

/** Documents that are handed out under their own name; anything else could be a program and is just bytes. */
const harmlessDocument =
  /^(application\/(pdf|rtf|zip|gzip|json|msword|epub\+zip|vnd\.(ms-(excel|powerpoint)|openxmlformats-officedocument\.[a-z.-]+|oasis\.opendocument\.[a-z.-]+)|x-(7z-compressed|rar-compressed|tar))|text\/(plain|csv|vcard|calendar))$/;

/** What a browser might run. To be uploaded past this server's eyes it is not accepted. */
const program = /html|xml|svg|javascript|ecmascript|css|x-shockwave|wasm|x-httpd|x-sh$|msdownload/;

const bytes = 'application/octet-stream';

const namings: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'audio/m4a': 'audio/mp4',
  'audio/x-m4a': 'audio/mp4',
  'audio/mp3': 'audio/mpeg',
  'audio/x-wav': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'audio/wave': 'audio/wav',
  'audio/opus': 'audio/ogg',
  'video/x-matroska': 'video/matroska',
  'video/vnd.avi': 'video/x-msvideo',
  'video/avi': 'video/x-msvideo',
};

/** A MIME type in one spelling, without parameters. Throws `invalid` (`type_not_allowed`) if it is none. */
export function plainType(text: string): string {
  const type = (text.split(';', 1)[0] ?? '').trim().toLowerCase();
  if (type.length > 127 || !/^[a-z0-9][\w.+-]*\/[\w.+-]+$/.test(type)) throw typeNotAllowed();
  return usual(type);
}

function usual(type: string): string {
  return namings[type] ?? type;
}

/** What a file of this type claims to be. */
export function claimedKind(type: string): MediaKind {
  if (type === 'image/svg+xml') return 'document';
  const [, kind] = /^(image|video|audio)\//.exec(type) ?? [];
  return (kind as MediaKind | undefined) ?? 'document';
}

/**
 * Refuses what nothing of this server would see before a browser does. Throws `invalid` (`type_not_allowed`); the same
 * file is welcome through the server, which hands it out as bytes to be saved.
 */
export function refuseUnseen(type: string): void {
  if (program.test(type) || (claimedKind(type) === 'image' && !pictures.has(type))) throw typeNotAllowed();
}

/** What a file is, and under which type it is handed out. */
export interface Verdict {
  kind: MediaKind;
  type: string;
}

/**
 * Judges a file by what was claimed and what its content is (null: not known). Throws `invalid`: `type_not_allowed` for
 * a picture of a kind that cannot be drawn anew, `type_mismatch` where the claim is not true.
 */
export function judge(claimed: string, content: string | null): Verdict {
  const real = content === null ? null : usual(content);
  switch (claimedKind(claimed)) {
    case 'image':
      if (real !== null && pictures.has(real)) return { kind: 'image', type: real };
      throw real?.startsWith('image/') || !pictures.has(claimed) ? typeNotAllowed() : mismatch();
    case 'video':
      if (real?.startsWith('video/')) return { kind: 'video', type: real };
      throw mismatch();
    case 'audio':
      if (real?.startsWith('audio/')) return { kind: 'audio', type: real };
      if (real !== null && soundOrFilm.has(real)) return { kind: 'audio', type: soundOf(real) };
      throw mismatch();
    case 'document':
      return judgeDocument(claimed, real);
  }
}

function judgeDocument(claimed: string, real: string | null): Verdict {
  const shown = real === null ? 'document' : claimedKind(real);
  if (claimed === bytes && real !== null) {
    if (pictures.has(real)) return { kind: 'image', type: real };
    if (shown === 'video' || shown === 'audio') return { kind: shown, type: real };
  }
  if (claimed !== bytes && shown !== 'document') throw mismatch();
  if ((claimed === 'application/pdf') !== (real === 'application/pdf') && claimed !== bytes) throw mismatch();
  return { kind: 'document', type: harmlessDocument.test(claimed) ? claimed : bytes };
}

/** `video/mp4` without pictures is `audio/mp4`. */
function soundOf(container: string): string {
  if (container === 'video/webm' || container === 'video/matroska') return 'audio/webm';
  return container === 'application/ogg' || container === 'video/ogg' ? 'audio/ogg' : 'audio/mp4';
}

export function tooLarge(): DomainError {
  return new DomainError('invalid', 'too_large', 'The file is too large.', { field: 'file' });
}

function typeNotAllowed(): DomainError {
  return new DomainError('invalid', 'type_not_allowed', 'Files of this type are not accepted.', { field: 'file' });
}

function mismatch(): DomainError {
  const text = 'The file is not what it claims to be.';
  return new DomainError('invalid', 'type_mismatch', text, { field: 'file' });
}
