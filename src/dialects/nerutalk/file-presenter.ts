// How a file is written, and where it is read: by its id with a token, or by an address that needs none.

import type { FastifyRequest } from 'fastify';
import type { Media } from '../../core/media/shape.ts';
import type { Surroundings } from '../dialect.ts';
import type { FileType } from './file-kinds.ts';
import type * as shapes from './file-schemas.ts';
import { time } from './presenters.ts';

export const filesPath = '/api/v1/files';

type Named = Pick<Media, 'id' | 'name'>;

export function filePresenter({ ids, links }: Pick<Surroundings, 'ids' | 'links'>) {
  /** What shows a picture sends no token, in whichever product: the name in the address is the right to read it. */
  const address = (request: FastifyRequest, { id, name }: Named) =>
    links.here(request, `${filesPath}/${ids.toUuid('media', id)}/${name}`);
  const thumbnail = (request: FastifyRequest, media: Named & Pick<Media, 'hasThumbnail'>) =>
    media.hasThumbnail ? `${address(request, media)}/thumbnail` : null;

  return {
    address,
    thumbnail,
    presentFile(request: FastifyRequest, media: Media, type: FileType): Omit<shapes.File, 'status' | 'message'> {
      const id = ids.toUuid('media', media.id);
      const url = address(request, media);
      const thumbnailUrl = thumbnail(request, media);
      const createdAt = time(media.createdAt);
      return {
        file_id: id,
        id,
        file_url: url,
        url,
        file_name: media.fileName,
        name: media.fileName,
        original_name: media.fileName,
        originalName: media.fileName,
        file_size: media.size,
        size: media.size,
        thumbnail_url: thumbnailUrl,
        thumbnailUrl,
        message_type: type,
        type: type === 'file' ? 'document' : type,
        mime_type: media.type,
        mimeType: media.type,
        created_at: createdAt,
        createdAt,
      };
    },
  };
}
