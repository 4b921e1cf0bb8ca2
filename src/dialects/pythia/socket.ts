// Pythia's WebSocket: what its clients send (contract, section 5). A connection hears all its channels from the start.

import { directoryEntry } from '../../core/accounts/directory.ts';
import { onlineIn } from '../../core/conversations/channels.ts';
import { enterable } from '../../core/conversations/membership.ts';
import { DomainError } from '../../core/errors.ts';
import type { ConversationId } from '../../core/ids.ts';
import type { Socket, SocketProtocol, Surroundings } from '../dialect.ts';
import { frame } from './encoders.ts';
import { cursors } from './synced.ts';
import { typingOf } from './typing.ts';

/** A client that leaves more channels than this is not leaving channels. */
const mostLeft = 10_000;

type Fields = Record<string, unknown>;
type Handler = (socket: Socket, fields: Fields) => Promise<string | void>;

/** A no, as a frame's handler throws it. */
class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export function createSocket({ messenger, ids }: Surroundings): SocketProtocol {
  const typing = typingOf(messenger);

  /** The channel a frame names. An unknown one is as good as one that is not the caller's. */
  function channelIn({ channel_id }: Fields, missing: string): ConversationId {
    if (typeof channel_id !== 'string' || channel_id === '') throw new Refusal(missing, 'channel_id is required');
    const id = ids.fromUuid('conversation', channel_id);
    if (id === null) throw accessDenied();
    return id as ConversationId;
  }

  const handlers: Record<string, Handler> = {
    async join_channel(socket, fields) {
      const id = channelIn(fields, 'join_channel_error');
      await messenger.ask(socket.member, enterable, id);
      socket.left.delete(id);
      return frame('channel_joined', { channel_id: ids.toUuid('conversation', id) });
    },

    async leave_channel(socket, fields) {
      const id = channelIn(fields, 'leave_channel_error');
      if (socket.left.size < mostLeft) socket.left.add(id);
      return frame('channel_left', { channel_id: ids.toUuid('conversation', id) });
    },

    async typing_indicator(socket, fields) {
      if (typeof fields['is_typing'] !== 'boolean')
        throw new Refusal('typing_indicator_error', 'is_typing is required');
      await typing.set(socket, channelIn(fields, 'typing_indicator_error'), fields['is_typing']);
    },

    async get_online_users(socket, fields) {
      const id = channelIn(fields, 'missing_channel_id');
      const online = await messenger.ask(socket.member, onlineIn, { id });
      const users = online.map((account) => ids.toUuid('account', account));
      return frame('online_users', { channel_id: ids.toUuid('conversation', id), users });
    },

    async ping() {
      return frame('pong', {});
    },
  };

  async function handle(socket: Socket, text: string): Promise<string | void> {
    const fields = read(text);
    const type = fields['type'];
    const handler = typeof type === 'string' && Object.hasOwn(handlers, type) ? handlers[type] : undefined;
    if (!handler) throw new Refusal('unknown_message_type', 'Unknown message type');
    try {
      return await handler(socket, fields);
    } catch (error) {
      if (error instanceof DomainError) throw accessDenied();
      throw error;
    }
  }

  return {
    transport: 'ws',
    cursors,

    async opened(socket) {
      const { accountId } = socket.member;
      const { username } = await messenger.ask(socket.member, directoryEntry, { id: accountId });
      socket.send(frame('connection_established', { user_id: ids.toUuid('account', accountId), username }));
    },

    async received(socket, received) {
      try {
        const answer = await handle(socket, received as string);
        if (answer !== undefined) socket.send(answer);
      } catch (error) {
        const { code, message } =
          error instanceof Refusal ? error : new Refusal('internal_error', 'This did not work; try again');
        socket.send(JSON.stringify({ type: 'error', error_code: code, message, details: null }));
        if (!(error instanceof Refusal)) throw error;
      }
    },

    closed: (socket) => typing.gone(socket),
  };
}

function read(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal('invalid_json', 'Invalid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal('internal_error', 'A frame is a JSON object');
  }
  return value as Fields;
}

function accessDenied(): Refusal {
  return new Refusal('access_denied', 'You do not have access to this channel');
}
