// How a file is handed out: whole or in part, again or not, and never so that a browser would run it.

import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface SentFile {
  /** Changes when the bytes do. */
  tag: string;
  type: string;
  /** What it is called when it is saved. */
  fileName: string;
  /** Saved, not shown. */
  download: boolean;
  size: number;
  modifiedAt: number;
  /** How long others may keep it without asking. */
  maxAge: number;
  /** The bytes from `start` to `end`, which count. Null: they are lost. */
  open(part?: Part): Promise<Readable | null>;
}

interface Part {
  start: number;
  end: number;
}

/** Answers GET and HEAD: 200, 206 for one range, 304 for what the client has, 416 for a range beyond the end. */
export async function sendFile(request: FastifyRequest, reply: FastifyReply, file: SentFile): Promise<FastifyReply> {
  const tag = `"${file.tag}"`;
  reply.headers({
    'content-type': file.type,
    'content-disposition': disposition(file),
    'accept-ranges': 'bytes',
    etag: tag,
    'last-modified': new Date(file.modifiedAt).toUTCString(),
    'cache-control': file.maxAge > 0 ? `public, max-age=${file.maxAge}, immutable` : 'no-cache',
    'x-content-type-options': 'nosniff',
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; img-src 'self'; sandbox",
  });
  if (isKnown(request, tag, file.modifiedAt)) return reply.code(304).send();

  const part = rangeOf(request, tag, file);
  if (part === 'beyond') {
    return reply.code(416).header('content-range', `bytes */${file.size}`).header('content-length', 0).send();
  }
  if (part) reply.code(206).header('content-range', `bytes ${part.start}-${part.end}/${file.size}`);
  reply.header('content-length', part ? part.end - part.start + 1 : file.size);
  if (request.method === 'HEAD') return reply.send();

  const bytes = await file.open(part);
  if (!bytes) throw new Error(`The bytes of a file are lost: ${file.tag}`);
  return reply.send(bytes);
}

function isKnown({ headers }: FastifyRequest, tag: string, modifiedAt: number): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined)
    return tags === '*' || tags.split(',').some((each) => each.trim().replace(/^W\//, '') === tag);
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return Math.floor(modifiedAt / 1_000) * 1_000 <= since;
}

/** The one range asked for; none for several, for what is no range, and for one of another version. */
function rangeOf({ headers }: FastifyRequest, tag: string, file: SentFile): Part | 'beyond' | undefined {
  const version = headers['if-range'];
  const isSame = version === undefined || version === tag || version === new Date(file.modifiedAt).toUTCString();
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(isSame ? (headers.range ?? '') : '') ?? [];
  if (from === undefined || to === undefined || from + to === '') return undefined;
  const last = file.size - 1;
  const start = from === '' ? Math.max(0, file.size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? last : Math.min(last, Number(to));
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  return start > last || start > end ? 'beyond' : { start, end };
}

function disposition({ download, fileName }: SentFile): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const exact = encodeURIComponent(fileName).replace(/['()*]/g, (each) => `%${each.charCodeAt(0).toString(16)}`);
  return `${download ? 'attachment' : 'inline'}; filename="${plain}"; filename*=UTF-8''${exact}`;
}
