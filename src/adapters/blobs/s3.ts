// Blobs in a bucket: Amazon's S3, or any other that speaks like it. Clients upload to it, at addresses signed here.
//
// Nothing but single requests of known length is needed: no file is larger than 100 MiB, and a client's own upload is
// one PUT. So nothing unfinished can be left in the bucket either.

import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { AwsV4Signer } from 'aws4fetch';
import { DomainError } from '../../core/errors.ts';
import type { BlobAbout, Blobs } from '../../core/ports.ts';
import { bucketAddress, type BucketPlace } from './bucket.ts';
import { keyPath } from './keys.ts';

export interface S3Options extends BucketPlace {
  accessKeyId: string;
  secretAccessKey: string;
  log: { warn(message: string): void };
  /** How long a request may take that carries no bytes. */
  patience?: number;
}

interface Request {
  method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  key: string;
  headers?: Record<string, string>;
  body?: { size: number; bytes: () => Readable };
}

interface Answer {
  status: number;
  /** S3's word for what is wrong. */
  code: string | null;
  response: Response;
}

const attempts = 3;
/** Bytes a second: slower than this is no progress. */
const slowest = 64 * 1024;

/** Opens the bucket; nothing is asked of it yet. */
export function openS3(options: S3Options): Blobs {
  const { log, patience = 15_000 } = options;
  const base = bucketAddress(options);
  const credentials = {
    accessKeyId: options.accessKeyId,
    secretAccessKey: options.secretAccessKey,
    region: options.region,
    service: 's3',
    // Or the type and the length would be anybody's to change.
    allHeaders: true,
  };

  async function once(url: string, { method, headers = {}, body }: Request): Promise<Answer> {
    const length = body || method === 'PUT' ? { 'content-length': String(body?.size ?? 0) } : {};
    const signed = await new AwsV4Signer({
      ...credentials,
      method,
      url,
      headers: { ...headers, ...length },
    }).sign();
    const waiting = new AbortController();
    const limit = patience + ((body?.size ?? 0) / slowest) * 1_000;
    const timer = setTimeout(() => waiting.abort(new Error(`no answer after ${Math.round(limit)} ms`)), limit);
    const bytes = body?.bytes();
    try {
      const response = await fetch(signed.url, {
        method,
        headers: signed.headers,
        signal: waiting.signal,
        redirect: 'error',
        ...(bytes && { body: Readable.toWeb(bytes), duplex: 'half' as const }),
      });
      const code = response.ok ? null : await codeOf(response);
      return { status: response.status, code, response };
    } finally {
      clearTimeout(timer);
      bytes?.destroy();
    }
  }

  /** Asks again where that may help. Throws `unavailable` for an answer that none of `expected` is. */
  async function ask(request: Request, ...expected: number[]): Promise<Answer> {
    const url = `${base}/${keyPath(request.key)}`;
    let reason = '';
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      if (attempt > 1) await sleep(100 * 2 ** attempt * (0.5 + Math.random()));
      try {
        const answer = await once(url, request);
        if (expected.includes(answer.status)) return answer;
        reason = `${answer.status} ${answer.code ?? ''}`.trim();
        if (answer.status < 500 && answer.status !== 429) break;
      } catch (error) {
        reason = reasonOf(error);
      }
    }
    log.warn(`S3 failed to ${request.method} in bucket ${options.bucket}: ${reason}.`);
    const text = 'Files cannot be stored or read at the moment.';
    throw new DomainError('unavailable', 'store_unavailable', text, { retryAfter: 30 });
  }

  /** Without the right to list a bucket, what is not there is forbidden. */
  function isAbsent({ status, code }: Answer): boolean {
    if (status === 404) return true;
    if (status !== 403) return false;
    if (code !== null && code !== 'AccessDenied') {
      log.warn(`S3 refuses what this server asks of bucket ${options.bucket}: ${code}.`);
      throw new DomainError('unavailable', 'store_unavailable', 'Files cannot be stored or read at the moment.');
    }
    return true;
  }

  async function remove(key: string): Promise<void> {
    await discard(await ask({ method: 'DELETE', key }, 200, 204, 404));
  }

  return {
    async put(key, size, bytes, about) {
      await discard(await ask({ method: 'PUT', key, headers: headersOf(about), body: { size, bytes } }, 200, 201));
    },

    async find(key) {
      const answer = await ask({ method: 'HEAD', key }, 200, 403, 404);
      if (isAbsent(answer)) return null;
      return { size: Number(answer.response.headers.get('content-length')) };
    },

    async read(key, part) {
      const headers = part ? { range: `bytes=${part.start}-${part.end}` } : {};
      const answer = await ask({ method: 'GET', key, headers }, 200, 206, 403, 404);
      if (isAbsent(answer)) return null;
      const { body } = answer.response;
      return body ? Readable.fromWeb(body) : Readable.from([]);
    },

    async move(from, to, about) {
      const headers = {
        'x-amz-copy-source': `/${options.bucket}/${keyPath(from)}`,
        'x-amz-metadata-directive': 'REPLACE',
        ...headersOf(about),
      };
      const answer = await ask({ method: 'PUT', key: to, headers }, 200, 201, 403, 404);
      if (isAbsent(answer)) return false;
      // A copy may fail after its 200.
      const told = await answer.response.text();
      if (told.includes('<Error>')) throw new Error(`S3 failed to copy: ${wordIn(told) ?? 'no reason'}`);
      await remove(from);
      return true;
    },

    remove,

    async uploadUrl(key, { type, size, expiresAt }) {
      const url = new URL(`${base}/${keyPath(key)}`);
      const seconds = Math.max(1, Math.round((expiresAt - Date.now()) / 1_000));
      url.searchParams.set('X-Amz-Expires', String(seconds));
      const signed = await new AwsV4Signer({
        ...credentials,
        method: 'PUT',
        url: url.href,
        headers: { 'content-type': type, ...(size !== null && { 'content-length': String(size) }) },
        signQuery: true,
      }).sign();
      return signed.url.href;
    },
  };
}

function headersOf({ type, download }: BlobAbout): Record<string, string> {
  return {
    'content-type': type,
    'cache-control': 'public, max-age=86400, immutable',
    ...(download && { 'content-disposition': 'attachment' }),
  };
}

async function codeOf(response: Response): Promise<string | null> {
  return wordIn(await response.text().catch(() => ''));
}

function wordIn(xml: string): string | null {
  return /<Code>(\w+)<\/Code>/.exec(xml)?.[1] ?? null;
}

async function discard({ response }: Answer): Promise<void> {
  await response.body?.cancel().catch(() => {});
}

/** Never with an address in it: that holds a key, and a key may be a capability. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code, message } = cause as { code?: string; message?: string };
  return code ?? message ?? 'no answer';
}
