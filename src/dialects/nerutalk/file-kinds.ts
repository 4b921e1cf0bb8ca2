// What the ending of a file's name says it is (contract, 6.4). Its content must agree with it.

import { DomainError } from '../../core/errors.ts';
import { endingOf } from '../../core/media/names.ts';

export const fileTypes = ['image', 'video', 'audio', 'file'] as const;
/** As a message bears it. */
export type FileType = (typeof fileTypes)[number];

/** Clients declare many a file as bytes and no more: this is what its name claims. */
const claims: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  avi: 'video/x-msvideo',
  mkv: 'video/matroska',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  ogg: 'audio/ogg',
  aac: 'audio/aac',
  m4a: 'audio/mp4',
  pdf: 'application/pdf',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  txt: 'text/plain',
};

export interface FileKind {
  extension: string;
  /** MIME. */
  claim: string;
  type: FileType;
}

/** Throws `invalid` (`type_not_allowed`) unless files of this name may be brought. */
export function kindOfName(fileName: string, extensions: readonly string[]): FileKind {
  const extension = fileName.includes('.') ? endingOf(fileName) : '';
  if (!extensions.includes(extension)) throw typeNotAllowed();
  const claim = claims[extension] ?? 'application/octet-stream';
  const type = fileTypes.find((each) => claim.startsWith(`${each}/`)) ?? 'file';
  return { extension, claim, type };
}

/** The type that the client says, or else the name; a picture or a film must be one. Throws as `kindOfName`. */
export function typeFor({ type }: FileKind, said: FileType | undefined): FileType {
  if ((said === 'image' || said === 'video') && said !== type) throw typeNotAllowed();
  return said ?? type;
}

function typeNotAllowed(): DomainError {
  return new DomainError('invalid', 'type_not_allowed', 'Files of this type are not accepted.', { field: 'file' });
}
