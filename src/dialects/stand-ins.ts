// What is said of a message in the reader's own language: what the server says, and what stands for what cannot be shown.

import type { Message, MessageKind, Quoted, SystemNotice } from '../core/messages/shape.ts';
import { say, type Language } from '../texts/index.ts';

/** English lists without the comma before `and`, as the core writes them. */
const locales: Record<Language, string> = { en: 'en-GB', id: 'id', ja: 'ja', ko: 'ko', zh: 'zh' };

/** The text of a message; where the server said it, in this language. */
export function contentIn(
  language: Language,
  { notice, content }: Pick<Message | Quoted, 'notice' | 'content'>,
): string {
  return notice ? sayNotice(language, notice) : content;
}

/** What stands for a message of this kind. Two products call a file a document. */
export function standIn(language: Language, kind: MessageKind, file: 'document' | 'file' = 'file'): string {
  return say(language, `standin_${kind === 'file' ? file : kind}`);
}

function sayNotice(language: Language, notice: SystemNotice): string {
  if (notice.said !== 'added') {
    const { said, ...values } = notice;
    return say(language, `notice_${said}`, values);
  }
  const { by, people, others } = notice;
  const all = others > 0 ? [...people, say(language, 'notice_others', { number: String(others) })] : people;
  return say(language, 'notice_added', { by, people: new Intl.ListFormat(locales[language]).format(all) });
}
