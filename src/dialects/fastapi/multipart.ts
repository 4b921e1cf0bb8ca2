// Files as they arrive, in a form or as the whole body: as a stream, never held in memory.

import { PassThrough, type Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../../core/errors.ts';
import { InvalidRequest } from './issues.ts';

/** One file of a form, while it arrives. */
export interface ArrivingFile {
  fileName: string;
  /** MIME, as claimed. */
  type: string;
  bytes: Readable;
}

/** Lets the routes of `app`, and of all inside it, read forms with files. */
export function acceptFiles(app: FastifyInstance): void {
  // How large a file may be is for whoever reads it to say, who may know what it is.
  app.register(multipart, {
    limits: { fileSize: Infinity, files: 1, fields: 20, fieldSize: 10_000, parts: 30, headerPairs: 100 },
    throwFileSizeLimit: false,
  });
}

/**
 * Hands the first file of the form, which must be one of these fields, to `take`. Throws InvalidRequest (422) if the
 * form has none or the request no form, and `invalid` (`upload_broken_off`) if the client goes away.
 */
export async function receiveFile<T>(
  request: FastifyRequest,
  fields: readonly string[],
  take: (file: ArrivingFile) => Promise<T>,
): Promise<T> {
  const found = request.isMultipart() ? await request.file() : undefined;
  if (!found || !fields.includes(found.fieldname)) {
    found?.file.resume();
    throw new InvalidRequest({ type: 'missing', loc: ['body', fields[0]!], msg: 'Field required' });
  }
  const { file: bytes, filename: fileName, mimetype: type } = found;
  return hearOut(request, bytes, () => take({ fileName, type, bytes }));
}

/** Hands the body to `take`, in a route whose scope parses none. Throws `invalid` (`upload_broken_off`). */
export async function receiveBody<T>(request: FastifyRequest, take: (bytes: Readable) => Promise<T>): Promise<T> {
  // Not the request itself: whoever refuses a stream destroys it, and with it the way for the answer.
  const bytes = request.raw.pipe(new PassThrough());
  return hearOut(request, bytes, () => take(bytes));
}

async function hearOut<T>({ raw }: FastifyRequest, bytes: Readable, take: () => Promise<T>): Promise<T> {
  const end = () => {
    if (!raw.complete) bytes.destroy(brokenOff());
  };
  raw.once('close', end);
  // It may break off before anybody reads it.
  bytes.on('error', () => {});
  try {
    return await take();
  } catch (error) {
    throw raw.destroyed && !raw.complete ? brokenOff() : error;
  } finally {
    raw.off('close', end);
    // A client that is still sending does not listen to an answer.
    bytes.resume();
    raw.resume();
  }
}

/** No fault of anybody's, and nobody is left to hear of it. */
function brokenOff(): DomainError {
  return new DomainError('invalid', 'upload_broken_off', 'The upload broke off.');
}
