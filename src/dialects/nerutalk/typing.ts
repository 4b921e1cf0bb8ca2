// Who is typing where, by connection. Clients may forget to say that they stopped: after ten seconds they have.

import type { Messenger } from '../../core/execute.ts';
import { DomainError } from '../../core/errors.ts';
import type { ConversationId } from '../../core/ids.ts';
import { setTyping } from '../../core/presence.ts';
import type { Socket } from '../dialect.ts';

const standardPatience = 10_000;

export interface Typing {
  /** Throws what `setTyping` throws. */
  set(socket: Socket, conversationId: ConversationId, isTyping: boolean): Promise<void>;
  /** If this connection is typing there, it no longer is. */
  end(socket: Socket, conversationId: ConversationId): Promise<void>;
  /** The connection is gone. */
  gone(socket: Socket): Promise<void>;
}

/** `patience` in milliseconds. */
export function createTyping(messenger: Messenger, patience = standardPatience): Typing {
  const active = new Map<Socket, Map<ConversationId, NodeJS.Timeout>>();

  function forget(socket: Socket, conversationId: ConversationId): boolean {
    const timers = active.get(socket);
    clearTimeout(timers?.get(conversationId));
    const wasTyping = timers?.delete(conversationId) ?? false;
    if (timers?.size === 0) active.delete(socket);
    return wasTyping;
  }

  async function end(socket: Socket, conversationId: ConversationId): Promise<void> {
    if (!forget(socket, conversationId)) return;
    // Who is out, or blocked meanwhile, has nobody to tell.
    await messenger.execute(socket.member, setTyping, { conversationId, isTyping: false }).catch((error: unknown) => {
      if (!(error instanceof DomainError)) throw error;
    });
  }

  return {
    end,

    async set(socket, conversationId, isTyping) {
      await messenger.execute(socket.member, setTyping, { conversationId, isTyping });
      forget(socket, conversationId);
      if (!isTyping) return;
      // A server that is stopping has no more to tell than a client that has gone.
      const timer = setTimeout(() => void end(socket, conversationId).catch(() => {}), patience).unref();
      active.set(socket, (active.get(socket) ?? new Map()).set(conversationId, timer));
    },

    async gone(socket) {
      for (const conversationId of active.get(socket)?.keys() ?? []) await end(socket, conversationId);
    },
  };
}
