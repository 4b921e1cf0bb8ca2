// /api/media: bringing files and reading them (contract, section 10).

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { deleteMedia, fileByName, mediaById, thumbnailOf, type Thumbnail } from '../../core/media/files.ts';
import type { Media as MediaFile } from '../../core/media/shape.ts';
import { beginUpload, requestUpload } from '../../core/media/leave.ts';
import { completeUpload, receiveUpload, storeUpload } from '../../core/media/uploads.ts';
import type { AccountId } from '../../core/ids.ts';
import type { Surroundings } from '../dialect.ts';
import {
  acceptFiles,
  describeAsProtected,
  guestOf,
  memberOf,
  memberSaying,
  receiveBody,
  receiveFile,
  requireMember,
  sendFile,
} from '../fastapi.ts';
import type { Ids } from './manners.ts';
import { presentMedia, success } from './presenters.ts';
import { Media, Success } from './schemas.ts';

const path = '/api/media';
/** Where this server takes uploads to itself. */
const incoming = `${path}/incoming`;
/** A file does not change, but it can be deleted. */
const day = 86_400;

const folder = Type.Enum(['avatars', 'media', 'documents', 'voice'], { default: 'media' });
const fileName = Type.String({ minLength: 1, maxLength: 255 });
const size = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const side = Type.Optional(Type.Unsafe<number | null>({ type: ['number', 'null'], minimum: 0, maximum: 1e6 }));
const length = Type.Optional(Type.Unsafe<number | null>({ type: ['number', 'null'], minimum: 0, maximum: 1e7 }));
const Id = Type.Object({ id: Type.String() });
const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

export function mediaRoutes(scope: FastifyInstance, around: Surroundings, read: Ids): void {
  scope.register(async (app) => incomingRoute(app, around));
  scope.register(async (app) => {
    const onlyMembers = requireMember((token) => around.messenger.authenticate(token));
    readingRoutes(app, around, read, onlyMembers);
    app.register(async (inner) => {
      describeAsProtected(inner);
      inner.addHook('onRequest', onlyMembers);
      acceptFiles(inner);
      memberRoutes(inner, around, read);
    });
  });
}

/** A client that was given an address has no token when it comes: all it may do is in the address. */
function incomingRoute(app: FastifyInstance, { messenger }: Surroundings): void {
  // The bytes are nobody's to parse.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  app.put<{ Params: { '*': string }; Querystring: Record<string, string> }>(
    `${incoming}/*`,
    {
      schema: {
        operationId: 'urgePutUpload',
        summary: 'Put a file at the address that was given for it',
        description: 'The body is the file itself, declared with the type asked for. No token: the address is signed.',
        response: { 200: Success },
      },
    },
    async (request) => {
      const declared = request.headers['content-length'];
      await receiveBody(request, (bytes) =>
        messenger.ask(guestOf(request, 'urge'), receiveUpload, {
          key: request.params['*'],
          query: request.query,
          type: request.headers['content-type'] ?? '',
          size: declared === undefined ? null : Number(declared),
          bytes,
        }),
      );
      return success('Uploaded');
    },
  );
}

