// What a message is in a line of words: in the list, in quotations, read out.

import type { Message } from '../api/shapes.ts';
import { say } from '../texts/texts.ts';

export interface DocumentWords {
  name: string;
  size: number;
}

/** What the content of a document says of it. */
export function documentOf(content: string): DocumentWords {
  const fields = fieldsOf(content);
  const name = typeof fields.name === 'string' && fields.name !== '' ? fields.name : say('message.document');
  return { name, size: typeof fields.size === 'number' ? fields.size : 0 };
}

export function placeOf(content: string): { latitude: number; longitude: number } | null {
  const { latitude, longitude } = fieldsOf(content);
  return typeof latitude === 'number' && typeof longitude === 'number' ? { latitude, longitude } : null;
}

export function contactOf(content: string): { name: string; phone: string } {
  const { name, phone } = fieldsOf(content);
  return { name: typeof name === 'string' ? name : '', phone: typeof phone === 'string' ? phone : '' };
}

function fieldsOf(content: string): Record<string, unknown> {
  try {
    const fields: unknown = JSON.parse(content);
    return typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const names = {
  IMAGE: 'message.photo',
  VIDEO: 'message.video',
  AUDIO: 'message.audio',
  VOICE: 'message.voice',
  LOCATION: 'message.location',
} as const;

export function preview({ kind, content, isEncrypted }: Pick<Message, 'kind' | 'content' | 'isEncrypted'>): string {
  if (isEncrypted) return say('message.encrypted');
  if (kind === 'TEXT') return unmarked(content);
  if (kind === 'SYSTEM') return content;
  if (kind === 'DOCUMENT') return documentOf(content).name;
  if (kind === 'CONTACT') return contactOf(content).name || say('message.contact');
  const caption = kind === 'IMAGE' || kind === 'VIDEO' ? content : '';
  return caption === '' ? say(names[kind]) : `${say(names[kind])}: ${caption}`;
}

/** As it reads without its marks. */
function unmarked(text: string): string {
  return text
    .replaceAll(/`{1,3}([^`]+)`{1,3}/g, '$1')
    .replaceAll(/\*\*(\S[^*]*)\*\*/g, '$1')
    .replaceAll(/(?<![*\w])\*([^\s*][^*\n]*)\*(?![*\w])/g, '$1');
}
