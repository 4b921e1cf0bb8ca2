// What a client may say in a message: the same in POST /api/messages and in `message:sent` (contract, sections 4.4, 8).

import { DomainError } from '../../core/errors.ts';
import type { ConversationId, MessageId } from '../../core/ids.ts';
import type { Draft } from '../../core/messages/send.ts';
import type { MessageKind } from '../../core/messages/shape.ts';
import type { Encryption } from './encryption.ts';

/** SYSTEM is the server's to say: from a client it is text, and so is what nobody knows. */
const kinds: Record<string, MessageKind> = {
  IMAGE: 'image',
  VIDEO: 'video',
  AUDIO: 'audio',
  VOICE: 'voice',
  DOCUMENT: 'file',
  LOCATION: 'location',
  CONTACT: 'contact',
};

export interface Said {
  conversationId: ConversationId;
  content: string;
  type: string | undefined;
  mediaUrl: string | null;
  thumbnailUrl: string | null;
  audioDuration: number | null;
  replyToId: MessageId | null;
  isEncrypted: boolean;
  encryption: Encryption | null;
}

function kindOf(type: string | undefined): MessageKind {
  return kinds[type?.toUpperCase() ?? ''] ?? 'text';
}

/** True for a message that says nothing: text without text, or anything without text or media, in the open or sealed. */
export function isEmpty(said: Pick<Said, 'content' | 'mediaUrl' | 'type' | 'encryption'>): boolean {
  if (said.encryption?.ciphertext) return false;
  return said.content === '' && (kindOf(said.type) === 'text' || !said.mediaUrl);
}

export function draftOf(said: Said): Draft {
  return {
    conversationId: said.conversationId,
    kind: kindOf(said.type),
    content: said.content,
    mediaUrl: said.mediaUrl,
    thumbnailUrl: said.thumbnailUrl,
    mediaSeconds: said.audioDuration,
    replyToId: said.replyToId,
    isEncrypted: said.isEncrypted || said.encryption !== null,
    envelope: said.encryption,
  };
}

export function noSuchReply(): DomainError {
  return new DomainError('invalid', 'no_such_reply', 'The message replied to is not in this conversation.');
}
