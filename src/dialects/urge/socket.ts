// URGE's Socket.IO connection: what its clients emit (contract, section 14). Both spellings and both payload forms are
// accepted; what is malformed or not allowed is ignored, and answered only where the client asked for an answer.

import { noSuchConversation } from '../../core/conversations/membership.ts';
import { DomainError } from '../../core/errors.ts';
import { requestHash } from '../../core/idempotency.ts';
import type { ConversationId, MessageId } from '../../core/ids.ts';
import { whereAre } from '../../core/messages/history.ts';
import { markDelivered, markRead } from '../../core/messages/receipts.ts';
import { sendMessage } from '../../core/messages/send.ts';
import { setTyping } from '../../core/presence.ts';
import { say } from '../../texts/index.ts';
import type { Socket, SocketIoFrame, SocketProtocol, Surroundings } from '../dialect.ts';
import { InvalidRequest, screen } from '../fastapi.ts';
import { draftOf, isEmpty, noSuchReply } from './drafts.ts';
import { frame } from './encoders.ts';
import { readEncryption, type Encryption } from './encryption.ts';
import { sentence } from './manners.ts';
import type { Presenters } from './presenters.ts';
import { cursors } from './synced.ts';

/** A client that leaves more conversations than this is not leaving conversations. */
const mostLeft = 10_000;

type Handler = (socket: Socket, payload: unknown) => Promise<Record<string, unknown> | void>;

export function createSocket({ messenger, ids }: Surroundings, present: Presenters): SocketProtocol {
  const typing = new WeakMap<Socket, Set<ConversationId>>();

  const conversationIn = (payload: unknown): ConversationId | null =>
    ids.fromUuid('conversation', idIn(payload, 'conversationId')) as ConversationId | null;
  const messageIn = (payload: unknown): MessageId | null =>
    ids.fromUuid('message', idIn(payload, 'messageId')) as MessageId | null;

  /** Where a message is, by what the client says or, if it does not, by looking. */
  async function place(socket: Socket, payload: unknown) {
    const messageId = messageIn(payload);
    if (messageId === null) return null;
    const [found] = await messenger.ask(socket.member, whereAre, { messages: [messageId] });
    return found ? { messageId, conversationId: found.conversationId } : null;
  }

  async function type(socket: Socket, payload: unknown, isTyping: boolean): Promise<void> {
    const conversationId = conversationIn(payload);
    if (conversationId === null) return;
    await messenger.execute(socket.member, setTyping, { conversationId, isTyping });
    const active = typing.get(socket) ?? new Set();
    if (isTyping) active.add(conversationId);
    else active.delete(conversationId);
    typing.set(socket, active);
  }

  const handlers: Record<string, Handler> = {
    async 'join:conversation'(socket, payload) {
      const id = conversationIn(payload);
      if (id !== null) socket.left.delete(id);
    },

    async 'leave:conversation'(socket, payload) {
      const id = conversationIn(payload);
      if (id !== null && socket.left.size < mostLeft) socket.left.add(id);
    },

    async 'message:sent'(socket, payload) {
      const said = readMessage(payload);
      if (!said) return refuse(socket.language === 'en' ? 'Not a message.' : say(socket.language, 'validation_error'));
      const conversationId = ids.fromUuid('conversation', said.conversationId) as ConversationId | null;
      if (conversationId === null) throw noSuchConversation();
      const stored = said.id === null ? null : ids.fromUuid('message', said.id);
      if (stored !== null) {
        // Sent by HTTP before, and broadcast then.
        const [known] = await messenger.ask(socket.member, whereAre, { messages: [stored as MessageId] });
        if (known?.conversationId === conversationId && known.senderId === socket.member.accountId) return {};
      }
      const replyToId = said.replyToId === null ? null : (ids.fromUuid('message', said.replyToId) as MessageId | null);
      if (said.replyToId !== null && replyToId === null) throw noSuchReply();
      const repeat =
        said.id === null ? undefined : { key: `message:sent ${said.id}`.slice(0, 255), hash: hashOf(said) };
      const draft = draftOf({ ...said, conversationId, replyToId });
      const message = await messenger.execute(socket.member, sendMessage, { ...draft, ...(repeat && { repeat }) });
      return { message: present.message(message, socket.language) };
    },

    async 'message:delivered'(socket, payload) {
      const found = await place(socket, payload);
      if (!found) return;
      const { conversationId, messageId } = found;
      await messenger.execute(socket.member, markDelivered, { conversationId, messages: [messageId] });
    },

    async 'message:read'(socket, payload) {
      const found = await place(socket, payload);
      if (!found) return;
      const { conversationId, messageId } = found;
      await messenger.execute(socket.member, markRead, { conversationId, messages: [messageId] });
    },

    'typing:start': (socket, payload) => type(socket, payload, true),
    'typing:stop': (socket, payload) => type(socket, payload, false),
  };

  return {
    transport: 'socket.io',
    cursors,

    async opened(socket) {
      socket.send(frame('authenticated', { userId: ids.toUuid('account', socket.member.accountId) }));
    },

    async received(socket, received) {
      const { event, args, acknowledge } = received as SocketIoFrame;
      const handler = Object.hasOwn(handlers, event) ? handlers[event] : undefined;
      try {
        screen(args, 'body');
        const answer = await handler?.(socket, args[0]);
        acknowledge?.({ success: handler !== undefined, ...answer });
      } catch (error) {
        if (!(error instanceof DomainError || error instanceof InvalidRequest)) throw error;
        acknowledge?.(refuse(sentence(error, socket.language)));
      }
    },

    async closed(socket) {
      for (const conversationId of typing.get(socket) ?? []) {
        await messenger
          .execute(socket.member, setTyping, { conversationId, isTyping: false })
          .catch((error: unknown) => {
            if (!(error instanceof DomainError)) throw error;
          });
      }
    },
  };
}

