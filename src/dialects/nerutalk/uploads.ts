// Bringing files, alone or several at once, perhaps into a chat (contract, 6.4 and 10.1).

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { DomainError } from '../../core/errors.ts';
import { requestHash } from '../../core/idempotency.ts';
import type { ConversationId, MessageId } from '../../core/ids.ts';
import { deleteMedia } from '../../core/media/files.ts';
import { beginRestrictedUpload } from '../../core/media/leave.ts';
import { plainName } from '../../core/media/names.ts';
import type { Media } from '../../core/media/shape.ts';
import { keepFile, takeFile } from '../../core/media/uploads.ts';
import { sendMessage } from '../../core/messages/send.ts';
import type { Message as Sent } from '../../core/messages/shape.ts';
import type { Piece } from '../../core/ports.ts';
import { acceptFiles, InvalidRequest, memberOf, memberSaying, receiveForm } from '../fastapi.ts';
import { fileTypes, kindOfName, typeFor, type FileKind, type FileType } from './file-kinds.ts';
import { filePresenter } from './file-presenter.ts';
import { File, FileOutcome } from './file-schemas.ts';
import type { Kit } from './kit.ts';
import { languageOf, sentence } from './manners.ts';

const mostAtOnce = 10;

/** A file that has come in, or why it was refused. */
type Arrival = { fileName: string } & ({ piece: Piece; kind: FileKind } | { refusal: DomainError });

/** What is to become of the files of one form. */
interface Purpose {
  conversationId: ConversationId | null;
  type: FileType | undefined;
  replyToId: MessageId | null;
}

interface Outcome {
  media: Media;
  type: FileType;
  /** Absent: there is no chat; a refusal: it does not take the message. */
  message?: Sent | DomainError;
}

export function uploadRoutes(scope: FastifyInstance, kit: Kit): void {
  scope.register(async (inner) => {
    acceptFiles(inner);
    addRoutes(inner, kit);
  });
}

