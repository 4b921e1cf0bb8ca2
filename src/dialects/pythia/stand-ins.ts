// What Pythia says in place of a message that it cannot show: it knows text and nothing else (DECISIONS 16).

import type { Message, MessageKind } from '../../core/messages/shape.ts';

const names: Record<Exclude<MessageKind, 'text' | 'system'>, string> = {
  image: 'Photo',
  video: 'Video',
  audio: 'Audio',
  voice: 'Voice message',
  file: 'File',
  sticker: 'Sticker',
  gif: 'GIF',
  location: 'Location',
  contact: 'Contact',
};

/** The text of a message, or a text in its place: never empty. */
export function textOf(message: Pick<Message, 'kind' | 'content' | 'fileName' | 'isEncrypted' | 'deletedAt'>): string {
  const { kind, content } = message;
  if (message.deletedAt !== null) return '[Deleted message]';
  if (message.isEncrypted) return '[Encrypted message]';
  if (kind === 'text' || kind === 'system') return content || '[Empty message]';
  const name = kind === 'file' && message.fileName ? `${names.file}: ${message.fileName}` : names[kind];
  return content ? `[${name}] ${content}` : `[${name}]`;
}