function refuse(error: string): Record<string, unknown> {
  return { success: false, error };
}

/** An id given bare, or under its name in either spelling; `""` if it is not there. */
function idIn(payload: unknown, name: 'conversationId' | 'messageId'): string {
  if (typeof payload === 'string') return payload;
  const value = fieldIn(payload, name);
  return typeof value === 'string' ? value : '';
}

function fieldIn(payload: unknown, name: string): unknown {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const fields = payload as Record<string, unknown>;
  return fields[name] ?? fields[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
}

interface Emitted {
  id: string | null;
  conversationId: string;
  content: string;
  type: string | undefined;
  mediaUrl: string | null;
  thumbnailUrl: string | null;
  audioDuration: number | null;
  replyToId: string | null;
  isEncrypted: boolean;
  encryption: Encryption | null;
}

/** A message as the client emits it; null if it is none. */
function readMessage(payload: unknown): Emitted | null {
  const text = (name: string) => {
    const value = fieldIn(payload, name);
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const conversationId = text('conversationId');
  const content = fieldIn(payload, 'content') ?? '';
  if (conversationId === null || typeof content !== 'string') return null;
  const duration = fieldIn(payload, 'audioDuration');
  const said: Emitted = {
    id: text('id'),
    conversationId,
    content,
    type: text('messageType') ?? text('type') ?? undefined,
    mediaUrl: text('mediaUrl'),
    thumbnailUrl: text('thumbnailUrl'),
    audioDuration:
      Number.isInteger(duration) && Number(duration) >= 0 && Number(duration) < 2 ** 31 ? Number(duration) : null,
    replyToId: text('replyToId'),
    isEncrypted: fieldIn(payload, 'isEncrypted') === true,
    encryption: readEncryption(fieldIn(payload, 'encryption')),
  };
  return isEmpty(said) ? null : said;
}

function hashOf(said: Emitted): string {
  return requestHash({ key: '', route: 'message:sent', body: said });
}