function memberRoutes(scope: FastifyInstance, around: Surroundings, read: Ids): void {
  const { messenger, ids, links } = around;
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const present = presenterOf(around);
  const folderOf = (request: FastifyRequest, name: string) =>
    `${name}/${ids.toUuid('account', memberOf(request).accountId)}`;

  app.post(
    `${path}/presigned-url`,
    {
      config: { unkept: true },
      schema: {
        operationId: 'urgePresignUpload',
        summary: 'Ask where to put a file',
        body: Type.Object({
          file_name: fileName,
          file_type: Type.String({ minLength: 1, maxLength: 127 }),
          folder: Type.Optional(folder),
          /** In bytes, if it is known: then the address is good for exactly so many. */
          file_size: Type.Optional(size),
        }),
        response: {
          200: Type.Object({
            upload_url: Type.String(),
            file_key: Type.String(),
            file_url: Type.String(),
            expires_in: Type.Integer(),
          }),
        },
      },
    },
    async (request) => {
      const { body } = request;
      const leave = await messenger.execute(memberOf(request), requestUpload, {
        folder: folderOf(request, body.folder ?? 'media'),
        fileName: body.file_name,
        type: body.file_type,
        // The client says 0 where it does not know.
        size: body.file_size === 0 ? null : (body.file_size ?? null),
      });
      return {
        upload_url: links.here(request, leave.url),
        file_key: leave.incomingKey,
        file_url: links.file(request, leave.key, `${path}/${leave.name}`),
        expires_in: leave.seconds,
      };
    },
  );

  app.post(
    `${path}/complete-upload`,
    {
      schema: {
        operationId: 'urgeCompleteUpload',
        summary: 'Say that a file was put there',
        body: Type.Object({
          file_key: Type.String({ minLength: 1, maxLength: 1_024 }),
          file_url: Type.String({ minLength: 1, maxLength: 4_096 }),
          file_type: Type.Enum(['IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT']),
          file_size: Type.Optional(size),
          file_name: fileName,
          mime_type: Type.Optional(Type.String({ maxLength: 127 })),
          duration: length,
          width: side,
          height: side,
        }),
        response: { 200: Media },
      },
    },
    async (request) => {
      const { file_key: incomingKey, file_url: url, duration, width, height } = request.body;
      const media = await messenger.execute(memberOf(request), completeUpload, {
        incomingKey,
        name: url.split('/').at(-1)!,
        hints: { seconds: whole(duration), width: whole(width), height: whole(height) },
      });
      return present(request, media);
    },
  );

  app.post(
    `${path}/upload`,
    {
      schema: {
        operationId: 'urgeUpload',
        summary: 'Bring a file through this server',
        description: 'A form (multipart/form-data) with one part, `file`, which has a name and a type.',
        response: { 200: Media },
      },
    },
    async (request) => {
      return receiveFile(request, ['file'], async ({ fileName: name, type, bytes }) => {
        const member = memberSaying(request, { name, type });
        const claim = { folder: folderOf(request, 'media'), fileName: name, type, size: null };
        const { id } = await messenger.execute(member, beginUpload, claim);
        return present(request, await messenger.execute(member, storeUpload, { uploadId: id, bytes }));
      });
    },
  );

  app.delete(
    `${path}/:id`,
    {
      schema: {
        operationId: 'urgeDeleteMedia',
        summary: 'Delete a file of mine',
        params: Id,
        response: { 200: Success },
      },
    },
    async (request) => {
      await messenger.execute(memberOf(request), deleteMedia, { id: read.media(request.params.id) });
      return success('File deleted');
    },
  );

  app.get(
    `${path}/:id/download`,
    {
      schema: {
        operationId: 'urgeDownloadMedia',
        summary: 'Where to save a file from',
        params: Id,
        response: { 200: Type.Object({ download_url: Type.String(), expires_in: Type.Integer() }) },
      },
    },
    async (request) => {
      const { name } = await messenger.ask(memberOf(request), mediaById, { id: read.media(request.params.id) });
      return { download_url: links.here(request, `${path}/${name}?download=1`), expires_in: 3_600 };
    },
  );
}

/** By id for members; by name for everyone who knows it, since what shows a picture sends no token (contract, 4.7). */
function readingRoutes(
  scope: FastifyInstance,
  around: Surroundings,
  read: Ids,
  onlyMembers: ReturnType<typeof requireMember>,
): void {
  const { messenger } = around;
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const present = presenterOf(around);
  const isId = (request: FastifyRequest) => uuid.test((request.params as { id: string }).id);
  app.addHook('onRequest', async function membersById(request, reply) {
    if (isId(request)) await onlyMembers.call(this, request, reply);
  });

  app.route({
    method: ['GET', 'HEAD'],
    url: `${path}/:id`,
    schema: {
      operationId: 'urgeMedia',
      summary: 'What is known of a file (by id), or its bytes (by name, without a token)',
      params: Id,
      querystring: Type.Object({ download: Type.Optional(Type.String({ maxLength: 10 })) }),
      response: { 200: Media },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      if (isId(request)) {
        return present(request, await messenger.ask(memberOf(request), mediaById, { id: read.media(id) }));
      }
      const { media, bytes } = await messenger.ask(guestOf(request, 'urge'), fileByName, { name: id });
      const download = media.kind === 'document' || request.query.download !== undefined;
      return sendFile(request, reply, { ...sent(media, bytes), type: media.type, fileName: media.fileName, download });
    },
  });

  app.route({
    method: ['GET', 'HEAD'],
    url: `${path}/:id/thumbnail`,
    schema: { operationId: 'urgeThumbnail', summary: 'A small picture of a file, as JPEG', params: Id },
    handler: async (request, reply) => {
      const { id } = request.params;
      const found = isId(request)
        ? await messenger.ask(memberOf(request), thumbnailOf, { id: read.media(id) })
        : await messenger.ask(guestOf(request, 'urge'), thumbnailOf, { name: id });
      return sendThumbnail(request, reply, found);
    },
  });
}

function sendThumbnail(request: FastifyRequest, reply: FastifyReply, { media, bytes, isFinal }: Thumbnail) {
  return sendFile(request, reply, {
    ...sent(media, bytes),
    tag: `${media.name}-${isFinal ? 'small' : 'stand-in'}`,
    type: 'image/jpeg',
    fileName: 'thumbnail.jpg',
    download: false,
    maxAge: isFinal ? day : 0,
  });
}

function sent(media: MediaFile, bytes: Thumbnail['bytes']) {
  return { tag: media.name, size: bytes.size, modifiedAt: media.createdAt, maxAge: day, open: bytes.open };
}

function presenterOf({ ids, links }: Surroundings) {
  return (request: FastifyRequest, media: MediaFile): Media =>
    presentMedia(media, {
      id: ids.toUuid('media', media.id),
      owner: ids.toUuid('account', media.accountId satisfies AccountId),
      url: links.file(request, media.key, `${path}/${media.name}`),
      thumbnailUrl: media.hasThumbnail ? links.here(request, `${path}/${media.name}/thumbnail`) : null,
    });
}

function whole(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Math.round(value);
}
