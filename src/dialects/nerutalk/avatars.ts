// The picture of oneself (contract, 6.1 and 10.2).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { ownProfile } from '../../core/accounts/profile.ts';
import { changeAvatar, removeAvatar } from '../../core/media/avatars.ts';
import { takeFile } from '../../core/media/uploads.ts';
import type { Piece } from '../../core/ports.ts';
import { acceptFiles, memberOf, memberSaying, receiveForm } from '../fastapi.ts';
import { acknowledge } from './auth.ts';
import { filePresenter } from './file-presenter.ts';
import { Avatar } from './file-schemas.ts';
import type { Kit } from './kit.ts';
import { time } from './presenters.ts';
import { User } from './schemas.ts';

export function avatarRoutes(scope: FastifyInstance, kit: Kit): void {
  const { messenger, present, ids, files: rules } = kit;
  const { address } = filePresenter(kit);

  scope.register(async (inner) => {
    acceptFiles(inner);
    const app = inner.withTypeProvider<TypeBoxTypeProvider>();
    for (const [operationId, path] of [
      ['neruUploadAvatar', '/api/v1/upload-avatar'],
      ['neruChangeAvatar', '/api/v1/profile/avatar'],
    ] as const) {
      app.post(
        path,
        {
          schema: {
            operationId,
            summary: 'Change my picture',
            description: 'A form (multipart/form-data) with one picture, in `file` or `avatar`.',
            response: { 201: Avatar },
          },
        },
        async (request, reply) => {
          const member = memberOf(request);
          const userId = present.userId(member.accountId);
          const arrived: { piece: Piece; fileName: string; type: string }[] = [];
          try {
            await receiveForm(request, { fields: ['file', 'avatar'], most: 1 }, async ({ bytes, fileName, type }) => {
              const piece = await messenger.ask(member, takeFile, { bytes, most: rules.most });
              arrived.push({ piece, fileName, type });
            });
            const { piece, fileName } = arrived[0]!;
            const saying = memberSaying(request, { fileName, size: piece.size });
            const media = await messenger.execute(saying, changeAvatar, {
              ...arrived[0]!,
              // A square of the side that other small pictures stay within.
              small: rules.small,
              key: `avatars/${userId}/original.jpg`,
              thumbnailKey: `avatars/${userId}/thumbnail.jpg`,
              addressOf: (named) => address(request, named),
            });
            const url = address(request, media);
            return await reply.code(201).send({
              ...acknowledge(request, 'file_uploaded'),
              avatar_url: url,
              thumbnail_url: `${url}/thumbnail`,
              original_url: url,
              id: ids.toUuid('media', media.id),
              user_id: userId,
              file_name: media.fileName,
              file_size: media.size,
              mime_type: media.type,
              width: media.width,
              height: media.height,
              status: 'completed' as const,
              created_at: time(media.createdAt),
              processed_at: time(media.createdAt),
            });
          } finally {
            for (const { piece } of arrived) await piece.discard();
          }
        },
      );
    }
  });

  scope.delete(
    '/api/v1/profile/avatar',
    { schema: { operationId: 'neruRemoveAvatar', summary: 'Take my picture away', response: { 200: User } } },
    async (request) => {
      const member = memberOf(request);
      await messenger.execute(member, removeAvatar, {});
      return present.user(await messenger.ask(member, ownProfile, {}));
    },
  );
}
