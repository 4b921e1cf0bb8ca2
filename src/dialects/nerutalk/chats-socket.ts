// Frames about chats: following them, typing, reading (contract, 7.3).

import { readMessage } from '../../core/messages/pages.ts';
import { markRead } from '../../core/messages/receipts.ts';
import { moveInRoom } from '../../core/presence.ts';
import { noSuchMessage } from '../../core/conversations/membership.ts';
import type { ConversationId } from '../../core/ids.ts';
import type { Handlers, Kit } from './kit.ts';
import type { Typing } from './typing.ts';

/** Nobody follows more chats than this on one connection. */
const mostFollowed = 10_000;

export function chatHandlers({ messenger, read }: Kit, typing: Typing): Handlers {
  const chatIn = (data: Record<string, unknown>): ConversationId => read.conversation(data['chat_id'], ['chat_id']);

  return {
    async join_chat(socket, { data }) {
      const conversationId = chatIn(data);
      const isNew = !socket.joined.has(conversationId);
      await messenger.execute(socket.member, moveInRoom, { conversationId, isEntering: true, isSilent: !isNew });
      if (socket.joined.size < mostFollowed) socket.joined.add(conversationId);
      return { type: 'chat_joined', data: { chat_id: conversationId } };
    },

    async leave_chat(socket, { data }) {
      const conversationId = chatIn(data);
      await typing.end(socket, conversationId);
      const isNew = socket.joined.delete(conversationId);
      await messenger.execute(socket.member, moveInRoom, { conversationId, isEntering: false, isSilent: !isNew });
      return { type: 'chat_left', data: { chat_id: conversationId } };
    },

    async typing_indicator(socket, { data }) {
      await typing.set(socket, chatIn(data), data['is_typing'] === true);
    },

    async message_read({ member }, { data }) {
      const conversationId = chatIn(data);
      const id = read.message(data['message_id'], ['message_id']);
      const message = await messenger.ask(member, readMessage, { id });
      if (message.conversationId !== conversationId) throw noSuchMessage();
      await messenger.execute(member, markRead, { conversationId, messages: [id] });
    },
  };
}
