// What Pythia says in place of a message that it cannot show: it knows text and nothing else (DECISIONS 16).

import type { Message } from '../../core/messages/shape.ts';
import { say, type Language } from '../../texts/index.ts';
import { contentIn, standIn } from '../stand-ins.ts';

type Told = Pick<Message, 'kind' | 'content' | 'notice' | 'fileName' | 'isEncrypted' | 'deletedAt'>;

/** The text of a message, or a text in its place: never empty. */
export function textOf(message: Told, language: Language): string {
  const { kind, content, fileName } = message;
  if (message.deletedAt !== null) return `[${say(language, 'standin_deleted_message')}]`;
  if (message.isEncrypted) return `[${say(language, 'standin_encrypted')}]`;
  if (kind === 'text' || kind === 'system')
    return contentIn(language, message) || `[${say(language, 'standin_empty')}]`;
  const name = standIn(language, kind);
  const stand = kind === 'file' && fileName ? `[${name}: ${fileName}]` : `[${name}]`;
  return content ? `${stand} ${content}` : stand;
}

/** Whether `textOf` is the same in every language: what people wrote is. */
export function isAlikeToAll({ kind, content, isEncrypted, deletedAt }: Told): boolean {
  return kind === 'text' && content !== '' && !isEncrypted && deletedAt === null;
}
