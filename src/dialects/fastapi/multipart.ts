// Files as they arrive, in a form or as the whole body: as a stream, never held in memory.

import { PassThrough, type Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../../core/errors.ts';
import { InvalidRequest, valueError } from './issues.ts';
import { screen } from './screening.ts';

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
  const found = request.isMultipart() ? await request.file().catch(refuseForm) : undefined;
  if (!found || !fields.includes(found.fieldname)) {
    found?.file.resume();
    throw new InvalidRequest({ type: 'missing', loc: ['body', fields[0]!], msg: 'Field required' });
  }
  const { file, filename: fileName, mimetype: type } = found;
  return carry(file, (bytes) => hearOut(request, bytes, () => take({ fileName, type, bytes })));
}

/**
 * Hands the files of the form that are in these fields to `take`, one after the other, and answers its texts. All of it
 * is read, whatever `take` throws, which is thrown then. Throws InvalidRequest (422) if there are no such files, or more
 * than `most`, and `invalid` (`upload_broken_off`).
 */
export async function receiveForm(
  request: FastifyRequest,
  { fields, most }: { fields: readonly string[]; most: number },
  take: (file: ArrivingFile) => Promise<void>,
): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  const failures: unknown[] = [];
  let count = 0;
  try {
    for await (const part of request.isMultipart() ? request.parts({ limits: { files: most + 1 } }) : []) {
      if (part.type === 'field') {
        if (typeof part.value === 'string') texts[part.fieldname] = part.value;
        continue;
      }
      const isWanted = fields.includes(part.fieldname);
      if (isWanted) count += 1;
      if (isWanted && count <= most && failures.length === 0) {
        const { filename: fileName, mimetype: type } = part;
        await carry(part.file, (bytes) => hearOut(request, bytes, () => take({ fileName, type, bytes }))).catch(
          (error: unknown) => failures.push(error),
        );
      }
      part.file.resume();
    }
  } catch (error) {
    if (request.raw.destroyed && !request.raw.complete) throw brokenOff();
    refuseForm(error);
  }
  if (failures.length > 0) throw failures[0];
  const loc = ['body', fields[0]!];
  if (count === 0) throw new InvalidRequest({ type: 'missing', loc, msg: 'Field required' });
  if (count > most) {
    const msg = `List should have at most ${most} items`;
    throw new InvalidRequest({ type: 'too_long', loc, msg, ctx: { max_length: most } });
  }
  screen(texts, 'body');
  return texts;
}

/**
 * Hands the bytes of a part to `use`. Not the part itself: whoever refuses a stream destroys it, and what comes after it
 * in the form could not be reached.
 */
async function carry<T>(part: Readable, use: (bytes: Readable) => Promise<T>): Promise<T> {
  const bytes = part.pipe(new PassThrough());
  // A pipe does not tell of its beginning's end.
  part.once('error', () => bytes.destroy(brokenForm()));
  try {
    return await use(bytes);
  } finally {
    part.unpipe(bytes);
    part.resume();
  }
}

/** The framework says itself what it refuses; what else goes wrong with a form is wrong with the form. */
function refuseForm(error: unknown): never {
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('FST_')) throw error;
  throw brokenForm();
}

function brokenForm(): InvalidRequest {
  return new InvalidRequest(valueError(['body'], 'must be a form, and whole'));
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
