// For parts of a room that show nothing of what was said last: they are not drawn again for each message.

import type { Conversation } from '../api/shapes.ts';

const news: readonly string[] = ['lastMessage', 'lastAt', 'unread'] satisfies (keyof Conversation)[];

/** What `memo` asks: whether nothing is different but the news of the conversation. */
export function isSameRoom<Props extends { conversation: Conversation }>(before: Props, now: Props): boolean {
  return isSame(before.conversation, now.conversation, news) && isSame<object>(before, now, ['conversation']);
}

function isSame<T extends object>(before: T, now: T, but: readonly string[]): boolean {
  const keys = Object.keys({ ...before, ...now }) as (keyof T & string)[];
  return keys.every((key) => but.includes(key) || Object.is(before[key], now[key]));
}
