// Who is typing where, by connection: receivers have no timeout, so every typing must be ended by somebody.

import type { Member } from '../../core/context.ts';
import { DomainError } from '../../core/errors.ts';
import type { Messenger } from '../../core/execute.ts';
import type { AccountId, ConversationId } from '../../core/ids.ts';
import { setTyping } from '../../core/presence.ts';
import type { Socket } from '../dialect.ts';

export interface Typing {
  /** Throws what `setTyping` throws. */
  set(socket: Socket, conversationId: ConversationId, isTyping: boolean): Promise<void>;
  /** The member has sent, or is about to leave: if they were typing there, they no longer are. */
  end(member: Member, conversationId: ConversationId): Promise<void>;
  /** The connection is gone. */
  gone(socket: Socket): Promise<void>;
}

const all = new WeakMap<Messenger, Typing>();

/** The one of this messenger: routes and sockets share it. */
export function typingOf(messenger: Messenger): Typing {
  const known = all.get(messenger) ?? createTyping(messenger);
  all.set(messenger, known);
  return known;
}

function createTyping(messenger: Messenger): Typing {
  const active = new Map<AccountId, Map<Socket, Set<ConversationId>>>();

  function forget(account: AccountId, socket: Socket, conversationId: ConversationId): boolean {
    const sockets = active.get(account);
    const conversations = sockets?.get(socket);
    if (!sockets || !conversations?.delete(conversationId)) return false;
    if (conversations.size === 0) sockets.delete(socket);
    if (sockets.size === 0) active.delete(account);
    return true;
  }

  /** Who is out, or blocked meanwhile, has nobody to tell. */
  async function stop(member: Member, conversationId: ConversationId): Promise<void> {
    await messenger.execute(member, setTyping, { conversationId, isTyping: false }).catch((error: unknown) => {
      if (!(error instanceof DomainError)) throw error;
    });
  }

  return {
    async set(socket, conversationId, isTyping) {
      const { accountId } = socket.member;
      if (!isTyping) forget(accountId, socket, conversationId);
      await messenger.execute(socket.member, setTyping, { conversationId, isTyping });
      if (!isTyping) return;
      const sockets = active.get(accountId) ?? new Map<Socket, Set<ConversationId>>();
      active.set(accountId, sockets.set(socket, (sockets.get(socket) ?? new Set()).add(conversationId)));
    },

    async end(member, conversationId) {
      const sockets = [...(active.get(member.accountId)?.keys() ?? [])];
      const wasTyping = sockets.filter((socket) => forget(member.accountId, socket, conversationId)).length > 0;
      if (wasTyping) await stop(member, conversationId);
    },

    async gone(socket) {
      const { accountId } = socket.member;
      for (const conversationId of active.get(accountId)?.get(socket) ?? []) {
        forget(accountId, socket, conversationId);
        await stop(socket.member, conversationId);
      }
    },
  };
}