function addRoutes(scope: FastifyInstance, { messenger, present, read, ids, links, files: rules }: Kit): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  const { presentFile, address, thumbnail } = filePresenter({ ids, links });

  /** Takes in all files of a form, does `work` with them, and clears them away. */
  async function receive<T>(
    request: FastifyRequest,
    form: { fields: readonly string[]; most: number },
    work: (arrivals: readonly Arrival[], purpose: Purpose) => Promise<T>,
  ): Promise<T> {
    const member = memberOf(request);
    const arrivals: Arrival[] = [];
    try {
      const texts = await receiveForm(request, form, async (file) => {
        const fileName = plainName(file.fileName);
        try {
          const kind = kindOfName(fileName, rules.extensions);
          const piece = await messenger.ask(member, takeFile, { bytes: file.bytes, most: rules.most });
          arrivals.push({ fileName, piece, kind });
        } catch (error) {
          if (!(error instanceof DomainError) || error.reason === 'upload_broken_off') throw error;
          arrivals.push({ fileName, refusal: error });
        }
      });
      return await work(arrivals, purposeOf(texts));
    } finally {
      for (const arrival of arrivals) if ('piece' in arrival) await arrival.piece.discard();
    }
  }

  function purposeOf({ chat_id: chat, message_type: type, reply_to_id: replyTo }: Record<string, string>): Purpose {
    const loc = ['body', 'message_type'];
    const known = fileTypes.find((each) => each === type);
    if (type && !known) throw new InvalidRequest({ type: 'enum', loc, msg: `Input should be ${fileTypes.join(', ')}` });
    return {
      conversationId: chat ? read.conversation(chat, ['body', 'chat_id']) : null,
      type: known,
      replyToId: replyTo ? read.message(replyTo, ['body', 'reply_to_id']) : null,
    };
  }

  /** Keeps one file, and says so in its chat. Throws what keeps it from being kept. */
  async function keep(request: FastifyRequest, arrival: Arrival, purpose: Purpose, place: number): Promise<Outcome> {
    if ('refusal' in arrival) throw arrival.refusal;
    const { fileName, piece, kind } = arrival;
    const { conversationId } = purpose;
    const type = typeFor(kind, purpose.type);
    const folder = conversationId === null ? 'temp' : `chat-files/${conversationId}`;
    const member = memberSaying(request, { ...purpose, fileName, size: piece.size }, place);
    const { repeatable: repeat } = member;
    const { id: uploadId } = await messenger.execute(member, beginRestrictedUpload, {
      folder,
      fileName,
      type: kind.claim,
      size: piece.size,
      conversationId,
      keyOf: (id) => `${folder}/${ids.toUuid('media', id)}.${kind.extension}`,
    });
    const media = await messenger.execute(member, keepFile, { uploadId, piece, small: rules.small });
    if (conversationId === null) return { media, type };
    const sent = await messenger
      .execute(member, sendMessage, {
        conversationId,
        kind: type,
        content: '',
        mediaUrl: address(request, media),
        thumbnailUrl: thumbnail(request, media),
        mediaSeconds: media.seconds,
        fileName: media.fileName,
        fileSize: media.size,
        replyToId: purpose.replyToId,
        ...(repeat && { repeat: { key: `${repeat.key} sent`, hash: requestHash(repeat) } }),
      })
      .catch(asRefusal);
    return { media, type, message: sent };
  }

  function presentOutcome(request: FastifyRequest, { media, type, message }: Outcome) {
    const isSent = message && !(message instanceof DomainError);
    return {
      ...presentFile(request, media, type),
      ...(isSent && { message: present.message(message, languageOf(request)) }),
    };
  }

  app.post(
    '/api/v1/files/upload',
    {
      schema: {
        operationId: 'neruUpload',
        summary: 'Bring a file, and send it to a chat if one is named',
        description:
          'A form (multipart/form-data): `file`, and if wanted `chat_id`, `message_type` (image, video, audio, file) and `reply_to_id`.',
        response: { 201: File },
      },
    },
    async (request, reply) => {
      const outcome = await receive(request, { fields: ['file'], most: 1 }, async ([arrival], purpose) => {
        const kept = await keep(request, arrival!, purpose, 0);
        if (!(kept.message instanceof DomainError)) return kept;
        await messenger.execute(memberOf(request), deleteMedia, { id: kept.media.id }).catch(asRefusal);
        throw kept.message;
      });
      return reply.code(201).send({ ...presentOutcome(request, outcome), status: 'uploaded' as const });
    },
  );

  app.post(
    '/api/v1/files/upload-multiple',
    {
      schema: {
        operationId: 'neruUploadMultiple',
        summary: `Bring up to ${mostAtOnce} files; each is told what became of it`,
        description: 'A form (multipart/form-data): `files` several times, and if wanted `chat_id`.',
        response: { 201: Type.Object({ files: Type.Array(FileOutcome) }) },
      },
    },
    async (request, reply) => {
      const language = languageOf(request);
      const files = await receive(
        request,
        { fields: ['files', 'file', 'files[]'], most: mostAtOnce },
        async (arrivals, purpose) => {
          const outcomes = [];
          // One after the other: their messages are to stand in this order.
          for (const [place, arrival] of arrivals.entries()) {
            const kept = await keep(request, arrival, purpose, place).catch(asRefusal);
            if (kept instanceof DomainError) {
              // What holds for the chat holds for all of them.
              if (kept.code === 'forbidden' || kept.code === 'not_found') throw kept;
              const error = sentence(kept, language);
              outcomes.push({ file_name: arrival.fileName, status: 'failed' as const, error });
              continue;
            }
            const refused = kept.message instanceof DomainError ? kept.message : null;
            outcomes.push({
              ...presentOutcome(request, kept),
              status: refused ? ('uploaded_but_message_failed' as const) : ('success' as const),
              error: refused && sentence(refused, language),
            });
          }
          return outcomes;
        },
      );
      return reply.code(201).send({ files });
    },
  );
}

/** A refusal is an answer; a fault stays one. */
function asRefusal(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  throw error;
}
