// URGE's Socket.IO: messages, receipts, typing, presence.

import { io, type Socket } from 'socket.io-client';
import { renew } from '../api/http.ts';
import { me, session } from '../api/session.ts';
import { readMessage, type WireMessage } from '../api/urge-wire.ts';
import { changeConversation, dropConversation, noteMessage } from '../store/conversations.ts';
import { nextFrame } from '../store/frame.ts';
import { claim } from '../store/outbox.ts';
import { notePresence, noteTyping } from '../store/people.ts';
import { timelineOf } from '../store/timeline.ts';

export interface UrgeLine {
  emit(event: string, payload: Record<string, unknown>): void;
  close(): void;
}

interface Receipt {
  messageId: string;
  conversationId: string;
  userId: string;
}

/** Opens the line and keeps it open; `onOpen` at each time it opened. */
export function openUrge(onOpen: () => void, onState: (isOpen: boolean) => void): UrgeLine {
  let refused = '';
  const socket: Socket = io({
    // Asked at each attempt: the token of then.
    auth: (give) => give({ token: session.get()?.accessToken ?? '' }),
    transports: ['websocket', 'polling'],
    reconnectionDelayMax: 10_000,
  });

  socket.on('authenticated', () => {
    refused = '';
    onState(true);
    onOpen();
  });
  socket.on('disconnect', (reason) => {
    onState(false);
    // By the server: it does not come back by itself.
    if (reason === 'io server disconnect') reopen();
  });
  socket.on('connect_error', () => {
    onState(false);
    // A refusal (not a lost line) ends the library's attempts.
    if (!socket.active) reopen();
  });

  function reopen(): void {
    const token = session.get()?.accessToken;
    if (token === undefined) return;
    // A token refused twice in a row is worth a new one only after a while.
    const pause = refused === token ? 10_000 : 500;
    refused = token;
    setTimeout(() => {
      renew(token)
        .then((renewed) => renewed && socket.connect())
        .catch(() => setTimeout(() => socket.connect(), 5_000));
    }, pause);
  }

  /** Together with all that is told within the same frame. */
  function hear(event: string, handle: (payload: never) => void): void {
    socket.on(event, (payload: unknown) => nextFrame(() => handle(payload as never)));
  }

  hear('message:received', (payload: WireMessage) => {
    const received = readMessage(payload);
    const mine = received.senderId === me().id;
    const message = mine ? { ...received, key: claim(received) ?? received.key } : received;
    timelineOf(message.conversationId).add(message);
    noteMessage(message);
    noteTyping(message.conversationId, message.senderId, null);
    if (!mine) socket.emit('message:delivered', { messageId: message.id });
  });
  hear('message:delivered', ({ messageId, conversationId }: Receipt) =>
    timelineOf(conversationId).change(messageId, (message) =>
      message.status === 'SENT' ? { ...message, status: 'DELIVERED' } : message,
    ),
  );
  hear('message:read', ({ messageId, conversationId, userId }: Receipt) => {
    // Read by me elsewhere: the number beside the conversation goes down here too.
    if (userId === me().id) {
      changeConversation(conversationId, (now) => ({ ...now, unread: Math.max(0, now.unread - 1) }));
      return;
    }
    timelineOf(conversationId).change(messageId, (message) =>
      message.status === 'READ' ? message : { ...message, status: 'READ' },
    );
  });
  hear('typing:start', ({ conversationId, userId, userName }: Record<string, string>) =>
    noteTyping(conversationId!, userId!, userName ?? ''),
  );
  hear('typing:stop', ({ conversationId, userId }: Record<string, string>) =>
    noteTyping(conversationId!, userId!, null),
  );
  hear('user:online', ({ userId }: { userId: string }) => notePresence(userId, { isOnline: true, lastSeen: null }));
  hear('user:offline', ({ userId, lastSeen }: { userId: string; lastSeen: string | null }) =>
    notePresence(userId, { isOnline: false, lastSeen }),
  );
  hear('group:deleted', ({ group_id }: { group_id: string }) => dropConversation(group_id));

  return {
    emit: (event, payload) => {
      if (socket.connected) socket.emit(event, payload);
    },
    close: () => void socket.close(),
  };
}
