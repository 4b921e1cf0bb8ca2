// Messages out of their rooms; each leads to its place.

import { Link } from 'wouter';
import type { Message } from '../api/shapes.ts';
import { conversations } from '../store/conversations.ts';
import { useStore } from '../store/store.ts';
import { Avatar } from '../ui/pieces.tsx';
import { brief } from '../ui/times.ts';
import { preview } from './message-words.ts';

export function FoundMessages({ messages, words = '' }: { messages: readonly Message[]; words?: string }) {
  const { byId } = useStore(conversations);
  return (
    <ul className="found">
      {messages.map((message) => {
        const room = byId.get(message.conversationId);
        return (
          <li key={message.id}>
            <Link href={`/c/${message.conversationId}/m/${message.id}`}>
              <Avatar id={message.senderId} name={message.senderName} url={message.senderAvatar} size="small" />
              <span>
                <span className="list-line">
                  <strong>{message.senderName}</strong>
                  {room?.isGroup === true && <small>{room.name}</small>}
                  <time dateTime={message.createdAt}>{brief(message.createdAt)}</time>
                </span>
                <span className="found-words" dir="auto">
                  <Highlighted text={preview(message)} words={words} />
                </span>
              </span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

/** The sought words marked, and enough before them to be understood. */
function Highlighted({ text, words }: { text: string; words: string }) {
  const at = words === '' ? -1 : text.toLocaleLowerCase().indexOf(words.toLocaleLowerCase());
  if (at < 0) return text;
  const from = at > 60 ? at - 40 : 0;
  return (
    <>
      {from > 0 && '… '}
      {text.slice(from, at)}
      <mark>{text.slice(at, at + words.length)}</mark>
      {text.slice(at + words.length)}
    </>
  );
}
